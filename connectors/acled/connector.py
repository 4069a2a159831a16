"""The ACLED connector: incident reports of the conflict context, behind a recency embargo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import ClassVar, Final

import msgspec

from connectors.acled import query
from connectors.acled.mapping import AcledMapping, AcledOptions, Row
from connectors.acled.session import Envelope, Session
from connectors.contract import Call, Capabilities, ChangePage, FetchRequest, Page, Quarantine, ReadOnly, SourceSettings
from connectors.errors import Quarantined, Unclaimed, Unconfigured, Unusable
from connectors.formats.faults import native_key
from connectors.records import Incident, Record
from policies.vocabulary import InformationKind

_EVENTS: Final = "/api/acled/read"
_DELETED: Final = "/api/deleted/read"
_KEYS_A_REQUEST: Final = 100


class _Watermark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the changes were read: Unix seconds of rows and of deletions, and the embargo then in force."""

    rows: int = 0
    deleted: int = 0
    embargo: date | None = None


class AcledConnector(ReadOnly):
    """Reads one ACLED account. Live: every fetch asks ACLED."""

    kind: ClassVar[str] = "acled"

    def __init__(self, settings: SourceSettings) -> None:
        try:
            options = msgspec.convert(dict(settings.options), AcledOptions)
        except msgspec.ValidationError as error:
            raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset({InformationKind.INCIDENT_REPORT}),
            filters=query.FILTERS,
            counts=True,
            lookup=True,
            changes=True,
        )
        self._page_size = options.page_size
        self._mapping = AcledMapping(settings, options)
        self._session = Session(settings, options.client_id)

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages in ACLED's own order, which is documented nowhere; `embargoed_until` on each."""
        self._refuse_kind(request.kind)
        if request.order is not None:
            raise Unclaimed.of(self.kind, "orders")
        number, size = self._start(request)
        # Pages are numbered by their size, so whole pages are fetched: as many as stay within the limit.
        last = None if request.limit is None else number + max(1, request.limit // size) - 1
        pushed = query.parameters(request.condition, self._mapping.tables)
        while True:
            envelope = await self._session.read(_EVENTS, pushed | {"limit": str(size), "page": str(number)}, call)
            more = len(envelope.data) >= size
            records, quarantined = self._records(envelope.data)
            yield Page(
                records=records,
                quarantined=quarantined,
                resume=f"{number + 1}:{size}" if more else None,
                as_of=datetime.now(UTC),
                embargoed_until=envelope.embargoed_until,
                total=envelope.total,
            )
            if not more or number == last:
                return
            number += 1

    def _start(self, request: FetchRequest) -> tuple[int, int]:
        """The first page's number and its size; `resume` holds both, since numbers mean nothing at another size."""
        if request.resume is not None:
            number, _, size = request.resume.partition(":")
            if not (number.isdecimal() and size.isdecimal() and int(number) >= 1 and 1 <= int(size) <= 5000):
                raise Unusable("`resume` is none that an earlier page of this source gave")
            return int(number), int(size)
        if request.limit is None or request.limit <= self._page_size:
            return 1, self._page_size if request.limit is None else max(1, request.limit)
        return 1, request.limit // -(-request.limit // self._page_size)

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The rows of `event_id_cnty`; None for those that are deleted or under embargo."""
        self._refuse_kind(kind)
        found: dict[str, Record] = {}
        # `|` parts values, so a key that holds one is none of ACLED's and would ask for others.
        wanted = sorted({native for native in keys if native and "|" not in native})
        for start in range(0, len(wanted), _KEYS_A_REQUEST):
            asked = query.keys(wanted[start : start + _KEYS_A_REQUEST])
            envelope = await self._session.read(_EVENTS, asked | {"limit": str(self._page_size), "page": "1"}, call)
            found |= {record.ref.native: record for record in self._records(envelope.data)[0]}
        return [found.get(native) for native in keys]

    async def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        """Rows changed or deleted, and rows the embargo has released since. The watermark stands on the last page.

        ACLED orders rows in no documented way, so a row is safe to forget only once all pages were read.
        """
        mark = _read_watermark(since)
        rows, deleted, embargo = mark.rows, mark.deleted, mark.embargo
        # Deletions first: a row that ACLED deleted and took up again is told last by what it is now.
        async for envelope in self._all(_DELETED, query.since("deleted_timestamp", str(mark.deleted)), call):
            deleted = max([deleted, *_times(envelope.data, "deleted_timestamp")])
            yield _tombstones(envelope.data)
        async for envelope in self._all(_EVENTS, query.since("timestamp", str(mark.rows)), call):
            rows = max([rows, *_times(envelope.data, "timestamp")])
            embargo = envelope.embargoed_until
            records, quarantined = self._records(envelope.data)
            yield ChangePage(records=records, quarantined=quarantined)
        if mark.embargo is not None:
            # Released rows keep their old timestamp, so only their day finds them.
            today = datetime.now(UTC).date().isoformat()
            released = query.between("event_date", mark.embargo.isoformat(), today)
            async for envelope in self._all(_EVENTS, released, call):
                records, quarantined = self._records(envelope.data)
                yield ChangePage(records=records, quarantined=quarantined)
        yield ChangePage(records=(), watermark=msgspec.json.encode(_Watermark(rows, deleted, embargo)).decode())

    async def _all(self, path: str, asked: Mapping[str, str], call: Call) -> AsyncIterator[Envelope]:
        number = 1
        while True:
            paging = {"limit": str(self._page_size), "page": str(number)}
            envelope = await self._session.read(path, {**asked, **paging}, call)
            yield envelope
            if len(envelope.data) < self._page_size:
                return
            number += 1

    def _records(self, rows: list[Row]) -> tuple[list[Incident], list[Quarantine]]:
        self._mapping.refuse_unknown_columns(rows)
        records: list[Incident] = []
        quarantined: list[Quarantine] = []
        for row in rows:
            try:
                records.append(self._mapping.incident(row))
            except Quarantined as error:
                native = row.get("event_id_cnty")
                quarantined.append(Quarantine(str(error), native[:96] if isinstance(native, str) else None))
        return records, quarantined

    def _refuse_kind(self, kind: InformationKind) -> None:
        if kind not in self.capabilities.kinds:
            raise Unclaimed.of(self.kind, kind.value)


def _tombstones(rows: list[Row]) -> ChangePage:
    removed: list[str] = []
    quarantined: list[Quarantine] = []
    for row in rows:
        try:
            removed.append(native_key(row.get("event_id_cnty"), "event_id_cnty"))
        except Quarantined as error:
            quarantined.append(Quarantine(str(error)))
    return ChangePage(records=(), removed=removed, quarantined=quarantined)


def _times(rows: list[Row], column: str) -> list[int]:
    return [int(text) for text in (str(row.get(column)) for row in rows) if text.isdecimal()]


def _read_watermark(text: str | None) -> _Watermark:
    if text is None:
        return _Watermark()
    try:
        return msgspec.json.decode(text, type=_Watermark)
    except msgspec.DecodeError as error:
        raise Unusable("the watermark is none that this source gave: synchronise from the beginning") from error
