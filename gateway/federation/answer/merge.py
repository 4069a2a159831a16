"""One order out of many sources: a k-way merge of runs that are each in order."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Sequence
from operator import itemgetter
from typing import TypeAlias

from gateway.federation.answer.order import OrderKey
from gateway.federation.viewed import Viewed

# A view with its key, which is made once.
Ranked: TypeAlias = tuple[OrderKey, Viewed]

_key = itemgetter(0)


async def runs(
    batches: AsyncIterator[Sequence[Viewed]], key: Callable[[Viewed], OrderKey], *, by_rank: bool
) -> AsyncIterator[Sequence[Ranked]]:
    """The batches of one source as runs whose concatenation is in order.

    `by_rank`: the source yields in order of rank, so everything before the last rank seen can be passed on, sorted by
    its ties. Else all is read before anything is passed on.
    """
    waiting: list[Ranked] = []
    async for batch in batches:
        waiting.extend([(key(viewed), viewed) for viewed in batch])
        if by_rank and waiting:
            waiting.sort(key=_key)
            last = waiting[-1][0][:2]
            ready = [item for item in waiting if item[0][:2] != last]
            if ready:
                waiting = waiting[len(ready) :]
                yield ready
    waiting.sort(key=_key)
    if waiting:
        yield waiting


async def merged(sources: Sequence[AsyncIterator[Sequence[Ranked]]]) -> AsyncIterator[Sequence[Ranked]]:
    """Everything the sources' runs hold, in order, in parts. The sources' first runs are awaited side by side.

    A part reaches as far as the run that ends first: what its source has next may belong right behind it.
    """
    heads: dict[int, Sequence[Ranked]] = {}

    async def advance(source: int) -> None:
        run = await anext(sources[source], None)
        if run:
            heads[source] = run

    await asyncio.gather(*(advance(source) for source in range(len(sources))))
    while heads:
        bound = min(run[-1][0] for run in heads.values())
        ready: list[Ranked] = []
        ended = []
        for source, run in heads.items():
            reached = bisect_right(run, bound, key=_key)
            ready += run[:reached]
            heads[source] = run[reached:]
            if reached == len(run):
                ended.append(source)
        for source in ended:
            del heads[source]
        ready.sort(key=_key)
        yield ready
        for source in ended:
            await advance(source)
