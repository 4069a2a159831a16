"""The connector of ReliefWeb, read live."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from connectors.contract import Call, Capabilities, FetchRequest, OrderKey, Page, Quarantine, ReadOnly, SourceSettings
from connectors.errors import Quarantined, Unclaimed, Unusable
from connectors.records import Record
from connectors.reliefweb import query
from connectors.reliefweb.mapping import ReportMapping
from connectors.reliefweb.options import Selection, read_options
from connectors.reliefweb.wire import Item, reports
from policies.condition import Field
from policies.vocabulary import InformationKind

NEWEST_SHARED: Final = OrderKey(Field.SHARED, descending=True)
_KEYS_A_REQUEST: Final = 100


class ReliefWebConnector(ReadOnly):
    """Reads situation reports and lessons. Live: every fetch asks ReliefWeb."""

    kind: ClassVar[str] = "reliefweb"

    def __init__(self, settings: SourceSettings) -> None:
        options = read_options(settings)
        self._options = options
        self._mapping = ReportMapping(settings, options)
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset(options.kinds),
            filters=query.FILTERS,
            orders=frozenset({NEWEST_SHARED}),
            counts=True,
            lookup=True,
        )

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages of reports, newest on ReliefWeb first. `resume` is the offset of the platform's next link."""
        selection = self._selection(request.kind)
        if request.order not in (None, NEWEST_SHARED):
            raise Unclaimed.of(self.kind, "orders")
        narrowed = query.pushed(request.condition)
        offset = _offset(request.resume)
        fetched, told = 0, set[str]()
        while True:
            size = self._options.page_size
            size = size if request.limit is None else max(1, min(size, request.limit - fetched))
            answer = await reports(self._options.appname, query.body(selection, narrowed, offset, size), call)
            following = answer.following(offset)
            records, quarantined = self._read(request.kind, answer.data, told)
            fetched += len(answer.data)
            yield Page(
                records=records,
                quarantined=quarantined,
                resume=None if following is None else str(following),
                as_of=datetime.now(UTC),
                total=answer.total_count,
            )
            if following is None or (request.limit is not None and fetched >= request.limit):
                return
            offset = following

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The reports of these ids that are of `kind`."""
        selection = self._selection(kind)
        found: dict[str, Record] = {}
        # ReliefWeb's ids are numbers: a filter with anything else in it would be refused, for all of them.
        wanted = sorted({key for key in keys if key.isascii() and key.isdecimal()})
        for start in range(0, len(wanted), _KEYS_A_REQUEST):
            few = wanted[start : start + _KEYS_A_REQUEST]
            asked = query.body(selection, [query.keyed(few)], 0, len(few))
            answer = await reports(self._options.appname, asked, call)
            found |= {record.ref.native: record for record in self._read(kind, answer.data, set())[0]}
        return [found.get(key) for key in keys]

    def _read(
        self, kind: InformationKind, items: Sequence[Item], told: set[str]
    ) -> tuple[list[Record], list[Quarantine]]:
        """Records, and reports that became none. `told` holds the ids of this fetch."""
        records: list[Record] = []
        quarantined: list[Quarantine] = []
        for item in items:
            try:
                record = self._mapping.record(kind, item)
                if record.ref.native in told:
                    # Pages are cut by position, so a new report moves the last one of a page onto the next.
                    raise Quarantined("the report was already told on this or an earlier page")
            except Quarantined as error:
                quarantined.append(Quarantine(str(error), str(item.id)[:96]))
            else:
                told.add(record.ref.native)
                records.append(record)
        return records, quarantined

    def _selection(self, kind: InformationKind) -> Selection:
        if kind not in self._options.kinds:
            raise Unclaimed.of(self.kind, kind.value)
        return self._options.kinds[kind]


def _offset(resume: str | None) -> int:
    if resume is None:
        return 0
    if not (resume.isascii() and resume.isdecimal()):
        raise Unusable("`resume` is none that an earlier page of this source gave")
    return int(resume)
