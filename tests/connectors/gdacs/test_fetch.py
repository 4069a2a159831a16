"""The whole platform over a socket: both forms, order, pages, lookup, and which files are asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.formats.alert_feed import NEWEST_SHARED
from policies.condition import Field
from policies.vocabulary import Audience, InformationKind, Severity
from tests.connectors.formats.garbage import ALERTS
from tests.connectors.gdacs.conftest import Running
from tests.connectors.source import calling, natives, pages, records


async def test_every_hazard_of_the_feed_becomes_a_record(gdacs: Running) -> None:
    (page,) = await pages(gdacs.connector(), gdacs.url, ALERTS)
    assert not page.quarantined
    told = {f"{hazard.type}{hazard.number}": hazard for hazard in gdacs.gdacs.hazards}
    assert set(natives(list(page.records))) == told.keys()
    for record in page.records:
        hazard = told[record.ref.native]
        assert record.shared_at == hazard.event.shared_at
        assert record.place.country.iso3 == hazard.event.place.country.iso3
        assert record.marking.audience is Audience.PUBLIC
        assert not record.faults
    assert {record.severity for record in page.records} == {Severity.MINOR, Severity.SEVERE, Severity.EXTREME}


async def test_the_event_list_tells_the_same_of_its_days(gdacs: Running) -> None:
    rss = {item.ref.native: item for item in records(await pages(gdacs.connector(), gdacs.url, ALERTS))}
    listed = records(await pages(gdacs.connector(form="json", days=3), gdacs.url, ALERTS))
    first = datetime.now(UTC).date() - timedelta(days=3)
    expected = {key for key, record in rss.items() if record.onset.start.date() >= first}
    assert set(natives(listed)) == expected
    for record in listed:
        other = rss[record.ref.native]
        assert (record.title, record.severity, record.event, record.categories, record.place, record.onset) == (
            other.title,
            other.severity,
            other.event,
            other.categories,
            other.place,
            other.onset,
        )


async def test_levels_and_types_that_are_not_wanted_are_left_out(gdacs: Running) -> None:
    for form in ("rss", "json"):
        reader = gdacs.connector(form=form, alert_levels=["Orange", "Red"], event_types=["FL"], days=366)
        found = records(await pages(reader, gdacs.url, ALERTS))
        expected = {item.number for item in gdacs.gdacs.hazards if item.level != "Green" and item.type == "FL"}
        assert {record.ref.native for record in found} == {f"FL{number}" for number in expected}
        assert found


async def test_the_newest_comes_first_and_pages_go_on_where_they_ended(gdacs: Running) -> None:
    whole = records(await pages(gdacs.connector(), gdacs.url, ALERTS))
    assert whole == sorted(whole, key=lambda record: (record.shared_at, record.ref.native), reverse=True)
    reader, found, resume = gdacs.connector(), [], None
    for _ in range(len(whole)):
        request = FetchRequest(kind=ALERTS.kind, order=NEWEST_SHARED, limit=5, resume=resume)
        (page,) = await pages(reader, gdacs.url, request)
        found += page.records
        resume = page.resume
        if resume is None:
            break
    assert found == whole


async def test_lookup_keeps_the_order_of_keys(gdacs: Running) -> None:
    reader = gdacs.connector()
    whole = natives(records(await pages(reader, gdacs.url, ALERTS)))
    async with calling(gdacs.url) as call:
        found = await reader.lookup(ALERTS.kind, [whole[2], "EQ1", whole[0]], call)
    assert [record and record.ref.native for record in found] == [whole[2], None, whole[0]]


async def test_a_cap_file_is_read_once_while_its_event_is_told_unchanged(gdacs: Running) -> None:
    reader = gdacs.connector()
    floods = sum(hazard.type == "FL" for hazard in gdacs.gdacs.hazards)
    await pages(reader, gdacs.url, ALERTS)
    assert gdacs.gdacs.read == len(gdacs.gdacs.hazards)
    await pages(reader, gdacs.url, ALERTS)
    # Floods have no file yet: they are asked for again.
    assert gdacs.gdacs.read == len(gdacs.gdacs.hazards) + floods
    await pages(gdacs.connector(cap_files=False), gdacs.url, ALERTS)
    assert gdacs.gdacs.read == len(gdacs.gdacs.hazards) + floods


async def test_what_is_not_claimed_is_refused(gdacs: Running) -> None:
    reader = gdacs.connector()
    with pytest.raises(Unclaimed, match="INCIDENT_REPORT"):
        await pages(reader, gdacs.url, FetchRequest(kind=InformationKind.INCIDENT_REPORT))
    oldest = FetchRequest(kind=ALERTS.kind, order=OrderKey(Field.SHARED, descending=False))
    with pytest.raises(Unclaimed, match="orders"):
        await pages(reader, gdacs.url, oldest)
    async with calling(gdacs.url) as call:
        with pytest.raises(Unclaimed, match="changes"):
            reader.changes(None, call)
