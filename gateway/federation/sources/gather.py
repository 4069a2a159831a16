"""The fan-out: every source asked at once, each by a task of its own, its records turned into views as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final, NamedTuple

from opentelemetry.trace import Tracer

from gateway.federation.sources.decide import Decider
from gateway.federation.sources.fetch import fetch
from gateway.federation.sources.plan import Asked
from gateway.federation.viewed import SourceReport, Viewed
from gateway.telemetry import step

# Pages a source may be ahead of the merge, so that a list that stops early leaves the rest unasked.
READ_AHEAD: Final = 2


class Stream(NamedTuple):
    """One source's views, a page at a time, and the report that is complete when they end."""

    batches: AsyncIterator[Sequence[Viewed]]
    report: SourceReport
    ordered: bool


@asynccontextmanager
async def gathered(
    plan: Sequence[Asked], decider: Decider, *, deadline: float, budget: int, tracer: Tracer
) -> AsyncIterator[Sequence[Stream]]:
    """A stream a source, all under way; leaving the context ends whatever still runs."""
    tasks: list[asyncio.Task[None]] = []
    streams = []
    for asked in plan:
        queue: asyncio.Queue[Sequence[Viewed] | None] = asyncio.Queue(READ_AHEAD)
        report = SourceReport(name=asked.source.name)
        work = _produce(asked, report, queue, decider, deadline=deadline, budget=budget, tracer=tracer)
        task = asyncio.create_task(work, name=f"fetch {asked.source.name}")
        tasks.append(task)
        streams.append(Stream(_consumed(queue, task), report, asked.ordered))
    try:
        yield streams
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _produce(
    asked: Asked,
    report: SourceReport,
    queue: asyncio.Queue[Sequence[Viewed] | None],
    decider: Decider,
    *,
    deadline: float,
    budget: int,
    tracer: Tracer,
) -> None:
    with step(tracer, "fetch.source", source=report.name):
        pages = fetch(asked, report, deadline=deadline, budget=budget, tracer=tracer)
        async with aclosing(pages):
            async for records in pages:
                with step(tracer, "decide"):
                    views = decider.views(records)
                await queue.put(views)
    await queue.put(None)


async def _consumed(
    queue: asyncio.Queue[Sequence[Viewed] | None], task: asyncio.Task[None]
) -> AsyncIterator[Sequence[Viewed]]:
    """What the task puts into the queue; a fault of our own in the task is raised here, never swallowed."""
    while True:
        getting = asyncio.ensure_future(queue.get())
        await asyncio.wait({getting, task}, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done() and task.done() and queue.empty():
            getting.cancel()
            task.result()
            return
        batch = await getting
        if batch is None:
            return
        yield batch
