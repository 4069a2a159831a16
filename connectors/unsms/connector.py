"""The connector of the UNSMS feed: incidents by cursor, alerts as CAP 1.2 behind an Atom index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

import msgspec

from connectors.contract import (
    Call,
    Capabilities,
    ChangePage,
    FetchRequest,
    OrderKey,
    Page,
    Quarantine,
    ReadOnly,
    SourceSettings,
)
from connectors.errors import Quarantined, Unclaimed, Unconfigured
from connectors.formats.alert_feed import AlertFeed
from connectors.formats.attributes import Declaration
from connectors.formats.cap_record import AlertMapping, CapOptions
from connectors.recall import Recall
from connectors.records import Incident, Record, SecurityAlert
from connectors.unsms import query, wire
from connectors.unsms.mapping import IncidentMapping
from policies.condition import Field
from policies.vocabulary import InformationKind, OrganizationType

_JSON: Final = "application/json"
_INCIDENTS: Final = "/v1/incidents"
_CHANGES: Final = "/v1/incidents/changes"
_ALERTS: Final = "/v1/alerts/atom.xml"
_KEYS_A_REQUEST: Final = 100
NEWEST_SHARED: Final = OrderKey(Field.SHARED, descending=True)


class UnsmsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[options]`: `page_size` items a request (1,000 at most), the incidents' `extensions`, and the `alerts`."""

    page_size: int = 500
    extensions: dict[str, Declaration] = msgspec.field(default_factory=dict)
    alerts: CapOptions = CapOptions()

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 1000:
            raise ValueError("`page_size` is from 1 to 1000")


