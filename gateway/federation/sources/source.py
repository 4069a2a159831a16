"""A configured source at run time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec

from connectors.client import SourceClient
from connectors.contract import Connector, Page, Quarantine
from policies.vocabulary import InformationKind


class Seen(msgspec.Struct, kw_only=True):
    """What the source's pages last told of themselves; times are UTC."""

    as_of: datetime | None = None
    embargoed_until: date | None = None
    watermark: str | None = None

    def note(self, page: Page) -> None:
        """Takes over what `page` tells."""
        self.as_of = page.as_of or self.as_of
        self.embargoed_until = page.embargoed_until or self.embargoed_until
        self.watermark = page.watermark or self.watermark


def _unheard(_kind: InformationKind, _rows: Sequence[Quarantine]) -> None:
    """Nobody listens."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source: its configured name, its connector and the client the connector is handed.

    `operator`: the organization that runs the platform, if it is one of the gateway's. `quarantined` hears of rows
    that became no record; `seen` is kept for the source's operator.
    """

    name: str
    connector: Connector
    client: SourceClient
    operator: str | None = None
    quarantined: Callable[[InformationKind, Sequence[Quarantine]], None] = _unheard
    seen: Seen = msgspec.field(default_factory=Seen)
