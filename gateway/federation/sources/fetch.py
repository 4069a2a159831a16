"""Asks the sources side by side under one deadline; a source that fails costs its records and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from opentelemetry.trace import Tracer

from connectors.contract import Call, Page
from connectors.errors import Late, SourceError, Unusable
from connectors.records import Record, RecordRef
from gateway.federation.sources.plan import Asked
from gateway.federation.viewed import SourceReport
from policies.vocabulary import SourceState

log = logging.getLogger("slt.sources")


async def fetch(
    asked: Asked, report: SourceReport, *, deadline: float, budget: int, tracer: Tracer
) -> AsyncGenerator[Sequence[Record], None]:
    """The source's records, a page at a time, at most `budget` of them; each record once. `report` is filled in.

    Never raises a `SourceError`: the report's state tells it.
    """
    seen: set[RecordRef] = set()
    call = Call(client=asked.source.client, deadline=deadline, tracer=tracer)
    try:
        async with aclosing(_pages(asked, call)) as pages:
            while True:
                async with asyncio.timeout_at(deadline):
                    page = await anext(pages, None)
                if page is None:
                    return
                report.as_of = page.as_of or report.as_of
                report.embargoed_until = page.embargoed_until or report.embargoed_until
                asked.source.seen.note(page)
                if page.quarantined:
                    asked.source.quarantined(asked.request.kind, page.quarantined)
                    # The reasons may quote a platform's keys: the operator's list is the place for them.
                    log.info("RECORD_QUARANTINED: source `%s`: %d rows", report.name, len(page.quarantined))
                # A row met twice, as happens when rows move between pages, is taken as it was met first.
                fresh: list[Record] = []
                for record in page.records:
                    if record.ref not in seen and len(seen) < budget:
                        seen.add(record.ref)
                        fresh.append(record)
                yield fresh
                if len(seen) >= budget:
                    report.state = SourceState.PARTIAL
                    return
    except TimeoutError:
        _failed(asked, report, Late("no complete answer before the deadline"))
    except SourceError as error:
        _failed(asked, report, error)


async def _pages(asked: Asked, call: Call) -> AsyncGenerator[Page, None]:
    """The connector's pages. What escapes a connector other than a `SourceError` is that connector's fault, not ours:
    it is turned into one, so that a broken connector costs its own records only."""
    try:
        async for page in asked.source.connector.fetch(asked.request, call):
            yield page
    except (SourceError, TimeoutError):
        raise
    except Exception as error:
        raise Unusable(f"the connector failed: {type(error).__name__}") from error


def _failed(asked: Asked, report: SourceReport, error: SourceError) -> None:
    asked.source.client.note(error)
    report.state = error.state
    report.fault = error.code
    log.warning("%s: source `%s`: %s", error.code, report.name, error)
