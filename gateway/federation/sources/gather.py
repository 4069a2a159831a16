"""The fan-out: every source asked at once, each by a task of its own, its records turned into views as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final, NamedTuple, TypeAlias

import msgspec
from opentelemetry.trace import Tracer

from gateway.federation.sources.decide import Decider
from gateway.federation.sources.fetch import fetch
from gateway.federation.sources.plan import Asked
from gateway.federation.viewed import SourceReport, Viewed
from gateway.telemetry import step

# Pages a source may be ahead of the merge, so that a list that stops early leaves the rest unasked.
READ_AHEAD: Final = 2


class Stream(NamedTuple):
    """One source's views, a page at a time, and its report as far as they were taken: complete when they end.

    What lies ahead of what was taken does not show in it: how far a source got beyond the page that was asked for
    depends on records that the requester may not know of.
    """

    batches: AsyncIterator[Sequence[Viewed]]
    report: SourceReport
    ordered: bool


class _Batch(NamedTuple):
    """Views and how the source stood when they came; None for views: the end."""

    views: Sequence[Viewed] | None
    stood: SourceReport


_Queue: TypeAlias = "asyncio.Queue[_Batch]"


@asynccontextmanager
async def gathered(
    plan: Sequence[Asked], decider: Decider, *, deadline: float, budget: int, tracer: Tracer
) -> AsyncIterator[Sequence[Stream]]:
    """A stream a source, all under way; leaving the context ends whatever still runs."""
    tasks: list[asyncio.Task[None]] = []
    streams = []
    for asked in plan:
        queue: _Queue = asyncio.Queue(READ_AHEAD)
        report = SourceReport(name=asked.source.name)
        work = _produce(asked, queue, decider, deadline=deadline, budget=budget, tracer=tracer)
        task = asyncio.create_task(work, name=f"fetch {asked.source.name}")
        tasks.append(task)
        streams.append(Stream(_consumed(queue, task, report), report, asked.ordered))
    try:
        yield streams
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _produce(
    asked: Asked,
    queue: _Queue,
    decider: Decider,
    *,
    deadline: float,
    budget: int,
    tracer: Tracer,
) -> None:
    stands = SourceReport(name=asked.source.name)
    with step(tracer, "fetch.source", source=stands.name):
        pages = fetch(asked, stands, deadline=deadline, budget=budget, tracer=tracer)
        async with aclosing(pages):
            async for records in pages:
                with step(tracer, "decide"):
                    views = decider.views(records)
                await queue.put(_Batch(views, msgspec.structs.replace(stands)))
    await queue.put(_Batch(None, stands))


async def _consumed(queue: _Queue, task: asyncio.Task[None], report: SourceReport) -> AsyncIterator[Sequence[Viewed]]:
    """What the task puts into the queue; a fault of our own in the task is raised here, never swallowed."""
    while True:
        getting = asyncio.ensure_future(queue.get())
        await asyncio.wait({getting, task}, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done() and task.done() and queue.empty():
            getting.cancel()
            task.result()
            return
        views, stood = await getting
        report.state, report.fault = stood.state, stood.fault
        report.as_of, report.embargoed_until = stood.as_of, stood.embargoed_until
        if views is None:
            return
        yield views
