"""Every notice is sent at least once, to whom it is for, and by one process at a time."""

from __future__ import annotations

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from gateway.errors import DeliveryFault
from gateway.notices.channels import UnusableChannel
from gateway.notices.deliveries import BACKOFF, Deliveries, Delivery
from gateway.notices.inbox import Inbox
from gateway.store.engine import Store, open_store
from gateway.store.tables import ChannelKind, NoticeDelivery, NoticeKind
from tests.notices.invented import GIVE_UP, KEEP, LEASE, START, Office, notice, put
from tests.notices.receivers import HttpReceiver

SECOND = timedelta(seconds=1)
LONGEST = timedelta(seconds=BACKOFF[-1] * 1.2)


async def test_after_500_it_is_sent_again_under_the_same_id_until_it_arrives(
    store: Store, receiver: HttpReceiver
) -> None:
    office, item = Office(store), notice()
    office.webhook(receiver.url)
    put(store, item)
    receiver.statuses = [500, 503]
    assert await office.round() == 1
    assert await office.round(SECOND) == 0, "not at once"
    assert await office.round(6 * SECOND) == 1
    assert await office.round(6 * SECOND) == 0, "and later each time"
    assert await office.round(72 * SECOND) == 1
    assert await office.round(LONGEST) == 0, "it has arrived"
    posts = [receiver.next() for _ in range(3)]
    assert {post.headers["webhook-id"] for post in posts} == {item.id}
    assert len({post.headers["webhook-timestamp"] for post in posts}) == 3
    assert receiver.posts.empty()


async def test_after_a_refused_connection_it_is_sent_again(store: Store, receiver: HttpReceiver) -> None:
    office = Office(store)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    office.webhook(closed)
    put(store, notice())
    assert await office.round() == 1
    office.webhook(receiver.url)  # what waits goes to the new address
    assert await office.round(6 * SECOND) == 1
    receiver.next()


async def test_what_is_given_up_is_told_in_the_inbox_once_a_day_and_goes_by_no_channel(store: Store) -> None:
    class Broken:
        async def send(self, item: Delivery, now: object) -> None:
            raise DeliveryFault("UNREACHABLE")

    office = Office(store, {ChannelKind.WEBHOOK: Broken()})
    office.webhook("https://receiver.example/")
    put(store, notice(), notice())
    attempts = 0
    while office.now - START <= GIVE_UP:
        attempts += await office.round(LONGEST)
    inbox = Inbox(store).page("plainfield-relief", first=10).notices
    (told,) = [item for item in inbox if item.kind is NoticeKind.DELIVERY_FAILED]
    assert told.facts["channel"] == "WEBHOOK"
    assert told.facts["fault"] == "UNREACHABLE"
    assert attempts > 2 * len(BACKOFF) - 2
    assert len(inbox) == 3, "the notices themselves stay"
    assert await office.round(10 * LONGEST) == 0


async def test_a_notice_older_than_the_limit_is_still_tried_once(store: Store, receiver: HttpReceiver) -> None:
    office = Office(store)
    office.webhook(receiver.url)
    put(store, notice())
    assert await office.round(10 * GIVE_UP) == 1
    receiver.next()


async def test_each_organization_gets_its_own_only(store: Store, receiver: HttpReceiver) -> None:
    office, mine, theirs = Office(store), notice(), notice("lakeside-medical", facts={"of": "canary"})
    with HttpReceiver() as other:
        office.webhook(receiver.url)
        office.webhook(other.url, "lakeside-medical")
        put(store, mine, theirs, notice("harbour-relief"))
        assert await office.round() == 2
        assert receiver.next().headers["webhook-id"] == mine.id
        assert other.next().headers["webhook-id"] == theirs.id
        assert receiver.posts.empty()
        assert other.posts.empty()


async def test_only_what_comes_after_the_channel_was_set_is_sent(store: Store, receiver: HttpReceiver) -> None:
    office, after = Office(store), notice()
    put(store, notice())
    office.webhook(receiver.url)
    put(store, after)
    assert await office.round() == 1
    assert receiver.next().headers["webhook-id"] == after.id


async def test_what_waits_for_a_channel_ends_with_it(store: Store, receiver: HttpReceiver) -> None:
    office = Office(store)
    office.webhook(receiver.url)
    receiver.statuses = [500]
    put(store, notice())
    await office.round()
    receiver.next()
    assert office.channels.remove("plainfield-relief", ChannelKind.WEBHOOK)
    assert not office.channels.remove("plainfield-relief", ChannelKind.WEBHOOK)
    assert office.channels.of("plainfield-relief") == []
    office.webhook(receiver.url)
    assert await office.round(LONGEST) == 0


