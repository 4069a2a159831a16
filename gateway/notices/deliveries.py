"""What is on its way: rows in the store, so that nothing is lost when a process ends, and several can share the work.

Whoever takes a delivery moves its `next_at` on first, by an UPDATE on the state it saw: that is its lease. A process
that dies on the way leaves it due again when the lease is over, so everything is sent at least once. Blocks.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlmodel import col, delete, func, select, update

from gateway.notices.outbox import Notice, insert
from gateway.store import tables
from gateway.store.engine import Store
from gateway.store.tables import ChannelKind, NoticeChannel, NoticeDelivery, NoticeKind

# Seconds after each attempt that failed; the last repeats until it is given up.
BACKOFF: Final = (5, 60, 300, 1_800, 7_200, 21_600)
_JITTER: Final = 0.2
# How much of one organization's a process takes at once: a slow receiver must not hold up the others.
_SHARE: Final = 4
_ROUTED_AT_ONCE: Final = 1_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A notice taken to be sent. `attempts` counts this one."""

    notice_id: str
    channel: ChannelKind
    attempts: int
    organization: str
    address: str
    salt: bytes
    at: datetime
    kind: NoticeKind
    carry: bool
    record: str | None
    entry: str | None
    facts: Mapping[str, str | Sequence[str]]


class Deliveries:
    """The deliveries in `store`; every method raises `StoreFault`. Times carry their offset."""

    def __init__(self, store: Store, *, lease: timedelta, give_up: timedelta, keep: timedelta) -> None:
        self._store = store
        self._lease = lease
        self._give_up = give_up
        self._keep = keep

    def retain(self, now: datetime) -> None:
        """Removes notices that are older than they are kept, acknowledged or not, with their deliveries."""
        old = select(tables.Notice.id).where(col(tables.Notice.at) < now - self._keep)
        with self._store.transaction() as session:
            session.exec(delete(NoticeDelivery).where(col(NoticeDelivery.notice_id).in_(old)))
            session.exec(delete(tables.Notice).where(col(tables.Notice.at) < now - self._keep))

    def route(self, now: datetime) -> None:
        """Makes deliveries of the notices that came since each channel was looked at last."""
        notice = tables.Notice
        newer = select(notice.sequence).where(
            col(notice.organization) == NoticeChannel.organization, col(notice.sequence) > NoticeChannel.routed
        )
        behind = select(NoticeChannel).where(newer.exists())
        with self._store.session() as session:
            if session.exec(behind).first() is None:
                return
        with self._store.transaction() as session:
            for channel in session.exec(behind).all():
                query = select(notice).where(notice.organization == channel.organization)
                query = query.where(col(notice.sequence) > channel.routed).order_by(col(notice.sequence))
                for row in session.exec(query.limit(_ROUTED_AT_ONCE)).all():
                    assert row.sequence is not None
                    channel.routed = row.sequence
                    # That a channel fails is told in the inbox only.
                    if row.kind is not NoticeKind.DELIVERY_FAILED:
                        session.add(NoticeDelivery(notice_id=row.id, channel=channel.kind, next_at=now))
                session.add(channel)

    def take(self, now: datetime, limit: int, besides: Collection[str] = ()) -> Sequence[Delivery]:
        """At most `limit` due deliveries, those of organizations `besides` left out; nobody else has them."""
        due = self._due(now, limit, besides)
        if not due:
            return []
        with self._store.transaction() as session:
            return [
                item
                for item in due
                if session.exec(
                    update(NoticeDelivery)
                    .where(*_is(item), col(NoticeDelivery.attempts) == item.attempts - 1, _is_due(now))
                    .values(attempts=item.attempts, next_at=now + self._lease)
                ).rowcount
            ]

    def delivered(self, item: Delivery, now: datetime) -> None:
        """Marks it as done."""
        with self._store.transaction() as session:
            session.exec(
                update(NoticeDelivery).where(*_is(item)).values(delivered_at=now, next_at=None, last_fault=None)
            )

    def failed(self, item: Delivery, now: datetime, fault: str) -> None:
        """Puts it off, or gives it up where the notice is too old, and says so in the inbox."""
        given_up = now - item.at > self._give_up
        values = {"last_fault": fault, "next_at": None if given_up else now + _pause(item.attempts)}
        # Whoever took it after this one's lease has it now, and `delivered` is never undone.
        mine = (*_is(item), col(NoticeDelivery.attempts) == item.attempts, col(NoticeDelivery.delivered_at).is_(None))
        with self._store.transaction() as session:
            changed = session.exec(
                update(NoticeDelivery).where(*mine).values(**values, given_up_at=now if given_up else None)
            ).rowcount
            if changed and given_up:
                insert(session, [_told(item, now, fault)])

    def _due(self, now: datetime, limit: int, besides: Collection[str]) -> Sequence[Delivery]:
        delivery, notice, channel = NoticeDelivery, tables.Notice, NoticeChannel
        place = func.row_number().over(partition_by=col(notice.organization), order_by=col(delivery.next_at))
        shares = (
            select(col(delivery.notice_id), col(delivery.channel), place.label("place"))
            .join(notice, col(notice.id) == delivery.notice_id)
            .where(_is_due(now), col(notice.organization).not_in(besides))
            .subquery()
        )
        own = (col(channel.organization) == notice.organization) & (col(channel.kind) == delivery.channel)
        query = (
            select(delivery, notice, channel)
            .join(shares, (shares.c.notice_id == delivery.notice_id) & (shares.c.channel == delivery.channel))
            .join(notice, col(notice.id) == delivery.notice_id)
            .join(channel, own)
            .where(shares.c.place <= _SHARE)
            .order_by(col(delivery.next_at))
            .limit(limit)
        )
        with self._store.session() as session:
            return [_delivery(*row) for row in session.exec(query).all()]


def _is_due(now: datetime) -> Any:  # SQLAlchemy's expressions have no common type that `where` takes
    return col(NoticeDelivery.next_at) <= now


def _is(item: Delivery) -> tuple[Any, ...]:
    return col(NoticeDelivery.notice_id) == item.notice_id, col(NoticeDelivery.channel) == item.channel


def _pause(attempts: int) -> timedelta:
    """How long to wait after the attempt of that number; spread, so that what failed together is not tried together."""
    seconds = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - no secret


def _delivery(row: NoticeDelivery, notice: tables.Notice, channel: NoticeChannel) -> Delivery:
    return Delivery(
        notice_id=notice.id,
        channel=row.channel,
        attempts=row.attempts + 1,
        organization=notice.organization,
        address=channel.address,
        salt=channel.salt,
        at=notice.at,
        kind=notice.kind,
        carry=notice.carry,
        record=notice.record,
        entry=notice.entry,
        facts=notice.facts,
    )


def _told(item: Delivery, now: datetime, fault: str) -> Notice:
    """Tells the recipient, once a day and channel, that its channel does not work."""
    return Notice(
        at=now,
        organization=item.organization,
        kind=NoticeKind.DELIVERY_FAILED,
        carry=False,
        about=item.organization,
        facts={"channel": item.channel.value, "fault": fault, "notice": item.notice_id},
        dedupe_key=f"{NoticeKind.DELIVERY_FAILED.value}:{item.channel.value}:{now.date().isoformat()}",
    )
