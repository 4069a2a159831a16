"""The outbox: a notice counts as sent when it is durable here, in the transaction of what it tells of.

What is delivered, and how, is found out later from the rows (`gateway.notices.delivery`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import msgspec
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session

from gateway.store import tables
from gateway.store.tables import NoticeKind

# What was shown is no longer as it was: whoever was shown it has to act, and the originator sees who acknowledged.
RECALLS: Final = frozenset({NoticeKind.RECORD_WITHDRAWN, NoticeKind.RECORD_RESTRICTED, NoticeKind.RECORD_REFUTED})


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice to one organization. `at` carries its offset.

    `record`: public id, where the recipient may know of the record. `entry`: id of the ledger's entry. `about`: the
    originator concerned. `facts`: what the recipient may know, in plain words. `carry`: whether the content may leave
    by webhook; else all that leaves is that a notice awaits (TLP:RED). Of the notices to one organization with the same
    `dedupe_key` the first stays and the others are not written.
    """

    at: datetime
    organization: str
    kind: NoticeKind
    carry: bool
    record: str | None = None
    entry: str | None = None
    about: str | None = None
    facts: Mapping[str, str | Sequence[str]] = {}
    dedupe_key: str | None = None
    id: str = msgspec.field(default_factory=lambda: uuid4().hex)


def notice_rows(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    """The rows of the table `notice`; raises `ValueError` for a time without offset and for what is no text."""
    return [_row(notice) for notice in notices]


def insert(through: Connection | Session, notices: Iterable[Notice]) -> None:
    """Writes `notices` in the transaction that `through` is in; one that is there by its id or `dedupe_key` stays."""
    insert_rows(through, notice_rows(notices))


def insert_rows(through: Connection | Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows that `notice_rows` made before, as `insert` does."""
    if not rows:
        return
    connection = through.connection() if isinstance(through, Session) else through
    connection.execute(sqlite_insert(tables.Notice).on_conflict_do_nothing(), list(rows))


def _row(notice: Notice) -> dict[str, Any]:
    if notice.at.utcoffset() is None:
        raise ValueError("a notice's `at` carries no offset: give it one, such as UTC")
    facts = {name: value if isinstance(value, str) else list(value) for name, value in notice.facts.items()}
    # Here, and not in the transaction: what can't be stored must not spoil what is written beside it.
    msgspec.json.encode((notice.id, notice.organization, notice.record, notice.entry, facts))
    return {
        "id": notice.id,
        "at": notice.at.astimezone(UTC),
        "organization": notice.organization,
        "kind": notice.kind,
        "record": notice.record,
        "entry": notice.entry,
        "about": notice.about,
        "facts": facts,
        "carry": notice.carry,
        "dedupe_key": notice.dedupe_key,
    }
