"""The inbox that every organization has: its notices, newest first, and what it acknowledged. Blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlmodel import col, func, select, update

from gateway.errors import CursorInvalid
from gateway.notices.outbox import RECALLS
from gateway.store.engine import Store
from gateway.store.tables import Notice, NoticeKind


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as its recipient finds it; times in UTC. `acknowledged_by` is whom the caller of `acknowledge` named."""

    id: str
    at: datetime
    kind: NoticeKind
    carry: bool
    record: str | None
    entry: str | None
    about: str | None
    facts: Mapping[str, str | Sequence[str]]
    acknowledged_by: str | None
    acknowledged_at: datetime | None


class InboxPage(NamedTuple):
    """Part of an inbox, and whether it goes on after it."""

    notices: Sequence[Received]
    more: bool


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """That a recall went to an organization, and when it was acknowledged there: all the originator learns of it."""

    organization: str
    kind: NoticeKind
    at: datetime
    acknowledged_at: datetime | None


class Inbox:
    """The inboxes in `store`; every method raises `StoreFault` where it can't be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self, organization: str, *, first: int, after: str | None = None, unacknowledged_only: bool = False
    ) -> InboxPage:
        """At most `first` notices of `organization`, newest first, older than the one whose id is `after`.

        Raises `CursorInvalid` where `after` is no notice of this organization.
        """
        query = select(Notice).where(Notice.organization == organization)
        if unacknowledged_only:
            query = query.where(col(Notice.acknowledged_at).is_(None))
        with self._store.session() as session:
            if after is not None:
                own = select(Notice.sequence).where(Notice.organization == organization, Notice.id == after)
                sequence = session.exec(own).first()
                if sequence is None:
                    raise CursorInvalid
                query = query.where(col(Notice.sequence) < sequence)
            rows = session.exec(query.order_by(col(Notice.sequence).desc()).limit(first + 1)).all()
        return InboxPage([_received(row) for row in rows[:first]], len(rows) > first)

    def unacknowledged(self, organization: str) -> int:
        """How many notices of `organization` wait to be acknowledged."""
        query = select(func.count()).select_from(Notice)
        query = query.where(Notice.organization == organization, col(Notice.acknowledged_at).is_(None))
        with self._store.session() as session:
            return session.exec(query).one()

    def acknowledge(self, organization: str, notice_id: str, by: str, at: datetime) -> Received | None:
        """The notice, acknowledged: the first time counts. None alike for an unknown id and another organization's."""
        own = (col(Notice.organization) == organization, col(Notice.id) == notice_id)
        first_time = update(Notice).where(*own, col(Notice.acknowledged_at).is_(None))
        with self._store.transaction() as session:
            session.exec(first_time.values(acknowledged_by=by, acknowledged_at=at))
            row = session.exec(select(Notice).where(*own)).first()
            return None if row is None else _received(row)

    def acknowledgements(self, originator: str, record: str) -> Sequence[Acknowledgement]:
        """Who was told that the originator's `record` (public id) was recalled, oldest first; none for any other id."""
        query = select(Notice).where(Notice.about == originator, Notice.record == record)
        query = query.where(col(Notice.kind).in_(RECALLS)).order_by(col(Notice.sequence))
        with self._store.session() as session:
            rows = session.exec(query).all()
        return [
            Acknowledgement(
                organization=row.organization,
                kind=row.kind,
                at=row.at,
                acknowledged_at=row.acknowledged_at,
            )
            for row in rows
        ]


def _received(row: Notice) -> Received:
    return Received(
        id=row.id,
        at=row.at,
        kind=row.kind,
        carry=row.carry,
        record=row.record,
        entry=row.entry,
        about=row.about,
        facts=row.facts,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
    )