def test_two_processes_never_take_the_same_delivery_within_a_lease(store: Store, tmp_path: Path) -> None:
    office = Office(store)
    names = [f"partner-{number}" for number in range(10)]
    for name in names:
        office.webhook("https://receiver.example/", name)
    put(store, *(notice(name) for name in names for _ in range(4)))
    office.deliveries.route(START)
    stores = [open_store(f"sqlite:///{tmp_path}/store.sqlite3") for _ in range(4)]

    def take_all(own: Store) -> list[str]:
        deliveries, taken = Deliveries(own, lease=LEASE, give_up=GIVE_UP, keep=KEEP), []
        while len(batch := deliveries.take(START, 5)):
            taken += [item.notice_id for item in batch]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [item for part in pool.map(take_all, stores) for item in part]
    for own in stores:
        own.close()
    # A round that lost every race ends early; what it left is there for the next.
    taken += take_all(store)
    assert len(taken) == len(set(taken)) == 40
    assert office.deliveries.take(START + LEASE - SECOND, 100) == []
    again = office.deliveries.take(START + LEASE, 100)
    assert len(again) == 40
    assert {item.attempts for item in again} == {2}


def test_whoever_lost_the_lease_does_not_undo_what_the_next_one_did(store: Store) -> None:
    office = Office(store)
    office.webhook("https://receiver.example/")
    put(store, notice())
    office.deliveries.route(START)
    (slow,) = office.deliveries.take(START, 1)
    (next_one,) = office.deliveries.take(START + LEASE, 1)
    office.deliveries.failed(slow, START + LEASE + SECOND, "TOO_SLOW")
    assert office.deliveries.take(START + LEASE + 10 * SECOND, 1) == [], "the lease of the next one holds"
    office.deliveries.delivered(next_one, START + LEASE + SECOND)
    office.deliveries.failed(next_one, START + LEASE + SECOND, "TOO_SLOW")
    assert office.deliveries.take(START + GIVE_UP, 1) == []


def test_one_organizations_many_do_not_hold_up_the_others(store: Store) -> None:
    office = Office(store)
    for name in ("plainfield-relief", "lakeside-medical"):
        office.webhook("https://receiver.example/", name)
    put(store, *(notice() for _ in range(50)), notice("lakeside-medical"))
    office.deliveries.route(START)
    taken = office.deliveries.take(START, 10)
    assert Counter(item.organization for item in taken) == {"plainfield-relief": 4, "lakeside-medical": 1}
    assert office.deliveries.take(START, 10, ["plainfield-relief"]) == []


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (ChannelKind.WEBHOOK, "http://receiver.example/"),
        (ChannelKind.WEBHOOK, "https://10.0.0.1/"),
        (ChannelKind.MAIL, "nobody"),
        (ChannelKind.MAIL, "a@b.example\r\nBcc: c@d.example"),
        (ChannelKind.MAIL, "a@b.example, c@d.example"),
        (ChannelKind.MAIL, "A Name <a@b.example>"),
    ],
)
def test_an_address_that_notices_may_not_go_to_is_refused_and_the_old_one_stays(
    store: Store, kind: ChannelKind, address: str
) -> None:
    office = Office(store)
    good: dict[ChannelKind, str] = {
        ChannelKind.WEBHOOK: "https://receiver.example/",
        ChannelKind.MAIL: "desk@a.example",
    }
    office.channels.set("plainfield-relief", kind, good[kind], "it-desk", START)
    with pytest.raises(UnusableChannel) as caught:
        office.channels.set("plainfield-relief", kind, address, "it-desk", START)
    assert caught.value.code == "ADDRESS_NOT_PERMITTED"
    (channel,) = office.channels.of("plainfield-relief")
    assert (channel.address, channel.set_by, channel.since) == (good[kind], "it-desk", START)


async def test_notices_are_kept_for_their_time_and_then_removed_with_their_deliveries(
    store: Store, receiver: HttpReceiver
) -> None:
    office = Office(store)
    office.webhook(receiver.url)
    put(store, notice())
    assert await office.round() == 1
    inbox = Inbox(store)
    organization = notice().organization
    office.deliveries.retain(START + KEEP)
    assert len(inbox.page(organization, first=10).notices) == 1
    office.deliveries.retain(START + KEEP + timedelta(days=1))
    assert inbox.page(organization, first=10).notices == []
    with store.session() as session:
        assert session.exec(select(NoticeDelivery)).all() == []
