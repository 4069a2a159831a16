"""The connector of GDACS: hazards as security alerts, read live and whole from its RSS feed or its event list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from connectors.contract import Call, Capabilities, FetchRequest, Page, Quarantine, ReadOnly, SourceSettings
from connectors.errors import Quarantined, Unclaimed
from connectors.formats.alert_feed import NEWEST_SHARED, Alerts
from connectors.formats.cap_files import CapFile, CapFiles
from connectors.formats.feed_index import Entry
from connectors.gdacs import event_list, rss
from connectors.gdacs.event import HAZARDS, SEVERITIES, GdacsEvent, Row
from connectors.gdacs.mapping import EventMapping
from connectors.gdacs.options import read_options
from connectors.records import Record, SecurityAlert
from policies.vocabulary import InformationKind

_JSON: Final = "application/json"


class GdacsConnector(ReadOnly):
    """Reads one GDACS feed. Live: every fetch asks for it, and for the CAP files of the events that changed."""

    kind: ClassVar[str] = "gdacs"

    def __init__(self, settings: SourceSettings) -> None:
        self._options = read_options(settings)
        self._mapping = EventMapping(settings, self.kind)
        self._files = CapFiles(self._options.hosts)
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset({InformationKind.SECURITY_ALERT}), orders=frozenset({NEWEST_SHARED}), lookup=True
        )

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """One page, newest shared first."""
        self._refuse_kind(request.kind)
        if request.order not in (None, NEWEST_SHARED):
            raise Unclaimed.of(self.kind, "orders")
        yield (await self._current(call)).page(request)

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The events of these keys, such as `EQ1199929`; None for what the feed does not name any more."""
        self._refuse_kind(kind)
        found = {record.ref.native: record for record in (await self._current(call)).records}
        return [found.get(key) for key in keys]

    async def _current(self, call: Call) -> Alerts:
        quarantined: list[Quarantine] = []
        taken: list[GdacsEvent] = []
        for row in await self._rows(call):
            if isinstance(row, Quarantine):
                quarantined.append(row)
            elif self._wanted(row):
                taken.append(row)
        files = await self._read_files(taken, call)
        made: list[SecurityAlert] = []
        for event in taken:
            try:
                made.append(self._mapping.record(event, files.get(event)))
            except Quarantined as error:
                quarantined.append(Quarantine(str(error), event.key))
        made.sort(key=lambda record: (record.shared_at, record.ref.native, record.version), reverse=True)
        records: dict[str, SecurityAlert] = {}
        for record in made:
            if record.ref.native in records:
                quarantined.append(Quarantine("its key belongs to a newer row too", record.ref.native))
            else:
                records[record.ref.native] = record
        return Alerts(tuple(records.values()), tuple(quarantined))

    async def _rows(self, call: Call) -> Sequence[Row]:
        options = self._options
        if options.form == "rss":
            body = await call.client.get(options.rss, deadline=call.deadline)
            return list(rss.events(body, call.client.base + options.rss))
        today = datetime.now(UTC).date()
        asked = event_list.parameters(today, options.days, options.alert_levels, options.event_types)
        body = await call.client.send(
            "GET", event_list.PATH, deadline=call.deadline, parameters=asked, media_type=_JSON
        )
        return list(event_list.events(body))

    async def _read_files(self, taken: Sequence[GdacsEvent], call: Call) -> dict[GdacsEvent, CapFile]:
        """The CAP files of events; one is the same while its event is told unchanged."""
        if not self._options.cap_files:
            return {}
        entries = {
            event: Entry(event.key, f"{event.modified.isoformat()} {event.told}", event.cap)
            for event in taken
            if event.cap is not None
        }
        files = await self._files.read(list(dict.fromkeys(entries.values())), call, {})
        return {event: files[entry] for event, entry in entries.items()}

    def _wanted(self, event: GdacsEvent) -> bool:
        """Whether configuration takes it. A level or type that is new to us is taken: it may be the gravest of all."""
        return (event.alert_level not in SEVERITIES or event.alert_level in self._options.alert_levels) and (
            event.event_type not in HAZARDS or event.event_type in self._options.event_types
        )

    def _refuse_kind(self, kind: InformationKind) -> None:
        if kind not in self.capabilities.kinds:
            raise Unclaimed.of(self.kind, kind.value)
