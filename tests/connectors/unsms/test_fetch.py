"""Fetching incidents from the simulated feed: all items, order, pages that stay stable, filters, lookup, changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import ChangePage, FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.simulation.server import serving
from connectors.unsms import UnsmsConnector
from connectors.unsms.simulator import SimulatedFeed, simulate
from policies.condition import All, Field, Interval, Operator, Test
from policies.vocabulary import Audience, InformationKind, RecordStatus, TrafficLight, UnMarking, Verification
from tests.connectors.source import calling, matches, natives, pages, records, tightest
from tests.connectors.unsms.conftest import CREDENTIALS, NOW, Running, connector

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
NEWEST = OrderKey(Field.SHARED, descending=True)


async def test_every_item_becomes_a_record_newest_shared_first(unsms: Running) -> None:
    request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, order=NEWEST)
    fetched = await pages(unsms.connector(page_size=17), unsms.url, request)
    assert len(fetched) > 3
    assert not any(page.quarantined for page in fetched)
    found = records(fetched)
    assert len(found) > 50
    assert sorted(natives(found)) == sorted(unsms.feed.items)
    shared = [record.shared_at for record in found]
    assert shared == sorted(shared, reverse=True)
    assert not any(record.faults for record in found)


async def test_the_feed_holds_every_state_and_handling_that_the_demo_shows(unsms: Running) -> None:
    found = records(await pages(unsms.connector(), unsms.url, INCIDENTS))
    assert {record.verification for record in found} == set(Verification)
    markings = [record.marking for record in found]
    assert {marking.audience for marking in markings} >= {Audience.UNSMS, Audience.PARTNERS, Audience.PUBLIC}
    assert any(marking.un_marking is UnMarking.CONFIDENTIAL for marking in markings)
    assert any(marking.audience is Audience.UNSMS and marking.tlp is TrafficLight.AMBER for marking in markings)
    assert any(marking.public for marking in markings)
    assert any(marking.third_party == "meridian-health" for marking in markings)
    assert any(item.lifted_for == {"northwind-aid"} for marking in markings for item in marking.restrictions)
    assert any(marking.special for marking in markings)
    assert {marking.originator for marking in markings} == {"undss", "ocha"}
    assert {next(iter(marking.release_areas)) for marking in markings} >= {"SSD", "SOM", "MLI"}


async def test_an_item_that_came_again_as_it_was_is_the_same_record() -> None:
    app = simulate(20, 5, NOW, CREDENTIALS)
    feed: SimulatedFeed = app.state.feed
    with serving(app) as url:
        reader = connector(url)
        before = {record.ref: record for record in records(await pages(reader, url, INCIDENTS))}
        changed = next(iter(feed.items))
        feed.items[changed] = {**feed.items[changed], "title": "Said otherwise since"}
        after = {record.ref: record for record in records(await pages(reader, url, INCIDENTS))}
    assert len(before) == len(after) > 10
    assert [ref.native for ref, record in after.items() if record is not before[ref]] == [changed]
    assert [record.title for ref, record in after.items() if ref.native == changed] == ["Said otherwise since"]


async def test_pages_stay_stable_while_incidents_arrive() -> None:
    app = simulate(80, 5, NOW, CREDENTIALS)
    feed: SimulatedFeed = app.state.feed
    with serving(app) as url:
        reader = connector(url, page_size=6)
        before = set(feed.items)
        got: list[str] = []
        async with calling(url) as call:
            async for page in reader.fetch(INCIDENTS, call):
                got += natives(list(page.records))
                number = len(feed.items)
                feed.put({**feed.items[got[0]], "id": f"new-{number}", "shared_at": NOW.isoformat()})
        assert sorted(got) == sorted(before)


async def test_a_limit_bounds_the_items_and_the_rest_follows_by_resume(unsms: Running) -> None:
    reader = unsms.connector(page_size=10)
    got: list[str] = []
    resume: str | None = None
    while True:
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, order=NEWEST, limit=25, resume=resume)
        fetched = await pages(reader, unsms.url, request)
        assert len(records(fetched)) <= 25
        got += natives(records(fetched))
        resume = fetched[-1].resume
        if resume is None:
            break
    assert got == natives(records(await pages(reader, unsms.url, INCIDENTS)))


moments = st.integers(0, 70 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
intervals = st.builds(Interval, start=st.none() | moments, end=st.none() | moments)
tests_of_items = st.one_of(
    st.builds(
        Test,
        st.just(Field.COUNTRY),
        st.just(Operator.IN),
        st.frozensets(st.sampled_from(["SSD", "SOM", "MLI", "SDN", "FRA"]), max_size=3),
    ),
    st.builds(Test, st.sampled_from([Field.OCCURRED, Field.SHARED]), st.just(Operator.WITHIN), intervals),
)


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(tests_of_items, max_size=3))
def test_filters_lose_no_record_that_matches(unsms: Running, parts: list[Test]) -> None:
    async def both() -> tuple[set[str], set[str]]:
        reader = unsms.connector()
        everything = records(await pages(reader, unsms.url, INCIDENTS))
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=All(tuple(parts)))
        filtered = records(await pages(reader, unsms.url, request))
        wanted = {record.ref.native for record in everything if all(matches(record, part) for part in parts)}
        return wanted, set(natives(filtered))

    wanted, got = asyncio.run(both())
    assert wanted <= got


@pytest.mark.parametrize("field", [Field.OCCURRED, Field.SHARED])
async def test_the_smallest_interval_around_a_record_finds_it(unsms: Running, field: Field) -> None:
    reader = unsms.connector()
    everything = records(await pages(reader, unsms.url, INCIDENTS))
    for record in everything[:25]:
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=tightest(record, field))
        found = records(await pages(reader, unsms.url, request))
        assert record.ref.native in natives(found)
        assert len(found) < len(everything)


@pytest.mark.parametrize(
    "test",
    [
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"})),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW)),
        Test(Field.SHARED, Operator.WITHIN, Interval(NOW - timedelta(days=7), None)),
    ],
)
async def test_what_is_claimed_is_filtered_by_the_feed(unsms: Running, test: Test) -> None:
    reader = unsms.connector()
    assert (test.field, test.operator) in reader.capabilities.filters
    request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=test)
    filtered = records(await pages(reader, unsms.url, request))
    assert 0 < len(filtered) < len(unsms.feed.items)


async def test_lookup_gives_records_in_the_order_of_the_keys(unsms: Running) -> None:
    reader = unsms.connector()
    first, second = natives(records(await pages(reader, unsms.url, INCIDENTS)))[:2]
    async with calling(unsms.url) as call:
        keys = [second, "unsms-999999", f"{first},{second}", "", first]
        found = await reader.lookup(InformationKind.INCIDENT_REPORT, keys, call)
    assert [record and record.ref.native for record in found] == [second, None, None, None, first]


async def test_what_is_not_claimed_is_refused(unsms: Running) -> None:
    reader = unsms.connector()
    order = OrderKey(Field.SHARED, descending=False)
    with pytest.raises(Unclaimed, match="`unsms` does not claim `orders`"):
        await pages(reader, unsms.url, FetchRequest(kind=InformationKind.INCIDENT_REPORT, order=order))
    with pytest.raises(Unclaimed, match="`unsms` does not claim `LESSON_LEARNED`"):
        await pages(reader, unsms.url, FetchRequest(kind=InformationKind.LESSON_LEARNED))


async def test_changes_carry_upserts_and_tombstones_and_each_page_can_be_gone_on_from() -> None:
    app = simulate(120, 5, NOW, CREDENTIALS)
    feed: SimulatedFeed = app.state.feed
    with serving(app) as url:
        reader = connector(url, page_size=7)
        first = await changes(reader, url, None)
        upserts = [record.ref.native for page in first for record in page.records]
        incidents = [native for native in upserts if native in feed.items]
        assert sorted(incidents) == sorted(feed.items)
        assert all(page.watermark is not None for page in first)
        assert {native for native in upserts if native not in feed.items} <= set(feed.alerts)

        (changed, gone) = incidents[:2]
        feed.put({**feed.items[changed], "revision": 9, "state": "REFUTED"})
        feed.delete(gone, NOW)
        second = await changes(reader, url, first[-1].watermark)
        (incident,) = [record for page in second for record in page.records if record.ref.native == changed]
        assert (incident.version, incident.verification) == ("9", Verification.REFUTED)
        assert gone in {native for page in second for native in page.removed}
        assert incidents[2] not in {record.ref.native for page in second for record in page.records}


async def changes(reader: UnsmsConnector, url: str, since: str | None) -> list[ChangePage]:
    async with calling(url) as call:
        return [page async for page in reader.changes(since, call)]


async def test_alerts_of_the_feed_become_records_without_what_is_superseded(unsms: Running) -> None:
    reader = unsms.connector()
    request = FetchRequest(kind=InformationKind.SECURITY_ALERT, order=NEWEST)
    (page,) = await pages(reader, unsms.url, request)
    assert not page.quarantined
    assert len(page.records) == len(unsms.feed.alerts) - 2
    assert not [native for native in natives(list(page.records)) if native.endswith("-0")]
    assert {record.status for record in page.records} == {RecordStatus.ACTUAL, RecordStatus.EXERCISE}
    shared = [record.shared_at for record in page.records]
    assert shared == sorted(shared, reverse=True)

    got: list[str] = []
    resume: str | None = None
    while True:
        request = FetchRequest(kind=InformationKind.SECURITY_ALERT, order=NEWEST, limit=3, resume=resume)
        (part,) = await pages(reader, unsms.url, request)
        got += natives(list(part.records))
        resume = part.resume
        if resume is None:
            break
    assert got == natives(list(page.records))
    async with calling(unsms.url) as call:
        found = await reader.lookup(InformationKind.SECURITY_ALERT, [got[0], "UNSMS-999999"], call)
    assert [record and record.ref.native for record in found] == [got[0], None]
