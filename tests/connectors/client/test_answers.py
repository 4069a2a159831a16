"""The client that every connector is handed: one total deadline, bounded bodies, no way off its own origin."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from connectors.client import Bounds, SourceClient, decode_json
from connectors.errors import AuthenticationRefused, Late, RateLimited, SourceError, Unreachable, Unusable
from connectors.simulation.server import serving

LIMIT = 100_000


@asynccontextmanager
async def client_of(serve: Callable[[Request], Response]) -> AsyncIterator[SourceClient]:
    with serving(Starlette(routes=[Route("/{path:path}", serve)])) as url:
        async with httpx.AsyncClient(trust_env=False) as http:
            yield SourceClient(url, http, Bounds(body_bytes=LIMIT))


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def slowly() -> AsyncIterator[bytes]:
    while True:
        yield b" "
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("response", "error", "says"),
    [
        (Response("no", 401), AuthenticationRefused, "401"),
        (Response("no", 403), AuthenticationRefused, "403"),
        (Response("no", 429, {"Retry-After": "7"}), RateLimited, "429"),
        (Response("no", 503), Unreachable, "503"),
        (Response("no", 404), Unusable, "404"),
        (Response("", 302, {"Location": "http://127.0.0.1:9/"}), Unusable, "302"),
        (Response(b"x" * (LIMIT + 1)), Unusable, "more than"),
        (Response(gzip.compress(b"\0" * 10_000_000), 200, {"Content-Encoding": "gzip"}), Unusable, "more than"),
        (Response(gzip.compress(b"whole")[:-4], 200, {"Content-Encoding": "gzip"}), Unusable, "ends early"),
        (Response(b"not gzip", 200, {"Content-Encoding": "gzip"}), Unusable, "inflated"),
        (Response(b"?", 200, {"Content-Encoding": "br"}), Unusable, "not asked for"),
    ],
)
async def test_anything_but_a_usable_answer_is_a_typed_error(
    response: Response, error: type[SourceError], says: str
) -> None:
    async with client_of(lambda _request: response) as client:
        with pytest.raises(error, match=says):
            await client.get("/x", deadline=soon())


async def test_one_byte_now_and_then_does_not_outlast_the_deadline() -> None:
    async with client_of(lambda _request: StreamingResponse(slowly())) as client:
        with pytest.raises(Late):
            await client.get("/x", deadline=soon(0.3))


async def test_a_platform_that_is_not_there_is_unreachable() -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(Unreachable):
            await SourceClient("http://127.0.0.1:1", http).get("/x", deadline=soon())


async def test_a_retry_after_is_kept_for_whoever_asks_again() -> None:
    async with client_of(lambda _request: Response("", 429, {"Retry-After": "7"})) as client:
        with pytest.raises(RateLimited) as caught:
            await client.get("/x", deadline=soon())
        assert caught.value.after == 7.0


async def test_a_next_page_on_another_host_is_not_followed() -> None:
    async with client_of(lambda _request: Response("ok")) as client:
        assert await client.get(f"{client.base}/next", deadline=soon()) == b"ok"
        for other in (
            "http://127.0.0.1:9/next",
            "http://169.254.169.254/",
            client.base.replace("127.0.0.1", "localhost"),
            client.base.replace("127.0.0.1", "2130706433"),
            client.base.replace("127.0.0.1", "user:word@127.0.0.1"),
            "@localhost/next",
        ):
            with pytest.raises(Unusable, match="another host"):
                await client.get(other, deadline=soon())
        with pytest.raises(Unusable, match="no URL"):
            await client.get("http://127.0.0.1:seven/", deadline=soon())


async def test_a_media_type_that_was_not_asked_for_is_refused() -> None:
    async with client_of(lambda _request: Response("<html>", media_type="text/html")) as client:
        with pytest.raises(Unusable, match="text/html"):
            await client.send("GET", "/x", deadline=soon(), media_type="application/json")


@pytest.mark.parametrize("body", [b'{"a": "secret', b'{"a": "secret"}', b"<html>secret", b"[" * 100_000])
def test_json_that_is_not_the_platforms_is_refused_without_its_values(body: bytes) -> None:
    with pytest.raises(Unusable) as caught:
        decode_json(body, dict[str, int])
    assert "secret" not in str(caught.value)


async def test_a_caller_may_take_less_than_the_source_and_never_more() -> None:
    async with client_of(lambda request: Response(b"x" * int(request.path_params["path"]))) as client:
        assert await client.get("/11", deadline=soon(), body_bytes=11) == b"x" * 11
        with pytest.raises(Unusable, match="more than 10 bytes"):
            await client.get("/11", deadline=soon(), body_bytes=10)
        with pytest.raises(Unusable, match=f"more than {LIMIT} bytes"):
            await client.get(f"/{LIMIT + 1}", deadline=soon(), body_bytes=2 * LIMIT)
