"""Tables of a test's own, dropped at an address and read by a connector."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.contract import FetchRequest, Page, SourceSettings
from connectors.records import Incident
from connectors.simulation.server import serving
from connectors.tabular import TabularConnector
from policies.marking import Marking
from policies.vocabulary import InformationKind
from tests.connectors.source import pages

EVERYTHING = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
SHARED_AT = "2026-11-01T00:00:00Z"
OPTIONS: dict[str, Any] = {
    "path": "/table.csv",
    "scheme": "Test",
    "shared_at": SHARED_AT,
    "fields": {"No": "key", "Date": "occurred", "Title": "title"},
}


def dropped(body: bytes) -> Starlette:
    async def get(request: Request) -> Response:
        return Response(body, media_type="application/octet-stream")

    return Starlette(routes=[Route("/{path:path}", get)])


def source(url: str, credentials: Mapping[str, str] | None = None, **options: Any) -> SourceSettings:
    return SourceSettings(
        name="drop",
        url=url,
        marking=Marking(originator="northwind-aid"),
        credentials=credentials or {},
        options=OPTIONS | options,
    )


def connector(url: str, credentials: Mapping[str, str] | None = None, **options: Any) -> TabularConnector:
    return TabularConnector(source(url, credentials, **options))


async def read(body: bytes | str, **options: Any) -> list[Page]:
    """All pages of a table that lies at an address, over a real socket."""
    with serving(dropped(body if isinstance(body, bytes) else body.encode())) as url:
        return await pages(connector(url, **options), url, EVERYTHING)


async def incidents(body: bytes | str, **options: Any) -> list[Incident]:
    """The records of a table none of whose rows is quarantined."""
    fetched = await read(body, **options)
    assert [item for page in fetched for item in page.quarantined] == []
    found = [record for page in fetched for record in page.records]
    assert all(isinstance(record, Incident) for record in found)
    return found  # type: ignore[return-value] # asserted


async def reasons(body: bytes | str, **options: Any) -> list[tuple[str | None, str]]:
    """Keys and reasons of quarantined rows."""
    return [(item.native, item.reason) for page in await read(body, **options) for item in page.quarantined]


def resident() -> int:
    """Bytes of memory that this process has now."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024