class UnsmsConnector(ReadOnly):
    """Reads one UNSMS feed. Live: every fetch asks the feed."""

    kind: ClassVar[str] = "unsms"

    def __init__(self, settings: SourceSettings) -> None:
        try:
            options = msgspec.convert(dict(settings.options), UnsmsOptions)
        except msgspec.ValidationError as error:
            raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
        if not settings.credentials.get("token"):
            raise Unconfigured("`credentials.token`: the UNSMS feed takes a bearer token")
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset({InformationKind.INCIDENT_REPORT, InformationKind.SECURITY_ALERT}),
            filters=query.FILTERS,
            orders=frozenset({NEWEST_SHARED}),
            lookup=True,
            changes=True,
        )
        self._page_size = options.page_size
        self._headers = {"authorization": f"Bearer {settings.credentials['token']}"}
        self._incidents = IncidentMapping(settings, options.extensions)
        self._read_before: Recall[bytes, Incident] = Recall()
        self._alerts = AlertFeed(_ALERTS, AlertMapping(settings, options.alerts, self.kind, OrganizationType.UN))

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages of incidents or of alerts, newest shared first."""
        if request.order not in (None, NEWEST_SHARED):
            raise Unclaimed.of(self.kind, "orders")
        match request.kind:
            case InformationKind.INCIDENT_REPORT:
                pages = self._fetch_incidents(request, call)
            case InformationKind.SECURITY_ALERT:
                pages = self._fetch_alerts(request, call)
            case _:
                raise Unclaimed.of(self.kind, request.kind.value)
        async for page in pages:
            yield page

    async def _fetch_incidents(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        pushed = query.parameters(request.condition)
        cursor, fetched = request.resume, 0
        while True:
            left = self._page_size if request.limit is None else min(self._page_size, request.limit - fetched)
            asked = (
                pushed | {"order": "-shared_at", "limit": str(left)} | ({} if cursor is None else {"cursor": cursor})
            )
            page = wire.incident_page(await self._get(_INCIDENTS, asked, call))
            records, quarantined = self._read(page.items)
            cursor, fetched = page.next_cursor, fetched + len(page.items)
            yield Page(
                records=records, quarantined=quarantined, resume=cursor, as_of=page.as_of, watermark=page.watermark
            )
            if cursor is None or fetched == request.limit:
                return

    async def _fetch_alerts(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """One page: an index holds the alerts of the day. `resume` is the place of the last alert in the order."""
        alerts = await self._alerts.current(call, self._headers)
        left = [alert for alert in alerts.records if request.resume is None or _place(alert) < request.resume]
        taken = left[: request.limit]
        yield Page(
            records=taken,
            quarantined=alerts.quarantined,
            resume=_place(taken[-1]) if taken and len(taken) < len(left) else None,
            as_of=datetime.now(UTC),
        )

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The records of `keys`; None for what is deleted or superseded."""
        found: dict[str, Record] = {}
        match kind:
            case InformationKind.INCIDENT_REPORT:
                # `,` parts the ids of one request, so a key that holds one is none of the feed's.
                wanted = sorted({key for key in keys if key and "," not in key})
                for start in range(0, len(wanted), _KEYS_A_REQUEST):
                    ids = wanted[start : start + _KEYS_A_REQUEST]
                    asked = {"id": ",".join(ids), "limit": str(len(ids))}
                    page = wire.incident_page(await self._get(_INCIDENTS, asked, call))
                    found |= {record.ref.native: record for record in self._read(page.items)[0]}
            case InformationKind.SECURITY_ALERT:
                alerts = await self._alerts.current(call, self._headers)
                found |= {record.ref.native: record for record in alerts.records}
            case _:
                raise Unclaimed.of(self.kind, kind.value)
        return [found.get(key) for key in keys]

    async def changes(self, since: str | None, call: Call) -> AsyncIterator[ChangePage]:
        """Incidents changed or gone since a watermark, then the alerts of the index and what they supersede."""
        more, mark = True, since
        while more:
            asked = {"limit": str(self._page_size)} | ({} if mark is None else {"since": mark})
            page = wire.changes_page(await self._get(_CHANGES, asked, call))
            gone, kept = _tombstones(page.items)
            records, quarantined = self._read(kept)
            more, mark = page.more, page.watermark
            yield ChangePage(records=records, removed=gone, quarantined=quarantined, watermark=mark)
        alerts = await self._alerts.current(call, self._headers)
        yield ChangePage(
            records=alerts.records, removed=sorted(alerts.superseded), quarantined=alerts.quarantined, watermark=mark
        )

    async def _get(self, path: str, asked: dict[str, str], call: Call) -> bytes:
        return await call.client.get(path, deadline=call.deadline, parameters=asked, headers=self._headers)

    def _read(self, items: Sequence[msgspec.Raw]) -> tuple[list[Incident], list[Quarantine]]:
        records: list[Incident] = []
        quarantined: list[Quarantine] = []
        for raw in items:
            told = bytes(raw)
            record = self._read_before.get(told)
            if record is None:
                try:
                    record = self._incidents.incident(raw)
                except Quarantined as error:
                    quarantined.append(Quarantine(str(error), _native(raw)))
                    continue
                self._read_before.put(told, record)
            records.append(record)
        return records, quarantined


class _Key(msgspec.Struct):
    id: str


class _Sort(msgspec.Struct):
    tombstone: bool = False


def _native(raw: msgspec.Raw) -> str | None:
    """The id of an item that became no record, where it can be read."""
    try:
        return msgspec.json.decode(raw, type=_Key).id[:96]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _tombstones(items: Sequence[msgspec.Raw]) -> tuple[list[str], list[msgspec.Raw]]:
    """The ids of what is gone, and the items that are none."""
    gone, kept = [], []
    for raw in items:
        try:
            if not msgspec.json.decode(raw, type=_Sort).tombstone:
                kept.append(raw)
                continue
            gone.append(msgspec.json.decode(raw, type=wire.Tombstone).id)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            kept.append(raw)
    return gone, kept


def _place(alert: SecurityAlert) -> str:
    """The alert's place in the order, as text that compares like it."""
    return f"{alert.shared_at.isoformat(timespec='microseconds')} {alert.ref.native}"
