"""Pages of one merged list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from gateway.federation.answer.merge import Ranked
from gateway.federation.answer.order import OrderKey
from gateway.federation.viewed import Chunk, Viewed


async def pages(
    listed: AsyncIterator[Sequence[Ranked]],
    *,
    count: int,
    after: OrderKey | None,
    backward: bool,
    exhaustive: bool,
) -> AsyncGenerator[Chunk, None]:
    """The list in pages of `count`, from behind `after`. `exhaustive` reads to the end before the first page."""
    total = 0
    nodes: list[Viewed] = []
    async for part in listed:
        total += len(part)
        nodes += [viewed for key, viewed in part if after is None or key > after]
        while not exhaustive and len(nodes) > count:
            yield _chunk(nodes[:count], more=True, entered=after is not None, backward=backward)
            nodes = nodes[count:]
    while True:
        page, nodes = nodes[:count], nodes[count:]
        yield _chunk(
            page,
            more=bool(nodes),
            entered=after is not None,
            backward=backward,
            total=total if exhaustive else None,
        )
        if not nodes:
            return


def _chunk(nodes: Sequence[Viewed], *, more: bool, entered: bool, backward: bool, total: int | None = None) -> Chunk:
    ordered = list(reversed(nodes)) if backward else list(nodes)
    return Chunk(nodes=ordered, more=more, entered=entered, total=total)
