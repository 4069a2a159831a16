"""Bad days of a feed: links that lead elsewhere, files that are missing or huge, and wrong settings."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import msgspec
import pytest
from opentelemetry.trace import NoOpTracer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.cap import CapConnector
from connectors.client import SourceClient
from connectors.contract import Call
from connectors.errors import AuthenticationRefused, Late, SourceError, Unconfigured, Unreachable, Unusable
from connectors.simulation.server import serving
from tests.connectors.cap.conftest import CAP, INDEX, TOKEN, Running, atom, connector, indexed, message
from tests.connectors.formats.garbage import ALERTS, answering
from tests.connectors.source import calling, example, natives, pages


def entry(href: str) -> tuple[bytes, str]:
    return atom(f'<entry><id>urn:1</id><updated>u</updated><link type="{CAP}" href="{href}"/></entry>')


async def test_a_link_to_another_host_is_not_followed_unless_that_host_stands_for_ours() -> None:
    asked: list[str] = []

    async def elsewhere(request: Request) -> Response:
        asked.append(request.url.path)
        return Response(message(), media_type=CAP)

    with serving(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:
        answers = {INDEX: entry(f"{other}/alerts/files/0.xml"), "/alerts/files/0.xml": (message(), CAP)}
        with answering(answers) as url:
            (page,) = await pages(connector(url), url, ALERTS)
            assert not page.records
            assert "another host" in page.quarantined[0].reason
            assert other not in page.quarantined[0].reason
            (page,) = await pages(connector(url, hosts=[other]), url, ALERTS)
            assert natives(list(page.records)) == ["A-1"]
    assert not asked, "the other host is never asked, whatever the index says"


@pytest.mark.parametrize(
    "href",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/a",
        "javascript:alert(1)",
        "http://[",
        "http://127.0.0.1:99999/a",
        "//169.254.169.254/latest/meta-data/",
        "https:///a",
        "x" * 5000,
        "a\x7fb",
        "a b.xml",
        "",
    ],
    ids=lambda href: href[:20],
)
async def test_a_link_that_is_no_address_of_ours_costs_its_own_message_only(href: str) -> None:
    answers = indexed(message())
    body, media_type = answers[INDEX]
    extra = f'<entry><id>urn:x</id><updated>u</updated><link type="{CAP}" href="{href}"/></entry></feed>'
    answers[INDEX] = body.replace(b"</feed>", extra.encode()), media_type
    with answering(answers) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert natives(list(page.records)) == ["A-1"]
    assert [item.native for item in page.quarantined] == ["urn:x"]


async def test_a_missing_file_and_an_entry_without_a_link_are_quarantined() -> None:
    answers = indexed(message(), message(identifier="A-2"))
    del answers["/alerts/files/1.xml"]
    body, media_type = answers[INDEX]
    answers[INDEX] = body.replace(b"</feed>", b"<entry><id>urn:bare</id></entry></feed>"), media_type
    with answering(answers) as url:
        reader = connector(url)
        (page,) = await pages(reader, url, ALERTS)
        assert natives(list(page.records)) == ["A-1"]
        assert {item.native for item in page.quarantined} == {"urn:1", "urn:bare"}
        # It is asked for again, though the index did not change.
        answers["/alerts/files/1.xml"] = message(identifier="A-2"), CAP
        (page,) = await pages(reader, url, ALERTS)
        assert natives(list(page.records)) == ["A-2", "A-1"]


async def test_a_huge_file_is_refused_by_the_clients_limit_and_the_others_stand() -> None:
    huge = message("<description>" + "x" * 40_000_000 + "</description>", identifier="A-2")
    with answering(indexed(message(), huge)) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert natives(list(page.records)) == ["A-1"]
    assert "bytes" in page.quarantined[0].reason


async def test_an_index_of_too_many_messages_is_refused_and_says_so() -> None:
    with answering(indexed(message(), message(identifier="A-2"))) as url:
        assert (await pages(connector(url, most=2), url, ALERTS))[0].records
        with pytest.raises(Unusable, match="names 2 messages, and 1 at most"):
            await pages(connector(url, most=1), url, ALERTS)


async def test_a_wrong_token_is_told_from_other_failures(feed: Running) -> None:
    with pytest.raises(AuthenticationRefused):
        await pages(connector(feed.url, {"token": "wrong"}), feed.url, ALERTS)


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"username": "Ä", "password": "p:w"}, "Basic w4Q6cDp3"),
        ({}, None),
    ],
)
async def test_credentials_go_with_the_index_and_the_files(credentials: dict[str, str], header: str | None) -> None:
    seen: list[str | None] = []
    answers = indexed(message())

    async def answer(request: Request) -> Response:
        seen.append(request.headers.get("authorization"))
        body, media_type = answers[request.url.path]
        return Response(body, media_type=media_type)

    with serving(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        settings = msgspec.structs.replace(example("connectors.cap", url, TOKEN), credentials=credentials)
        await pages(CapConnector(settings), url, ALERTS)
    assert seen == [header, header]


@pytest.mark.parametrize(
    ("index", "error"),
    [
        ((b"<html>Sign in</html>", "text/html"), Unusable),
        ((b"", "application/atom+xml"), Unusable),
        ((b'{"alerts": []}', "application/json"), Unusable),
        ((b"absent", ""), Unusable),
    ],
)
async def test_what_is_no_index_is_a_typed_failure(index: tuple[bytes, str], error: type[SourceError]) -> None:
    with answering({INDEX: index}) as url, pytest.raises(error):
        await pages(connector(url), url, ALERTS)


class Stalling:
    """A feed whose second file hangs, or fails, until `released`."""

    def __init__(self, status: int | None) -> None:
        self.released = False
        self.hanging = threading.Event()
        self.read: list[str] = []
        self._status = status
        self._answers = indexed(message(), message(identifier="A-2"))

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.read.append(path)
        if path.endswith("1.xml") and not self.released:
            if self._status is not None:
                return Response("busy", self._status)
            self.hanging.set()
            await asyncio.Event().wait()
        body, media_type = self._answers[path]
        return Response(body, media_type=media_type)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer)])


async def test_a_file_that_hangs_ends_with_the_deadline_and_what_was_read_is_kept() -> None:
    stalling = Stalling(None)
    with serving(stalling.app) as url:
        reader = connector(url)
        async with calling(url, seconds=0.7) as call:
            with pytest.raises(Late):
                [page async for page in reader.fetch(ALERTS, call)]
        stalling.released = True
        stalling.read.clear()
        (page,) = await pages(reader, url, ALERTS)
    assert natives(list(page.records)) == ["A-2", "A-1"]
    assert sorted(stalling.read) == ["/alerts/files/1.xml", INDEX]


async def test_a_platform_that_fails_fails_the_source_and_not_one_message() -> None:
    stalling = Stalling(503)
    with serving(stalling.app) as url, pytest.raises(Unreachable):
        await pages(connector(url), url, ALERTS)


async def test_a_cancelled_call_ends_at_once_and_leaves_the_connector_usable() -> None:
    stalling = Stalling(None)
    with serving(stalling.app) as url:
        reader = connector(url)
        async with httpx.AsyncClient(trust_env=False) as http:
            deadline = asyncio.get_running_loop().time() + 60
            call = Call(client=SourceClient(url, http), deadline=deadline, tracer=NoOpTracer())

            async def read() -> Any:
                return [page async for page in reader.fetch(ALERTS, call)]

            task = asyncio.create_task(read())
            assert await asyncio.to_thread(stalling.hanging.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        stalling.released = True
        (page,) = await pages(reader, url, ALERTS)
    assert len(page.records) == 2


async def test_eight_files_are_read_at_a_time() -> None:
    files = [message(identifier=f"A-{number}") for number in range(40)]
    answers, under_way, most, full = indexed(*files), 0, 0, asyncio.Event()

    async def answer(request: Request) -> Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if most == 8:
            full.set()
        if request.url.path != INDEX:
            await asyncio.wait_for(full.wait(), 10)
        under_way -= 1
        body, media_type = answers[request.url.path]
        return Response(body, media_type=media_type)

    with serving(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert len(page.records) == 40
    assert most == 8


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"index": "alerts.xml"}, "`index`"),
        ({"path": "/alerts.xml"}, "path"),
        ({"most": 0}, "`most`"),
        ({"hosts": ["files.example"]}, "`hosts`"),
        ({"hosts": ["ftp://files.example"]}, "`hosts`"),
        ({"linked_hosts": ["files.example"]}, "`linked_hosts`"),
        ({"geocodes": {"X": "VILLAGE"}}, "geocodes"),
        ({"parameters": {"X": {"group": "FEELINGS"}}}, "`FEELINGS`"),
        ({"organization_type": "CLUB"}, "organization_type"),
        ({"marking": {"audience": "PUBLIC"}}, "marking"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        connector("http://127.0.0.1:9", **options)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("credentials", "named"),
    [
        ({"token": ""}, "`token`"),
        ({"token": "t", "key": "k"}, "`credentials.key`"),
        ({"token": "", "username": "u"}, "both"),
    ],
)
def test_wrong_credentials_are_refused_at_start(credentials: dict[str, str], named: str) -> None:
    with pytest.raises(Unconfigured, match=named):
        connector("http://127.0.0.1:9", credentials)
