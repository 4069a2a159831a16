"""Reads the ledger back, newest first. Blocks: call it from the thread pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session, col, select

from gateway.ledger.entries import Disclosed, Entry, decode_shown
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry


def entries(
    store: Store, *, organization: str | None = None, originator: str | None = None, limit: int = 100
) -> Sequence[Entry]:
    """The newest `limit` entries, whole: those of who asked (`organization`) or was shown something of `originator`.

    Entries whose payload was erased are left out. Raises `StoreFault`, or `LedgerFault` for a damaged entry.
    """
    query = (
        select(LedgerEntry)
        .where(col(LedgerEntry.organization).is_not(None))
        .order_by(col(LedgerEntry.sequence).desc())
        .limit(limit)
    )
    if organization is not None:
        query = query.where(LedgerEntry.organization == organization)
    if originator is not None:
        touched = select(LedgerDisclosure.entry_id).where(LedgerDisclosure.originator == originator)
        query = query.where(col(LedgerEntry.id).in_(touched))
    with store.session() as session:
        return _whole(session, session.exec(query).all())


def find_entry(store: Store, entry_id: str) -> Entry | None:
    """One entry, None also where its payload was erased; raises as `entries` does."""
    with store.session() as session:
        rows = session.exec(select(LedgerEntry).where(LedgerEntry.id == entry_id)).all()
        return next(iter(_whole(session, rows)), None)


def _whole(session: Session, rows: Sequence[LedgerEntry]) -> Sequence[Entry]:
    disclosed: defaultdict[str, list[Disclosed]] = defaultdict(list)
    ids = [row.id for row in rows]
    for row in session.exec(
        select(LedgerDisclosure)
        .where(col(LedgerDisclosure.entry_id).in_(ids))
        .order_by(col(LedgerDisclosure.originator))
    ):
        if row.salt is not None and row.shown is not None:
            item = Disclosed(originator=row.originator, salt=row.salt, shown=decode_shown(row.shown))
            disclosed[row.entry_id].append(item)
    return [
        Entry(
            id=row.id,
            at=row.at,
            organization=row.organization,
            on_behalf_of=row.on_behalf_of,
            client=row.client,
            person=row.person,
            purpose=row.purpose,
            operation=row.operation,
            document_hash=row.document_hash,
            outcome=row.outcome,
            policy_version=row.policy_version,
            originators=tuple(disclosed[row.id]),
        )
        for row in rows
        if row.organization is not None and row.client is not None and row.operation is not None
    ]
