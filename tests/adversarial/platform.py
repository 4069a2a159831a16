"""A platform in memory, behind the connectors' own contract: it filters, orders and pages its raw rows as real ones do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar, Final

import msgspec

from connectors.contract import Call, Capabilities, FetchRequest, Page, Quarantine, ReadOnly
from connectors.errors import (
    AuthenticationRefused,
    Late,
    RateLimited,
    SourceError,
    Unreachable,
    Unusable,
)
from connectors.records import Record
from policies.condition import All, Condition, Interval, Not, Operator, Test
from policies.condition import Any as AnyOf
from policies.marking import Marking
from policies.values import Moment
from policies.vocabulary import InformationKind

SYNCHRONISED: Final = datetime(2026, 11, 18, 11, tzinfo=UTC)


class Fault(Enum):
    """How a platform fails."""

    AUTHENTICATION = AuthenticationRefused
    LATE = Late
    RATE = RateLimited
    DOWN = Unreachable
    NONSENSE = Unusable
    DEFECT = LookupError  # the connector itself is broken


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """What one platform holds, and how it behaves.

    `rows` in the platform's own order. `page` rows go into one page; `pauses`: times that it yields to others before
    one. `quarantined` rows could not be read. `late`: its fault comes after its last page, else before the first.
    `embargoed` is the platform's own rule. `whispers`: what its error messages quote.
    """

    name: str
    capabilities: Capabilities
    rows: tuple[Record, ...]
    page: int = 50
    pauses: int = 0
    quarantined: int = 0
    fault: Fault | None = None
    late: bool = False
    embargoed: date | None = None
    whispers: str = ""


class MemoryConnector(ReadOnly):
    """`connectors.contract.Connector` over whatever `Platform` it holds at the moment."""

    kind: ClassVar[str] = "memory"
    default_marking = Marking(originator="nobody")

    def __init__(self) -> None:
        self.held = Platform(name="", capabilities=Capabilities(kinds=frozenset()), rows=())
        self.asked = 0  # pages and lookups served: the steps that are counted

    @property
    def capabilities(self) -> Capabilities:
        """The platform's."""
        return self.held.capabilities

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Always one page at least, as platforms answer a search that finds nothing."""
        held = self.held
        if not held.late:
            self._fail()
        found = [row for row in held.rows if row.ref.kind is request.kind and _true(request.condition, row)]
        if request.order is not None:
            path, descending = request.order.field.value, request.order.descending
            found.sort(key=lambda row: _sortable(_value(row, path)), reverse=descending)
        found = found[: request.limit]
        for start in range(0, len(found) or 1, held.page):
            for _ in range(held.pauses):
                await asyncio.sleep(0)
            self.asked += 1
            unread = [Quarantine(held.whispers, held.whispers)] * (held.quarantined if start == 0 else 0)
            yield Page(
                records=found[start : start + held.page],
                quarantined=unread,
                as_of=SYNCHRONISED,
                embargoed_until=held.embargoed,
            )
        self._fail()

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """Rows by key."""
        self.asked += 1
        self._fail()
        rows = {row.ref.native: row for row in self.held.rows if row.ref.kind is kind}
        for _ in range(self.held.pauses):
            await asyncio.sleep(0)
        return [rows.get(key) for key in keys]

    def _fail(self) -> None:
        fault = self.held.fault
        if fault is None:
            return
        # A platform's error text quotes its rows.
        message = f"row {self.held.whispers} of {len(self.held.rows)}"
        raise fault.value(message) if issubclass(fault.value, SourceError) else LookupError(message)


def _true(condition: Condition | None, row: Record) -> bool:
    """Two-valued logic on the raw row: nothing is unknown to the platform."""
    match condition:
        case None:
            return True
        case Test():
            return _passes(condition, _value(row, condition.field.value))
        case Not(part):
            return not _true(part, row)
        case All(parts):
            return all(_true(part, row) for part in parts)
        case AnyOf(parts):
            return any(_true(part, row) for part in parts)


def _value(row: Record, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _passes(test: Test, value: Any) -> bool:
    asked: Any = test.value
    if test.operator is Operator.IS_NULL:
        return (value is None) is asked
    if test.operator is Operator.HAS:
        return any(item.key == asked[0] and item.value in asked[1] for item in value)
    if value is None:
        return False
    match test.operator:
        case Operator.IN:
            return value in asked
        case Operator.WITHIN:
            return _within(value, asked)
        case Operator.AT_LEAST:
            return bool(value >= asked)
        case Operator.AT_MOST:
            return bool(value <= asked)
        case _:
            return asked.casefold() in value.casefold()


def _within(value: Moment | datetime, asked: Interval) -> bool:
    start, end = (value.start, value.end) if isinstance(value, Moment) else (value, value)
    begins = asked.start is None or start >= asked.start
    return begins and (asked.end is None or start < asked.end) and (asked.end is None or end <= asked.end)


def _sortable(value: Any) -> tuple[bool, Any]:
    moment = value.start if isinstance(value, Moment) else value
    return (moment is not None, moment if moment is not None else 0)
