"""Who was shown a record: whom a recall has to reach. Blocks: call it from a thread."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlmodel import col

from gateway.ledger.entries import decode_shown
from gateway.ledger.extracts import may_hold
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry
from policies.groups import FieldGroup


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """An organization, and the member it asked for, that were shown a record: which groups, and when each time."""

    organization: str
    on_behalf_of: str | None
    groups: frozenset[FieldGroup]
    times: tuple[datetime, ...]


def recipients(
    store: Store,
    originator: str,
    reference: bytes,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    groups: Collection[FieldGroup] | None = None,
) -> list[Recipient]:
    """Everyone but the originator itself who was shown `reference`, in tree or not yet; by name.

    `since` and `until` bound the time, both included; `groups`: only who was shown at least one of these. Whose payload
    was erased is not known any more. Raises `StoreFault`, or `LedgerFault` for a damaged entry.
    """
    query = (
        select(
            col(LedgerEntry.organization),
            col(LedgerEntry.on_behalf_of),
            col(LedgerEntry.at),
            col(LedgerDisclosure.shown),
        )
        .join(LedgerDisclosure, col(LedgerDisclosure.entry_id) == col(LedgerEntry.id))
        .where(
            col(LedgerDisclosure.originator) == originator,
            col(LedgerEntry.organization).is_not(None),
            may_hold(reference),
        )
        .order_by(col(LedgerEntry.sequence))
    )
    if since is not None:
        query = query.where(col(LedgerEntry.at) >= since)
    if until is not None:
        query = query.where(col(LedgerEntry.at) <= until)
    found: dict[tuple[str, str | None], tuple[set[FieldGroup], list[datetime]]] = {}
    with store.session() as session:
        for organization, behalf, at, shown in session.connection().execute(query.execution_options(yield_per=500)):
            seen = _groups(shown, reference) if shown is not None else None
            if organization is None or seen is None or (groups is not None and not seen.intersection(groups)):
                continue
            if organization == originator and behalf in (None, originator):
                continue
            known, times = found.setdefault((organization, behalf), (set(), []))
            known |= seen
            times.append(at)
    return [
        Recipient(organization=organization, on_behalf_of=behalf, groups=frozenset(known), times=tuple(times))
        for (organization, behalf), (known, times) in sorted(
            found.items(), key=lambda item: (item[0][0], item[0][1] or "")
        )
    ]


def _groups(shown: bytes, reference: bytes) -> set[FieldGroup] | None:
    """The groups of the record that were shown; None where it was not shown at all."""
    ways = [how.groups for how, references in decode_shown(shown).items() if reference in references]
    return {group for way in ways for group in way} if ways else None
