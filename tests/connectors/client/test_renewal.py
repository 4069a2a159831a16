"""After a platform has said that something is new, no read shares what was asked before."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulation.server import serving
from tests.connectors.client.opened import opened, soon


async def test_a_read_begun_before_the_news_is_not_joined_after_it() -> None:
    asked = 0
    loop = asyncio.get_running_loop()
    reached, go = asyncio.Event(), asyncio.Event()

    async def answer(_request: Request) -> Response:
        nonlocal asked
        asked += 1
        number = asked
        if number == 1:
            loop.call_soon_threadsafe(reached.set)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(go.wait(), loop))
        return Response(str(number), headers={"etag": '"unchanging"'})

    with serving(Starlette(routes=[Route("/", answer)])) as url:
        async with opened(url) as client:
            before = [asyncio.create_task(client.get("/", deadline=soon())) for _ in range(2)]
            await reached.wait()
            client.renew()
            assert await client.get("/", deadline=soon()) == b"2"
            go.set()
            assert await asyncio.gather(*before) == [b"1", b"1"]
            assert await client.get("/", deadline=soon()) == b"3"


async def test_what_was_kept_before_the_news_is_not_asked_after() -> None:
    conditions: list[str | None] = []

    async def answer(request: Request) -> Response:
        conditions.append(request.headers.get("if-none-match"))
        return Response("told", headers={"etag": '"same"'})

    with serving(Starlette(routes=[Route("/", answer)])) as url:
        async with opened(url) as client:
            await client.get("/", deadline=soon())
            await client.get("/", deadline=soon())
            client.renew()
            await client.get("/", deadline=soon())
    assert conditions == [None, '"same"', None]
