"""What is shared with the gateway itself as a source like any other: fetched, looked up, matched, decided."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, NamedTuple

import msgspec
from sqlmodel import and_, col, or_, select

from connectors.contract import Call, Capabilities, FetchRequest, OrderKey, Page, Quarantine, ReadOnly
from connectors.errors import Unreachable
from connectors.records import Record
from gateway.errors import StoreFault
from gateway.settings.sections import OWN_SOURCE
from gateway.sharing.records.shelf import read
from gateway.store.engine import Store
from gateway.store.tables import RecordShared
from policies.condition import Field, Interval, Operator, Test, conjuncts
from policies.marking import Marking
from policies.vocabulary import InformationKind

PAGE_ROWS: Final = 500
# Rows are read by the thousand: no object of the store's own is made of each.
_SELECTED: Final = select(
    col(RecordShared.kind), col(RecordShared.shared_at), col(RecordShared.native), col(RecordShared.body)
)
_BY_SHARING: Final = (col(RecordShared.shared_at), col(RecordShared.native))


class _Row(NamedTuple):
    kind: InformationKind
    shared_at: datetime
    native: str
    body: bytes


class SharedRecords(ReadOnly):
    """`connectors.contract.Connector` over the store's own records; `clock` in seconds since the epoch.

    Records are shared by the gateway's mutations, which know who asks: it claims no `share`.
    """

    kind: ClassVar[str] = OWN_SOURCE
    capabilities = Capabilities(
        kinds=frozenset(InformationKind),
        filters=frozenset(
            {(Field.STATUS, Operator.IN), (Field.ORIGINATOR, Operator.IN), (Field.SHARED, Operator.WITHIN)}
        ),
        orders=frozenset({OrderKey(Field.SHARED, descending=True), OrderKey(Field.SHARED, descending=False)}),
        lookup=True,
    )
    # No record is without a marking of its own.
    default_marking = Marking(originator=OWN_SOURCE)

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:  # noqa: ARG002 - the store is at hand
        """Pages in the order of sharing; raises `Unreachable`."""
        resume, left = request.resume, request.limit
        while True:
            size = PAGE_ROWS if left is None else min(PAGE_ROWS, left)
            rows = await asyncio.to_thread(self._rows, request, resume, size)
            resume = _place(rows[-1]) if len(rows) == size and size else None
            left = None if left is None else left - len(rows)
            records, quarantined = _read(rows)
            yield Page(records=records, quarantined=quarantined, resume=resume, as_of=self._now())
            if resume is None or left == 0:
                return

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:  # noqa: ARG002 - as above
        """The records of `keys`; raises `Unreachable`."""
        rows = await asyncio.to_thread(self._found, kind, keys)
        records = {record.ref.native: record for record in _read(rows)[0]}
        return [records.get(key) for key in keys]

    def _rows(self, request: FetchRequest, resume: str | None, size: int) -> Sequence[_Row]:
        descending = request.order is None or request.order.descending
        query = _SELECTED.where(RecordShared.kind == request.kind, *_conditions(request))
        if resume is not None:
            query = query.where(_behind(resume, descending=descending))
        order = [column.desc() if descending else column.asc() for column in _BY_SHARING]
        return self._all(query.order_by(*order).limit(size))

    def _found(self, kind: InformationKind, keys: Sequence[str]) -> Sequence[_Row]:
        return self._all(_SELECTED.where(RecordShared.kind == kind, col(RecordShared.native).in_(set(keys))))

    def _all(self, query: Any) -> Sequence[_Row]:
        try:
            with self._store.session() as session:
                return [_Row(*row) for row in session.exec(query)]
        except StoreFault as fault:
            raise Unreachable("the store can't be read") from fault

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _conditions(request: FetchRequest) -> Iterator[Any]:
    """What is claimed of the condition, as SQL; a record's originator is the organization that shared it."""
    for part in conjuncts(request.condition):
        match part:
            case Test(Field.STATUS, Operator.IN, frozenset() as values):
                yield col(RecordShared.status).in_(values)
            case Test(Field.ORIGINATOR, Operator.IN, frozenset() as values):
                yield col(RecordShared.organization_id).in_(values)
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)):
                if start is not None:
                    yield col(RecordShared.shared_at) >= start
                if end is not None:
                    yield col(RecordShared.shared_at) < end


def _place(row: _Row) -> str:
    return f"{row.shared_at.isoformat()} {row.native}"


def _behind(resume: str, *, descending: bool) -> Any:
    moment, _, native = resume.partition(" ")
    at, key = _BY_SHARING
    shared_at = datetime.fromisoformat(moment)
    if descending:
        return or_(at < shared_at, and_(at == shared_at, key < native))
    return or_(at > shared_at, and_(at == shared_at, key > native))


def _read(rows: Sequence[_Row]) -> tuple[Sequence[Record], Sequence[Quarantine]]:
    """The records, and the rows of which this version can make none."""
    records, quarantined = [], []
    for row in rows:
        try:
            records.append(read(row.kind, row.body))
        except msgspec.DecodeError:
            quarantined.append(Quarantine("the record can't be read by this version", row.native))
    return records, quarantined
