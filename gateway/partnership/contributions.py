"""What one organization gave and received, counted from the ledger. Blocks.

Given: its records that others were shown, as its extract tells. Received: others' records that it was shown, also
through a platform that asked for it, as its answers told; never by whose they are, which an answer may have withheld.
Nobody is counted for others: a sum over everybody would count records that its reader does not know of (rules 12, 13).
Whose payload was erased is counted no more. Each raises `StoreFault`, `LedgerFault`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlmodel import col, or_

from gateway.ledger.entries import decode_shown
from gateway.ledger.extracts import public_ids
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry
from policies.vocabulary import InformationKind


class Counted(NamedTuple):
    """One month's (such as 2026-11, UTC) records of one kind, each counted once; `kind` None: not known any more."""

    month: str
    kind: InformationKind | None
    given: int
    received: int


class GivenTo(NamedTuple):
    """How many records a partner was shown, each counted once."""

    organization: str
    given: int


class _Shown(NamedTuple):
    at: datetime
    recipients: frozenset[str]
    originator: str
    references: frozenset[bytes]


def contributions(
    store: Store, organization: str, since: datetime, kind_of: Callable[[str], InformationKind | None]
) -> list[Counted]:
    """The counts of `organization` from `since` on, newest month first; `kind_of` reads the kind in a public id."""
    given: defaultdict[str, set[bytes]] = defaultdict(set)
    received: defaultdict[str, set[bytes]] = defaultdict(set)
    concerned = or_(
        col(LedgerDisclosure.originator) == organization,
        col(LedgerEntry.organization) == organization,
        col(LedgerEntry.on_behalf_of) == organization,
    )
    for item in _disclosed(store, since, concerned):
        month = f"{item.at:%Y-%m}"
        if item.originator == organization and item.recipients != {organization}:
            given[month] |= item.references
        elif item.originator != organization and organization in item.recipients:
            received[month] |= item.references
    known = public_ids(
        store, (reference for side in (given, received) for month in side.values() for reference in month)
    )
    kinds = {reference: kind_of(public) for reference, public in known.items()}
    rows = [
        _row(month, kind, given[month], received[month], kinds)
        for month in sorted({*given, *received}, reverse=True)
        for kind in (*InformationKind, None)
    ]
    return [row for row in rows if row.given or row.received]


def given_by_partner(store: Store, organization: str, since: datetime) -> list[GivenTo]:
    """Who was shown how many of the records of `organization` from `since` on, by id."""
    given: defaultdict[str, set[bytes]] = defaultdict(set)
    for item in _disclosed(store, since, col(LedgerDisclosure.originator) == organization):
        for recipient in item.recipients - {organization}:
            given[recipient] |= item.references
    return [GivenTo(name, len(given[name])) for name in sorted(given)]


def _disclosed(store: Store, since: datetime, concerned: ColumnElement[bool]) -> Iterator[_Shown]:
    query = (
        select(
            col(LedgerEntry.at),
            col(LedgerEntry.organization),
            col(LedgerEntry.on_behalf_of),
            col(LedgerDisclosure.originator),
            col(LedgerDisclosure.shown),
        )
        .join(LedgerDisclosure, col(LedgerDisclosure.entry_id) == col(LedgerEntry.id))
        .where(col(LedgerEntry.at) >= since, col(LedgerEntry.organization).is_not(None), concerned)
    )
    with store.session() as session:
        for at, organization, behalf, originator, shown in session.connection().execute(
            query.execution_options(yield_per=500)
        ):
            if organization is None or shown is None:
                continue
            recipients = frozenset({organization} if behalf is None else {organization, behalf})
            references = (reference for found in decode_shown(shown).values() for reference in found)
            yield _Shown(at, recipients, originator, frozenset(references))


def _row(
    month: str,
    kind: InformationKind | None,
    given: set[bytes],
    received: set[bytes],
    kinds: Mapping[bytes, InformationKind | None],
) -> Counted:
    count = [sum(kinds.get(reference) is kind for reference in side) for side in (given, received)]
    return Counted(month, kind, *count)
