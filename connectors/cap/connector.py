"""The connector of CAP feeds: security alerts behind an Atom or RSS index, read live and whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from connectors.cap.options import authorization, read_options
from connectors.contract import Call, Capabilities, FetchRequest, Page, ReadOnly, SourceSettings
from connectors.errors import Unclaimed
from connectors.formats.alert_feed import ANSWERS, NEWEST_SHARED, AlertFeed
from connectors.formats.cap_record import AlertMapping
from connectors.records import Record
from policies.vocabulary import InformationKind


class CapConnector(ReadOnly):
    """Reads one index. Live: every fetch asks for it, and for the files that it names anew."""

    kind: ClassVar[str] = "cap"

    def __init__(self, settings: SourceSettings) -> None:
        options = read_options(settings)
        self._headers = authorization(settings.credentials)
        self._feed = AlertFeed(
            options.index,
            AlertMapping(settings, options, self.kind, options.organization_type),
            ignored=ANSWERS,
            hosts=options.hosts,
            most=options.most,
            linked=options.linked_hosts,
        )
        self.default_marking = settings.marking
        self.capabilities = Capabilities(
            kinds=frozenset({InformationKind.SECURITY_ALERT}), orders=frozenset({NEWEST_SHARED}), lookup=True
        )

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """One page, newest shared first."""
        self._refuse_kind(request.kind)
        if request.order not in (None, NEWEST_SHARED):
            raise Unclaimed.of(self.kind, "orders")
        alerts = await self._feed.current(call, self._headers)
        yield alerts.page(request)

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The alerts of these identifiers; None for what is superseded or has left the index."""
        self._refuse_kind(kind)
        alerts = await self._feed.current(call, self._headers)
        found = {record.ref.native: record for record in alerts.records}
        return [found.get(key) for key in keys]

    def _refuse_kind(self, kind: InformationKind) -> None:
        if kind not in self.capabilities.kinds:
            raise Unclaimed.of(self.kind, kind.value)
