"""The examples of the CAP 1.2 standard, behind an index. Collected only where the samples are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.contract import Page
from policies.groups import FieldGroup
from policies.values import Moment, Position
from policies.vocabulary import AlertCategory, ReportStage
from tests.connectors.cap.conftest import fetched
from tests.samples import found

OASIS = found("cap/oasis_example*.xml")
IDENTIFIERS = ["43b080713727", "KSTO1055887203", "TRI13970876.2", "KAR0-0306112239-SW"]
ALL_TOGETHER = [OASIS] if OASIS else []


async def read(**options: Any) -> Page:
    return await fetched(*(path.read_bytes() for path in OASIS), **options)


@pytest.mark.parametrize("files", ALL_TOGETHER, ids=["all"] if OASIS else [])
async def test_every_example_becomes_a_record(files: list[Any]) -> None:
    page = await read(geocodes={"SAME": "ADMIN2"})
    assert (len(files), len(page.records), len(page.quarantined)) == (4, 4, 0)
    by_key: dict[str, Any] = {record.ref.native: record for record in page.records}
    assert list(by_key) == sorted(IDENTIFIERS, key=lambda key: by_key[key].shared_at, reverse=True)
    assert not any(record.faults for record in by_key.values())
    warning, storm, quake, child = (by_key[key] for key in IDENTIFIERS)
    assert warning.categories == (AlertCategory.SECURITY,)
    assert storm.expires == Moment.instant(storm.expires.start)
    assert storm.expires.start.hour == 23, "16:00 at seven hours west"
    (polygon,) = [item for item in storm.attributes if item.key == "polygon"]
    assert json.loads(polygon.value)["coordinates"][0][0] == [-120.14, 38.47]
    # Three counties: no one of them is the place.
    assert storm.place is None
    assert quake.place.point == Position(longitude=-115.5527, latitude=32.9525)
    assert quake.stage is ReportStage.UPDATE
    assert child.language == "en-US"
    assert [item.value for item in child.attributes if (item.key, item.label) == ("event", "es-US")] == [
        "Abducción de Niño"
    ]
    assert not any(item.group is FieldGroup.PERSONS for record in by_key.values() for item in record.attributes)


@pytest.mark.parametrize("files", ALL_TOGETHER, ids=["all"] if OASIS else [])
async def test_examples_with_undeclared_parameters_are_quarantined_by_name(files: list[Any]) -> None:
    page = await read(parameters={"HSAS": {"group": "WHAT"}})
    assert (len(files), len(page.records), len(page.quarantined)) == (4, 3, 1)
    (quarantine,) = page.quarantined
    assert quarantine.native == "TRI13970876.2"
    assert "`EventID`" in quarantine.reason


@pytest.mark.parametrize("schema", found("cap/CAP-v1.2.xsd"), ids=lambda path: path.name)
async def test_a_file_that_is_no_message_is_quarantined(schema: Any) -> None:
    page = await fetched(schema.read_bytes())
    assert (len(page.records), len(page.quarantined)) == (0, 1)
    assert "its root is no `alert`" in page.quarantined[0].reason
