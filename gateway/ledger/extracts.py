"""What an originator may know: who was shown which of its records, when, why and how. Blocks: call it from a thread.

Disclosures appear here once they are in their tree; their order is the tree's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlmodel import col

from gateway.ledger.commitment import payload
from gateway.ledger.entries import ShownAs, decode_shown
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry, LedgerLeaf, LedgerRecord
from policies.vocabulary import Purpose


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of a disclosure. `committed` are the bytes that, after `salt`, hash to the commitment."""

    organization: str
    on_behalf_of: str | None
    purpose: Purpose
    policy_version: str
    shown: Mapping[ShownAs, list[bytes]]
    salt: bytes
    committed: bytes


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A leaf of an originator's tree; `opened` is None once its payload was erased."""

    originator: str
    leaf_index: int
    id: str
    at: datetime
    commitment: bytes
    opened: Opened | None


def disclosures(
    store: Store, originator: str, limit: int, *, before: int | None = None, reference: bytes | None = None
) -> list[Disclosure]:
    """The newest disclosures of an originator's records, those before leaf `before`, those of one record.

    Raises `StoreFault`, or `LedgerFault` for a damaged one.
    """
    query = _query(originator).order_by(col(LedgerLeaf.leaf_index).desc())
    if before is not None:
        query = query.where(col(LedgerLeaf.leaf_index) < before)
    if reference is not None:
        query = query.where(may_hold(reference))
    with store.session() as session:
        rows = session.connection().execute(query.execution_options(yield_per=min(limit + 1, 500)))
        found = (_disclosure(originator, row) for row in rows)
        return list(islice((item for item in found if reference is None or _holds(item, reference)), limit))


def every_disclosure(store: Store, originator: str) -> Iterator[Disclosure]:
    """An originator's whole extract, oldest first; raises as `disclosures` does."""
    with store.session() as session:
        query = _query(originator).order_by(col(LedgerLeaf.leaf_index)).execution_options(yield_per=500)
        for row in session.connection().execute(query):
            yield _disclosure(originator, row)


def leaf_of(store: Store, originator: str, entry_id: str) -> int | None:
    """The index of a disclosure in the originator's own tree; None alike for others' and for no id."""
    query = select(col(LedgerLeaf.leaf_index)).where(
        col(LedgerLeaf.entry_id) == entry_id, col(LedgerLeaf.originator) == originator
    )
    with store.session() as session:
        return session.connection().execute(query).scalar()


def reference_of(store: Store, public_id: str) -> bytes | None:
    """The reference of a record that was shown under `public_id`; None for every other text."""
    query = select(col(LedgerRecord.reference)).where(col(LedgerRecord.public_id) == public_id)
    with store.session() as session:
        return session.connection().execute(query).scalar()


def public_ids(store: Store, references: Iterable[bytes]) -> dict[bytes, str]:
    """The public ids of what was shown; entries from before ids were kept have none."""
    wanted = list(dict.fromkeys(references))
    found: dict[bytes, str] = {}
    with store.session() as session:
        for start in range(0, len(wanted), 500):
            query = select(col(LedgerRecord.reference), col(LedgerRecord.public_id)).where(
                col(LedgerRecord.reference).in_(wanted[start : start + 500])
            )
            found.update(row for row in session.connection().execute(query))
    return found


def may_hold(reference: bytes) -> Any:
    """A condition on rows of `ledger_disclosure`: the bytes stand in `shown`, if perhaps not as a reference."""
    return func.instr(LedgerDisclosure.shown, reference) > 0


def _query(originator: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(LedgerLeaf.leaf_index),
            col(LedgerLeaf.entry_id),
            col(LedgerLeaf.commitment),
            col(LedgerEntry.at),
            col(LedgerEntry.organization),
            col(LedgerEntry.on_behalf_of),
            col(LedgerEntry.purpose),
            col(LedgerEntry.policy_version),
            col(LedgerDisclosure.salt),
            col(LedgerDisclosure.shown),
        )
        .join(LedgerEntry, col(LedgerEntry.id) == col(LedgerLeaf.entry_id))
        .join(
            LedgerDisclosure,
            (col(LedgerDisclosure.entry_id) == col(LedgerLeaf.entry_id))
            & (col(LedgerDisclosure.originator) == col(LedgerLeaf.originator)),
        )
        .where(col(LedgerLeaf.originator) == originator)
    )


def _disclosure(originator: str, row: Any) -> Disclosure:
    opened = None
    if row.salt is not None and row.shown is not None and row.organization is not None:
        opened = Opened(
            organization=row.organization,
            on_behalf_of=row.on_behalf_of,
            purpose=row.purpose,
            policy_version=row.policy_version,
            shown=decode_shown(row.shown),
            salt=row.salt,
            committed=payload(
                entry_id=row.entry_id,
                at=row.at,
                organization=row.organization,
                on_behalf_of=row.on_behalf_of,
                purpose=row.purpose,
                policy_version=row.policy_version,
                shown=row.shown,
            ),
        )
    return Disclosure(
        originator=originator,
        leaf_index=row.leaf_index,
        id=row.entry_id,
        at=row.at,
        commitment=row.commitment,
        opened=opened,
    )


def _holds(item: Disclosure, reference: bytes) -> bool:
    return item.opened is not None and any(reference in references for references in item.opened.shown.values())
