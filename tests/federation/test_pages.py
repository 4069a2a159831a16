"""Merging and paging: whatever the sources' pages are cut into, one order, every record once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.federation.answer.merge import merged, runs
from gateway.federation.answer.order import mirrored, order_key
from gateway.federation.answer.page import pages
from gateway.federation.operation import ListOrder
from gateway.federation.viewed import Chunk, Viewed
from tests.federation.builders import incident
from tests.federation.records import EVERYTHING, START, viewed

# Days of sharing, source by source.
sources = st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=4)


def views(days: list[list[int]]) -> list[list[Viewed]]:
    numbers = iter(range(10_000))
    return [
        [
            viewed(incident(next(numbers) * 7919 % 10_007, shared_at=START + timedelta(days=day)), EVERYTHING)
            for day in source
        ]
        for source in days
    ]


async def batches(source: Sequence[Viewed], size: int) -> AsyncIterator[Sequence[Viewed]]:
    for start in range(0, len(source), size):
        yield source[start : start + size]


async def collected(
    made: list[list[Viewed]],
    *,
    ordered: bool,
    size: int,
    count: int,
    backward: bool,
    exhaustive: bool,
    descending: bool,
) -> list[Chunk]:
    key = order_key(ListOrder.SHARED, descending=descending, backward=backward)
    if ordered:
        made = [sorted(source, key=lambda item: key(item)[:2]) for source in made]
    streams = [runs(batches(source, size), key, by_rank=ordered) for source in made]
    listed = merged(streams)
    return [chunk async for chunk in pages(listed, count=count, after=None, backward=backward, exhaustive=exhaustive)]


@given(sources, st.booleans(), st.integers(1, 5), st.integers(1, 7), st.booleans(), st.booleans(), st.booleans())
def test_pages_hold_everything_once_in_order(
    days: list[list[int]], ordered: bool, size: int, count: int, backward: bool, exhaustive: bool, descending: bool
) -> None:
    made = views(days)
    chunks = asyncio.run(
        collected(
            made,
            ordered=ordered,
            size=size,
            count=count,
            backward=backward,
            exhaustive=exhaustive,
            descending=descending,
        )
    )
    everything = [viewed for source in made for viewed in source]
    expected = sorted(everything, key=order_key(ListOrder.SHARED, descending=descending))
    got = [viewed.id for chunk in (reversed(chunks) if backward else chunks) for viewed in chunk.nodes]
    assert got == [viewed.id for viewed in expected]
    assert [chunk.more for chunk in chunks] == [True] * (len(chunks) - 1) + [False]
    assert chunks[-1].total == (len(everything) if exhaustive else None)


@given(sources.filter(lambda days: sum(map(len, days)) > 0), st.booleans())
def test_a_key_mirrored_is_the_key_of_the_other_direction(days: list[list[int]], descending: bool) -> None:
    forward = order_key(ListOrder.SHARED, descending=descending)
    backward = order_key(ListOrder.SHARED, descending=descending, backward=True)
    for source in views(days):
        for item in source:
            assert mirrored(forward(item)) == backward(item)
            assert mirrored(backward(item)) == forward(item)
