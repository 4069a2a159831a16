"""`slt-gateway connectors quarantine` and `replay`: rows that became no record, for the source's operator."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from io import StringIO
from pathlib import Path

from opentelemetry.trace import NoOpTracer
from rich.console import Console
from rich.table import Table

from connectors.contract import Call
from connectors.errors import SourceError
from gateway.errors import BadInput
from gateway.federation.sources.source import Source
from gateway.quarantine.rows import quarantined, released
from gateway.service import open_sources
from gateway.settings import Settings, load
from gateway.store.engine import Store, open_store
from gateway.store.tables import QuarantinedRow


def listed(config: Path, source: str | None) -> str:
    """The quarantined rows as a table; raises a fault of the configuration or the store."""
    settings = load(config, os.environ)
    store = open_store(settings.store.url)
    try:
        table = Table("source", "kind", "key", "reason", "first met", "last met")
        for row in quarantined(store, source):
            times = (f"{moment:%Y-%m-%d %H:%M}Z" for moment in (row.first_seen, row.last_seen))
            table.add_row(row.source, row.kind.value, row.native or "(none)", row.reason, *times)
    finally:
        store.close()
    text = StringIO()
    Console(file=text, width=160).print(table)
    return text.getvalue()


def replayed(config: Path, source: str) -> Sequence[str]:
    """Asks the platform again for each quarantined row of `source`; a line a row says what came of it.

    What is a record now is released; the next query shows it. Raises `BadInput` for a source that is not configured.
    """
    settings = load(config, os.environ)
    store = open_store(settings.store.url)
    try:
        return asyncio.run(_replay(settings, store, source))
    finally:
        store.close()


async def _replay(settings: Settings, store: Store, name: str) -> Sequence[str]:
    sources, clients = open_sources(settings)
    async with AsyncExitStack() as stack:
        for client in clients:
            stack.push_async_callback(client.aclose)
        source = next((item for item in sources if item.name == name), None)
        if source is None:
            raise BadInput(f"`{name}` is no configured source: take one of {', '.join(item.name for item in sources)}")
        rows = await asyncio.to_thread(quarantined, store, name)
        return [await _again(source, row, store, settings.limits.deadline_seconds) for row in rows]


async def _again(source: Source, row: QuarantinedRow, store: Store, seconds: float) -> str:
    what = f"{row.kind.value} {row.native or '(no key)'}"
    if not row.native or not source.connector.capabilities.lookup:
        return f"{what}: can't be asked for by itself; the next query meets it again: {row.reason}"
    call = Call(client=source.client, deadline=asyncio.get_running_loop().time() + seconds, tracer=NoOpTracer())
    try:
        async with asyncio.timeout_at(call.deadline):
            (record,) = await source.connector.lookup(row.kind, [row.native], call)
    except TimeoutError:
        return f"{what}: the platform did not answer in time"
    except SourceError as error:
        return f"{what}: {error.code}: {error}"
    if record is None:
        return f"{what}: still no record: {row.reason}"
    await asyncio.to_thread(released, store, row.source, row.kind, row.native)
    return f"{what}: a record now, released"
