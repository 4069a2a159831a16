"""Erases payloads whose time is over, or that concern one organization. Leaves, heads and proofs stay.

Erased of a disclosure: salt and what was shown; of its entry: everything that names or identifies. An entry that
disclosed nothing (a refusal, an answer without records) is in no tree: it is removed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update
from sqlmodel import col

from gateway.ledger.sequence import progress
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry

# So many entries in one transaction: those who commit wait for it.
BATCH: Final = 200

_DISCLOSED: Final = exists().where(col(LedgerDisclosure.entry_id) == col(LedgerEntry.id))


def retain(store: Store, payloads_since: datetime, refusals_since: datetime) -> bool:
    """Erases payloads and removes entries that disclosed nothing, of before these times; one batch of each.

    Whether everything due is done. Raises `StoreFault`. Blocks.
    """
    erased = _erase_batch(store, col(LedgerEntry.at) < payloads_since)
    removed = _remove_batch(store, col(LedgerEntry.at) < refusals_since)
    return erased < BATCH and removed < BATCH


def erase_organization(store: Store, organization: str) -> int:
    """Erases whatever was asked by or on behalf of `organization`, so far as it is in its trees; how many entries.

    What was shown of its own records to others stays: that is theirs to erase. Raises `StoreFault`. Blocks.
    """
    concerned = or_(
        col(LedgerEntry.organization) == organization,
        col(LedgerEntry.on_behalf_of) == organization,
    )
    return _all(_erase_batch, store, concerned) + _all(_remove_batch, store, concerned)


def erase_client(store: Store, client: str) -> int:
    """As `erase_organization`, for one client, which may be one person's."""
    concerned = col(LedgerEntry.client) == client
    return _all(_erase_batch, store, concerned) + _all(_remove_batch, store, concerned)


def erase_person(store: Store, person: str) -> int:
    """As `erase_organization`, for what one person asked after sign-in."""
    concerned = col(LedgerEntry.person) == person
    return _all(_erase_batch, store, concerned) + _all(_remove_batch, store, concerned)


def _all(batch: Callable[[Store, ColumnElement[bool]], int], store: Store, which: ColumnElement[bool]) -> int:
    done = taken = batch(store, which)
    while taken == BATCH:
        taken = batch(store, which)
        done += taken
    return done


def _erase_batch(store: Store, which: ColumnElement[bool]) -> int:
    ids = _ids(store, which, _DISCLOSED, col(LedgerEntry.organization).is_not(None))
    if ids:
        with store.connection() as connection:
            _overwrite(connection)
            connection.execute(
                update(LedgerDisclosure)
                .where(col(LedgerDisclosure.entry_id).in_(ids))
                .values({"salt": None, "shown": None})
            )
            connection.execute(
                update(LedgerEntry)
                .where(col(LedgerEntry.id).in_(ids))
                .values(
                    organization=None, on_behalf_of=None, client=None, person=None, operation=None, document_hash=None
                )
            )
    return len(ids)


def _remove_batch(store: Store, which: ColumnElement[bool]) -> int:
    ids = _ids(store, which, ~_DISCLOSED)
    if ids:
        with store.connection() as connection:
            _overwrite(connection)
            connection.execute(delete(LedgerEntry).where(col(LedgerEntry.id).in_(ids)))
    return len(ids)


def _ids(store: Store, *conditions: ColumnElement[bool]) -> Sequence[str]:
    """Of entries that are in their trees: what has no leaf yet must keep what its commitment is made of.

    Looked for without the lock for writing: the look may be long.
    """
    with store.session() as session:
        connection = session.connection()
        sequenced = col(LedgerEntry.sequence) <= progress(connection)
        query = select(col(LedgerEntry.id)).where(sequenced, *conditions).order_by(col(LedgerEntry.at)).limit(BATCH)
        return connection.execute(query).scalars().all()


def _overwrite(connection: Connection) -> None:
    """Makes SQLite write zeros over what it deletes, instead of only forgetting where it was."""
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
