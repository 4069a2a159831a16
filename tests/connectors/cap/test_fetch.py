"""The whole feed over a socket: both indexes, order, pages, lookup, and which files are asked for again."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.formats.alert_feed import NEWEST_SHARED
from connectors.simulation.events import events, share
from policies.condition import Field
from policies.values import PlacePrecision
from policies.vocabulary import AlertMessageType, Audience, InformationKind, RecordStatus, ReportStage
from tests.connectors.cap.conftest import NOW, Running
from tests.connectors.formats.garbage import ALERTS
from tests.connectors.source import calling, natives, pages, records


@pytest.mark.parametrize("index", ["/alerts/index.xml", "/alerts/rss.xml"])
async def test_every_message_becomes_a_record_but_answers_and_what_is_superseded(feed: Running, index: str) -> None:
    (page,) = await pages(feed.connector(index=index), feed.url, ALERTS)
    assert not page.quarantined
    gone = {f"{key}-0" for key in feed.feed.messages if f"{key}-0" in feed.feed.messages} | {"CG-ACK-1"}
    assert len(gone) == 3
    assert set(natives(list(page.records))) == feed.feed.messages.keys() - gone
    assert page.as_of is not None


async def test_both_indexes_tell_the_same(feed: Running) -> None:
    atom = await pages(feed.connector(), feed.url, ALERTS)
    rss = await pages(feed.connector(index="/alerts/rss.xml"), feed.url, ALERTS)
    assert records(atom) == records(rss)


async def test_alerts_tell_of_the_same_invented_world_as_other_platforms(feed: Running) -> None:
    told = {f"CG-{event.number:06d}": event for event in share(events(7, 160, NOW), "cap")}
    for record in records(await pages(feed.connector(), feed.url, ALERTS)):
        event = told[record.ref.native]
        assert record.shared_at == event.shared_at
        assert record.place.country.iso3 == event.place.country.iso3
        assert record.place.admin1.pcode == event.place.admin1.pcode
        if record.place.precision is PlacePrecision.KM_25:
            assert abs(record.place.point.longitude - event.place.longitude) < 1e-3
            assert abs(record.place.point.latitude - event.place.latitude) < 1e-3


async def test_a_feed_has_every_case_that_the_format_has(feed: Running) -> None:
    found = records(await pages(feed.connector(), feed.url, ALERTS))
    assert {record.msg_type for record in found} == {
        AlertMessageType.ALERT,
        AlertMessageType.UPDATE,
        AlertMessageType.CANCEL,
    }
    assert {record.stage for record in found} == {ReportStage.INITIAL, ReportStage.UPDATE, ReportStage.FINAL}
    assert {record.status for record in found} == {RecordStatus.ACTUAL, RecordStatus.EXERCISE}
    assert {record.marking.audience for record in found} == {Audience.PUBLIC, Audience.PARTNERS, Audience.NAMED}
    assert all(record.language == "en-GB" for record in found)
    assert not any(record.faults for record in found)


async def test_the_newest_comes_first_and_pages_go_on_where_they_ended(feed: Running) -> None:
    whole = records(await pages(feed.connector(), feed.url, ALERTS))
    assert whole == sorted(whole, key=lambda record: (record.shared_at, record.ref.native), reverse=True)
    reader, found, resume = feed.connector(), [], None
    for _ in range(len(whole)):
        request = FetchRequest(kind=ALERTS.kind, order=NEWEST_SHARED, limit=3, resume=resume)
        (page,) = await pages(reader, feed.url, request)
        assert len(page.records) <= 3
        found += page.records
        resume = page.resume
        if resume is None:
            break
    assert found == whole


async def test_lookup_keeps_the_order_of_keys_and_knows_nothing_of_what_is_gone(feed: Running) -> None:
    reader = feed.connector()
    whole = natives(records(await pages(reader, feed.url, ALERTS)))
    superseded = next(key for key in feed.feed.messages if key.endswith("-0"))
    async with calling(feed.url) as call:
        found = await reader.lookup(ALERTS.kind, [whole[2], "nobody", superseded, "CG-ACK-1", whole[0]], call)
    assert [record and record.ref.native for record in found] == [whole[2], None, None, None, whole[0]]


async def test_a_file_is_asked_for_again_only_when_the_index_says_that_it_changed(feed: Running) -> None:
    reader = feed.connector()
    before = records(await pages(reader, feed.url, ALERTS))
    asked = feed.feed.read
    assert asked < len(feed.feed.messages), "messages within the index need no file"
    assert records(await pages(reader, feed.url, ALERTS)) == before
    assert feed.feed.read == asked
    key, kept = next(iter(feed.feed.messages.items()))
    feed.feed.messages[key] = msgspec.structs.replace(kept, sent=kept.sent + timedelta(minutes=1))
    await pages(reader, feed.url, ALERTS)
    assert feed.feed.read == asked + 1


async def test_an_alert_that_leaves_the_index_leaves_the_answer(feed: Running) -> None:
    reader = feed.connector()
    key = natives(records(await pages(reader, feed.url, ALERTS)))[-1]
    del feed.feed.messages[key]
    assert key not in natives(records(await pages(reader, feed.url, ALERTS)))


async def test_what_is_not_claimed_is_refused(feed: Running) -> None:
    reader = feed.connector()
    with pytest.raises(Unclaimed, match="INCIDENT_REPORT"):
        await pages(reader, feed.url, FetchRequest(kind=InformationKind.INCIDENT_REPORT))
    oldest = FetchRequest(kind=ALERTS.kind, order=OrderKey(Field.SHARED, descending=False))
    with pytest.raises(Unclaimed, match="orders"):
        await pages(reader, feed.url, oldest)
    async with calling(feed.url) as call:
        with pytest.raises(Unclaimed, match="changes"):
            reader.changes(None, call)
        with pytest.raises(Unclaimed, match="LESSON_LEARNED"):
            await reader.lookup(InformationKind.LESSON_LEARNED, ["x"], call)
