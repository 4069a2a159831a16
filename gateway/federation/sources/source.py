"""A configured source at run time."""

from __future__ import annotations

import msgspec

from connectors.client import SourceClient
from connectors.contract import Connector


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source: its configured name, its connector and the client the connector is handed."""

    name: str
    connector: Connector
    client: SourceClient
