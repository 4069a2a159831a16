"""Puts durable disclosures into their originators' trees, each once, in the order of their entries."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Final

from sqlalchemy import Connection, func, select, update
from sqlmodel import col

from gateway.ledger.commitment import commitment, payload
from gateway.ledger.inserting import Inserting
from gateway.ledger.nodes import StoredNodes, size_of
from gateway.ledger.tree import appended, leaf_hash
from gateway.store.engine import Store
from gateway.store.tables import (
    PROGRESS_ROW,
    LedgerDisclosure,
    LedgerEntry,
    LedgerLeaf,
    LedgerNode,
    LedgerProgress,
)

log = logging.getLogger("slt.ledger")

# So many entries in one transaction: those who commit wait for it.
BATCH: Final = 200

_LEAVES: Final = Inserting(LedgerLeaf, ("originator", "leaf_index", "entry_id", "commitment"))
_NODES: Final = Inserting(LedgerNode, ("originator", "level", "position", "hash"))


def sequence_pending(store: Store, at_most: int = BATCH) -> int:
    """Sequences the next entries; how many they were, 0 where all are in their trees.

    What it does is done whole or not at all, and by one process only. Raises `StoreFault`, `LedgerFault`. Blocks.
    """
    with store.session() as session:
        connection = session.connection()
        done = progress(connection)
        following = select(col(LedgerEntry.sequence)).where(col(LedgerEntry.sequence) > done)
        taken = following.order_by(col(LedgerEntry.sequence)).limit(at_most).subquery()
        count, last = connection.execute(select(func.count(), func.max(taken.c.sequence))).one()
        leaves = _commitments(connection, done, last) if count else {}
    if not count:
        return 0
    with store.connection() as connection:
        if progress(connection) != done:
            return int(count)  # another process took them
        for originator, items in leaves.items():
            _append(connection, originator, items)
        connection.execute(update(LedgerProgress).where(col(LedgerProgress.id) == PROGRESS_ROW).values(sequence=last))
    return int(count)


def progress(connection: Connection) -> int:
    """The `sequence` up to which every entry is in its trees."""
    query = select(col(LedgerProgress.sequence)).where(col(LedgerProgress.id) == PROGRESS_ROW)
    return connection.execute(query).scalar_one()


def _commitments(connection: Connection, after: int, until: int) -> dict[str, list[tuple[str, bytes]]]:
    """By originator, ids of entries and commitments in order."""
    query = (
        select(
            col(LedgerEntry.id),
            col(LedgerEntry.at),
            col(LedgerEntry.organization),
            col(LedgerEntry.on_behalf_of),
            col(LedgerEntry.purpose),
            col(LedgerEntry.policy_version),
            col(LedgerDisclosure.originator),
            col(LedgerDisclosure.salt),
            col(LedgerDisclosure.shown),
        )
        .join(LedgerDisclosure, col(LedgerDisclosure.entry_id) == col(LedgerEntry.id))
        .where(col(LedgerEntry.sequence) > after, col(LedgerEntry.sequence) <= until)
        .order_by(col(LedgerEntry.sequence), col(LedgerDisclosure.originator))
    )
    leaves: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for row in connection.execute(query):
        if row.salt is None or row.shown is None or row.organization is None:
            # Nothing of the gateway erases what is in no tree: the others must not wait for it; verifying tells.
            log.error("LEDGER_FAULT: entry %s has lost its payload before it was in its tree", row.id)
            continue
        committed = payload(
            entry_id=row.id,
            at=row.at,
            organization=row.organization,
            on_behalf_of=row.on_behalf_of,
            purpose=row.purpose,
            policy_version=row.policy_version,
            shown=row.shown,
        )
        leaves[row.originator].append((row.id, commitment(row.salt, committed)))
    return leaves


def _append(connection: Connection, originator: str, items: list[tuple[str, bytes]]) -> None:
    first = size_of(connection, originator)
    nodes = StoredNodes(connection, originator)
    made = []
    for index, (_, data) in enumerate(items, first):
        leaf = leaf_hash(data)
        nodes.add(0, index, leaf)
        for level, position, value in appended(nodes, index, leaf):
            nodes.add(level, position, value)
            made.append({"originator": originator, "level": level, "position": position, "hash": value})
    _LEAVES(
        connection,
        [
            {"originator": originator, "leaf_index": index, "entry_id": entry_id, "commitment": data}
            for index, (entry_id, data) in enumerate(items, first)
        ],
    )
    _NODES(connection, made)
