"""What crosses from the sources' room to the answer's: views with their clearances, and how each source answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from policies.clearance import Clearance
from policies.view import View
from policies.vocabulary import BreakerState, InformationKind, SourceState


class Viewed(msgspec.Struct, frozen=True, eq=False):
    """A view as an answer may use it.

    `id` is the record's public id and `tie` 16 pseudo-random bytes that order records which are otherwise equal.
    `reference` and `accountable` are the ledger's: what was disclosed, and the organization whose record it is.
    `written` holds what was made of it for answers, by what made it, as long as the view itself is kept.
    """

    view: View
    kind: InformationKind
    id: str
    tie: bytes
    clearance: Clearance
    source: str
    reference: bytes
    accountable: str
    written: dict[object, Any] = msgspec.field(default_factory=dict)


class SourceReport(msgspec.Struct, kw_only=True):
    """How one source answered. `records` counts the listed matches; `fault` is for the log, never for an answer."""

    name: str
    state: SourceState = SourceState.OK
    as_of: datetime | None = None
    embargoed_until: date | None = None
    records: int = 0
    fault: str | None = None


class SourceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a configured source is doing: of its connection and its platform, nothing of any record. Times are UTC.

    `operator` is the organization that may know it. `state` is None where no request was made yet; `error` is the
    stable code of the last failure, None where the last request went well.
    """

    name: str
    connector: str
    kinds: Sequence[InformationKind]
    operator: str | None
    state: SourceState | None
    breaker: BreakerState
    last_success: datetime | None
    last_failure: datetime | None
    error: str | None
    as_of: datetime | None
    embargoed_until: date | None
    watermark: str | None


class Chunk(msgspec.Struct, kw_only=True):
    """One page, in the order asked for. `total` is None where nobody asked for it.

    `more`: whether the list goes on beyond this page in the direction it was taken; `entered`: whether it was entered
    behind a cursor.
    """

    nodes: Sequence[Viewed]
    more: bool
    entered: bool
    total: int | None = None
