"""Verifies the whole ledger: every tree anew from its leaves, beside payloads, stored nodes and heads. Blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select
from sqlmodel import col

from gateway.ledger.commitment import commitment, payload
from gateway.ledger.heads import Head, TreeKey, head_of, head_query
from gateway.ledger.nodes import originators
from gateway.ledger.sequence import progress
from gateway.ledger.tree import HASH_BYTES, Frontier, leaf_hash, node_hash
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry, LedgerHead, LedgerLeaf, LedgerNode


class Verified(msgspec.Struct, kw_only=True):
    """What was looked at, and what is wrong: one sentence a fault, none where the ledger is whole."""

    faults: list[str] = msgspec.field(default_factory=list)
    trees: int = 0
    leaves: int = 0
    erased: int = 0
    heads: int = 0


def verify(store: Store, key: TreeKey, kept: Sequence[Head] = (), *, overdue: datetime) -> Verified:
    """Verifies one state of the store. `kept` are heads that originators kept; `overdue`: what is older has its leaf.

    Raises `StoreFault`. Without kept heads, a history that the holder of the signing key has made anew is not found.
    """
    found = Verified()
    with store.session() as session:
        connection = session.connection()
        heads: defaultdict[str, list[tuple[str, Head]]] = defaultdict(list)
        for row in connection.execute(head_query().order_by(col(LedgerHead.originator), col(LedgerHead.at))):
            heads[row[0]].append(("stored head", head_of(row)))
        for head in kept:
            heads[head.originator].append(("kept head", head))
        for originator in sorted({*originators(connection), *heads}):
            found.trees += 1
            _tree(connection, originator, heads[originator], key, found)
        found.faults += _unsequenced(connection, overdue)
    return found


def _tree(
    connection: Connection, originator: str, heads: Sequence[tuple[str, Head]], key: TreeKey, found: Verified
) -> None:
    tree = f"tree of `{originator}`"
    sizes = {head.size for _, head in heads}
    roots: dict[int, bytes] = {}
    frontier, hashes, gap = Frontier(), bytearray(), False
    for row in connection.execute(_leaves(originator).execution_options(yield_per=1_000)):
        found.leaves += 1
        if row.leaf_index != frontier.size and not gap:
            gap = True
            found.faults.append(f"{tree}: leaf {frontier.size} was deleted; nothing after it can be proved")
        found.faults += (f"{tree}, leaf {row.leaf_index}, entry {row.entry_id}: {fault}" for fault in _leaf(row))
        found.erased += row.salt is None and row.shown is None
        if not gap:
            leaf = leaf_hash(row.commitment)
            frontier.append(leaf)
            hashes += leaf
            if frontier.size in sizes:
                roots[frontier.size] = frontier.root()
    for name, head in heads:
        found.heads += 1
        told = f"{tree}: {name} of {head.at.isoformat()}"
        if not key.verifies(head):
            found.faults.append(f"{told} has a wrong signature: it was edited, or signed with another key")
        elif head.size > frontier.size:
            found.faults.append(f"{told} has {head.size} leaves, and {frontier.size} are there: the rest was cut off")
        elif roots.get(head.size) != head.root:
            found.faults.append(f"{told} has another root: the first {head.size} leaves were changed since")
    if not gap:
        found.faults += (f"{tree}: {fault}" for fault in _nodes(connection, originator, hashes))


def _leaves(originator: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(LedgerLeaf.leaf_index),
            col(LedgerLeaf.entry_id),
            col(LedgerLeaf.commitment),
            col(LedgerEntry.id).label("entry"),
            col(LedgerEntry.at),
            col(LedgerEntry.organization),
            col(LedgerEntry.on_behalf_of),
            col(LedgerEntry.purpose),
            col(LedgerEntry.policy_version),
            col(LedgerDisclosure.entry_id).label("disclosure"),
            col(LedgerDisclosure.salt),
            col(LedgerDisclosure.shown),
        )
        .outerjoin(LedgerEntry, col(LedgerEntry.id) == col(LedgerLeaf.entry_id))
        .outerjoin(
            LedgerDisclosure,
            (col(LedgerDisclosure.entry_id) == col(LedgerLeaf.entry_id))
            & (col(LedgerDisclosure.originator) == col(LedgerLeaf.originator)),
        )
        .where(col(LedgerLeaf.originator) == originator)
        .order_by(col(LedgerLeaf.leaf_index))
    )


def _leaf(row: Any) -> Iterator[str]:
    """What is wrong between a leaf and the payload it commits to."""
    if row.entry is None or row.disclosure is None:
        yield f"its row in `{'ledger_entry' if row.entry is None else 'ledger_disclosure'}` was deleted"
        return
    there = [item is not None for item in (row.salt, row.shown, row.organization)]
    if any(there) and not all(there):
        yield "its payload is there in part: the gateway erases all of it or nothing"
    elif all(there):
        committed = payload(
            entry_id=row.entry,
            at=row.at,
            organization=row.organization,
            on_behalf_of=row.on_behalf_of,
            purpose=row.purpose,
            policy_version=row.policy_version,
            shown=row.shown,
        )
        if commitment(row.salt, committed) != row.commitment:
            yield "its row was edited: payload and commitment differ"


def _nodes(connection: Connection, originator: str, hashes: bytearray) -> Iterator[str]:
    """The first stored node of each level that is missing or not what the leaves make it."""
    query = select(col(LedgerNode.level), col(LedgerNode.position), col(LedgerNode.hash))
    query = query.where(col(LedgerNode.originator) == originator)
    rows = connection.execute(query.order_by(col(LedgerNode.level), col(LedgerNode.position)))
    stored = {level: [(row[1], row[2]) for row in group] for level, group in groupby(rows, key=lambda row: row[0])}
    level, below = 1, hashes
    while len(below) >= 2 * HASH_BYTES:
        above = bytearray()
        for start in range(0, len(below) - HASH_BYTES, 2 * HASH_BYTES):
            middle = start + HASH_BYTES
            above += node_hash(bytes(below[start:middle]), bytes(below[middle : middle + HASH_BYTES]))
        made = [(at // HASH_BYTES, bytes(above[at : at + HASH_BYTES])) for at in range(0, len(above), HASH_BYTES)]
        there = stored.pop(level, [])
        if there != made:
            wrong = next((one[0] for one, other in zip(made, there, strict=False) if one != other), None)
            position = min(len(made), len(there)) if wrong is None else wrong
            yield f"stored node {position} of level {level} is not what the leaves make it: proofs would be wrong"
        level, below = level + 1, above
    if stored:
        yield f"there are stored nodes of level {min(stored)}, which the leaves don't make: somebody added them"


def _unsequenced(connection: Connection, overdue: datetime) -> Iterator[str]:
    """Disclosures without a leaf that should have one."""
    query = (
        select(
            col(LedgerDisclosure.entry_id),
            col(LedgerDisclosure.originator),
            col(LedgerEntry.sequence),
            col(LedgerEntry.at),
        )
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerDisclosure.entry_id))
        .outerjoin(
            LedgerLeaf,
            (col(LedgerLeaf.entry_id) == col(LedgerDisclosure.entry_id))
            & (col(LedgerLeaf.originator) == col(LedgerDisclosure.originator)),
        )
        .where(col(LedgerLeaf.entry_id).is_(None))
        .order_by(col(LedgerEntry.sequence))
    )
    done = progress(connection)
    for entry_id, originator, sequence, at in connection.execute(query):
        told = f"tree of `{originator}`, entry {entry_id}"
        if sequence is not None and sequence <= done:
            yield f"{told}: has no leaf, though all up to it have one: its leaf was deleted"
        elif at < overdue:
            yield f"{told}: has no leaf and is overdue since {(overdue - at) // timedelta(seconds=1)} s: see the log"
