"""Answers about time hold the reporter's local day: a filter by days in UTC must not lose one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from connectors.contract import FetchRequest
from policies.condition import Field, Interval, Operator, Test
from policies.vocabulary import InformationKind
from tests.connectors.kobo.conftest import Running
from tests.connectors.source import natives, pages, records


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T00:30:00.000+03:00",  # the day before in UTC
        "2026-11-20T23:30:00.000-11:00",  # the day after
        "2026-11-20T12:30:00.000+00:00",
    ],
)
async def test_a_local_day_is_found_by_its_moment(kobo: Running, written: str) -> None:
    row = kobo.platform.rows[0]
    row["event/when"] = written
    moment = datetime.fromisoformat(written)
    hour = Interval(moment - timedelta(minutes=30), moment + timedelta(minutes=30))
    request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=Test(Field.OCCURRED, Operator.WITHIN, hour))
    found = records(await pages(kobo.connector(), kobo.url, request))
    assert row["_uuid"] in natives(found)
