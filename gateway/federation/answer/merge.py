"""One order out of many sources: a k-way merge of runs that are each in order."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable, Sequence

from gateway.federation.answer.order import OrderKey
from gateway.federation.viewed import Viewed


async def runs(
    batches: AsyncIterator[Sequence[Viewed]], key: Callable[[Viewed], OrderKey], *, by_rank: bool
) -> AsyncIterator[Sequence[Viewed]]:
    """The batches of one source as runs whose concatenation is in order.

    `by_rank`: the source yields in order of rank, so everything before the last rank seen can be passed on, sorted by
    its ties. Else all is read before anything is passed on.
    """
    waiting: list[Viewed] = []
    async for batch in batches:
        waiting.extend(batch)
        if by_rank and waiting:
            waiting.sort(key=key)
            last = key(waiting[-1])[:2]
            ready = [viewed for viewed in waiting if key(viewed)[:2] != last]
            if ready:
                waiting = waiting[len(ready) :]
                yield ready
    waiting.sort(key=key)
    if waiting:
        yield waiting


async def merged(
    sources: Sequence[AsyncIterator[Sequence[Viewed]]], key: Callable[[Viewed], OrderKey]
) -> AsyncIterator[Viewed]:
    """Everything the sources' runs hold, in order of `key`. The sources' first runs are awaited side by side."""
    heap: list[tuple[OrderKey, int, int, Sequence[Viewed]]] = []

    async def advance(source: int) -> None:
        run = await anext(sources[source], None)
        if run:
            heapq.heappush(heap, (key(run[0]), source, 0, run))

    await asyncio.gather(*(advance(source) for source in range(len(sources))))
    while heap:
        _, source, position, run = heap[0]
        following = position + 1
        if following < len(run):
            heapq.heapreplace(heap, (key(run[following]), source, following, run))
        else:
            heapq.heappop(heap)
            await advance(source)
        yield run[position]
