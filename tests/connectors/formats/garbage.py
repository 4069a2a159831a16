"""Generated garbage: payloads that are nearly right, and a fetch over a real socket that may only fail as documented."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from hypothesis import strategies as st
from opentelemetry.trace import NoOpTracer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.client import SourceClient
from connectors.contract import Call, Connector, FetchRequest, Page
from connectors.errors import SourceError
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind

ALERTS = FetchRequest(kind=InformationKind.SECURITY_ALERT)
Answers = dict[str, tuple[bytes, str]]
Fetch = Callable[[Connector, FetchRequest], "list[Page] | SourceError"]

_TAG = re.compile(rb"</?[A-Za-z:]+")
_VALUE = re.compile(rb'(?<=[>":])[^<>"{}\[\],]{1,60}(?=[<",}\]])')
_WORDS = st.sampled_from(
    [
        *(b"", b" ", b"null", b"nan", b"-1e999", b"1" * 400, b"2026-11-20T10:00:00", b"0001-01-01T00:00:00+14:00"),
        *(b"9999-12-31T23:59:59-14:00", b"Mon, 99 Foo 99999 99:99:99 GMT", b"91,181", b"true", b"\xc3\x28", b"&#0;"),
        *(b"&x;", b"<![CDATA[x]]>", b"\xf0\x9f\x92\xa3", b"x" * 5000, b"http://[", b"javascript:alert(1)", b"\\ud800"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn, *originals: bytes) -> bytes:
    """One of the originals with up to four faults: cut, bytes flipped, tags swapped, values replaced, parts repeated."""
    body = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(0, 4))):
        body = draw(st.sampled_from([_cut, _flipped, _swapped, _replaced, _repeated, _dropped]))(draw, body)
    return body


def anything(*originals: bytes) -> st.SearchStrategy[bytes]:
    """Mostly mutations, and now and then bytes of nothing at all."""
    return st.one_of(mutated(*originals), mutated(*originals), mutated(*originals), st.binary(max_size=300))


def _place(draw: st.DrawFn, body: bytes) -> int:
    return draw(st.integers(0, max(0, len(body) - 1)))


def _cut(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: _place(draw, body)]


def _flipped(draw: st.DrawFn, body: bytes) -> bytes:
    place = _place(draw, body)
    return body[:place] + draw(st.binary(min_size=1, max_size=3)) + body[place + 1 :]


def _repeated(draw: st.DrawFn, body: bytes) -> bytes:
    start, end = sorted((_place(draw, body), _place(draw, body)))
    return body[:end] + body[start:]


def _dropped(draw: st.DrawFn, body: bytes) -> bytes:
    start, end = sorted((_place(draw, body), _place(draw, body)))
    return body[:start] + body[min(end, start + 200) :]


def _swapped(draw: st.DrawFn, body: bytes) -> bytes:
    found = list(_TAG.finditer(body))
    if not found:
        return body
    one, other = draw(st.sampled_from(found)), draw(st.sampled_from(found))
    return body[: one.start()] + other.group() + body[one.end() :]


def _replaced(draw: st.DrawFn, body: bytes) -> bytes:
    found = list(_VALUE.finditer(body))
    if not found:
        return body
    match = draw(st.sampled_from(found))
    return body[: match.start()] + draw(_WORDS) + body[match.end() :]


@contextmanager
def answering(answers: Answers) -> Iterator[str]:
    """A server that gives the answer kept for a path, with its media type; it may be changed while it runs."""

    async def answer(request: Request) -> Response:
        body, media_type = answers.get(request.url.path, (b"absent", ""))
        return Response(body, media_type=media_type) if media_type else Response(body, 404)

    with serving(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        yield url


@contextmanager
def fetching(url: str) -> Iterator[Fetch]:
    """Fetches, one after another, by one client. Only a `SourceError` is caught: all else is a fault of ours."""
    with asyncio.Runner() as runner:
        http = httpx.AsyncClient(trust_env=False)

        async def fetch(connector: Connector, request: FetchRequest) -> list[Page] | SourceError:
            deadline = asyncio.get_running_loop().time() + 10
            call = Call(client=SourceClient(url, http), deadline=deadline, tracer=NoOpTracer())
            try:
                return [page async for page in connector.fetch(request, call)]
            except SourceError as error:
                return error

        yield lambda connector, request: runner.run(fetch(connector, request))
        runner.run(http.aclose())


def sound(pages: list[Page] | SourceError, tokens: int = 96, *, unique: bool = True) -> None:
    """What every answer to garbage has to be: records that are whole, quarantines with a reason, or a known error.

    `unique`: whether the connector itself tells no key twice; the gateway takes the first of several.
    """
    if isinstance(pages, SourceError):
        assert str(pages)
        return
    for page in pages:
        natives: list[Any] = [record.ref.native for record in page.records]
        assert not unique or len(set(natives)) == len(natives)
        for record in page.records:
            assert record.ref.native
            assert record.shared_at.tzinfo is not None
            assert record.version
        for quarantine in page.quarantined:
            assert quarantine.reason
            assert quarantine.native is None or len(quarantine.native) <= tokens
