"""What was given and received, over HTTP: everybody is told its own figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.demo.run import started
from tests.partnership.conftest import Committee

OWN = "{ contributions { month kind given received } }"
BY_PARTNER = "{ partnerContributions { organization given } }"


@pytest.fixture(scope="module")
def counted() -> Iterator[Committee]:
    """A gateway of which nobody has asked anything yet."""
    with started(port=0, seed=5, records=120) as demo:
        running = Committee(demo)
        try:
            yield running
        finally:
            running.http.close()


def incidents(gateway: Committee, label: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gateway.ask(label, "{ incidents(first: 1000) { nodes { originator { id } } } }")[
        "incidents"
    ]["nodes"]
    return found


def test_records_count_once_for_who_gave_and_who_received(counted: Committee) -> None:
    assert counted.ask("originator", OWN)["contributions"] == []
    shown = incidents(counted, "ingo-in-area")
    incidents(counted, "ingo-in-area")
    incidents(counted, "originator")
    theirs = [node for node in shown if node["originator"]["id"] != "northwind-aid"]
    of_harbour = sum(node["originator"]["id"] == "harbour-relief" for node in shown)
    month = f"{datetime.now(UTC):%Y-%m}"
    received = counted.ask("ingo-in-area", OWN)["contributions"]
    assert received[0]["month"] == month
    assert received[0]["kind"] == "INCIDENT_REPORT"
    assert received[0]["received"] == len(theirs)
    given = counted.ask("originator", OWN)["contributions"]
    assert given[0]["given"] == of_harbour, "what it saw of its own is not given"
    by_partner = counted.ask("originator", BY_PARTNER)["partnerContributions"]
    assert by_partner == [{"organization": "northwind-aid", "given": of_harbour}]


@pytest.mark.parametrize("label", ["secretariat", "dss-chair", "ingo-chair"])
def test_no_seat_is_told_what_others_gave_each_other(counted: Committee, label: str) -> None:
    figures = "{ contributions { month kind given received } partnerContributions { organization given } }"
    before = counted.ask(label, figures)
    theirs = '{ incidents(first: 1000, filter: { originator: ["harbour-relief"] }) { nodes { id } } }'
    assert counted.ask("ingo-elsewhere", theirs)["incidents"]["nodes"]
    assert counted.ask(label, figures) == before


@pytest.mark.parametrize("months", [0, 25, -1])
def test_the_months_are_bounded(counted: Committee, months: int) -> None:
    body = counted.post("originator", f"{{ contributions(months: {months}) {{ month }} }}").json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert counted.ask("originator", "{ contributions(months: 24) { month } }")["contributions"]


def test_figures_need_the_ledgers_scope(counted: Committee) -> None:
    token = counted.token("originator", "information:read")
    body = counted.http.post(counted.graphql, json={"query": OWN}, headers={"Authorization": f"Bearer {token}"}).json()
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
