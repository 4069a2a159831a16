"""CAP files on other hosts: those that the operator lists are asked, without credentials; no other is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from opentelemetry.trace import NoOpTracer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.cap import CapConnector
from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import Call, Page
from connectors.errors import AddressRefused, Unreachable
from connectors.formats.cap import MEDIA_TYPE
from connectors.simulation.server import serving
from tests.connectors.cap.conftest import INDEX, connector, message
from tests.connectors.client.opened import soon
from tests.connectors.formats.garbage import ALERTS
from tests.connectors.source import natives


class Host:
    """A host and what it was asked for; paths that it has no answer for are 404."""

    def __init__(self, answers: Mapping[str, tuple[bytes, str]], status: int = 200) -> None:
        self.answers = dict(answers)
        self.asked: list[Request] = []
        self._status = status

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        body, media_type = self.answers.get(request.url.path, (b"", ""))
        return Response(body, self._status if body else 404, media_type=media_type or None)

    @contextmanager
    def served(self) -> Iterator[str]:
        with serving(Starlette(routes=[Route("/{path:path}", self.answer)])) as url:
            yield url


def index_of(*links: str) -> tuple[bytes, str]:
    items = "".join(f"<item><guid>{link}</guid><link>{link}</link></item>" for link in links)
    return f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode(), "application/rss+xml"


FILE = (message(identifier="LINKED"), MEDIA_TYPE)
OWN = (message(identifier="OWN"), MEDIA_TYPE)


async def page_of(reader: CapConnector, url: str, *private_hosts: str) -> tuple[Page, SourceClient]:
    client = SourceClient(url, open_http(PrivateHosts(private_hosts or ("127.0.0.1",))))
    try:
        call = Call(client=client, deadline=soon(), tracer=NoOpTracer())
        (page,) = [page async for page in reader.fetch(ALERTS, call)]
        return page, client
    finally:
        await client.aclose()


async def test_a_listed_host_is_asked_for_its_files_and_gets_no_credential() -> None:
    other = Host({"/files/1.xml": FILE})
    with other.served() as there:
        own = Host({INDEX: index_of(f"{there}/files/1.xml", "own.xml"), "/alerts/own.xml": OWN})
        with own.served() as here:
            page, client = await page_of(connector(here, linked_hosts=[there]), here)
    assert sorted(natives(list(page.records))) == ["LINKED", "OWN"]
    assert not page.quarantined
    assert {request.headers.get("authorization") for request in own.asked} != {None}
    (asked,) = other.asked
    assert "authorization" not in asked.headers
    assert not [value for value in asked.headers.values() if "token" in value.lower()]
    assert client.health.last_failure is None


@pytest.mark.parametrize("listed", [[], ["http://files.example"]], ids=str)
async def test_a_host_that_is_not_listed_is_never_asked_and_costs_its_message_alone(listed: list[str]) -> None:
    other = Host({"/files/1.xml": FILE})
    with other.served() as there:
        own = Host({INDEX: index_of(f"{there}/files/1.xml", "own.xml"), "/alerts/own.xml": OWN})
        with own.served() as here:
            page, _ = await page_of(connector(here, linked_hosts=listed), here)
    assert natives(list(page.records)) == ["OWN"]
    assert not other.asked
    assert "`linked_hosts`" in page.quarantined[0].reason


@pytest.mark.parametrize("trick", ["{scheme}://{host}@127.0.0.1:1/x.xml", "{scheme}://{host}.evil.example/x.xml"])
async def test_an_address_that_only_looks_like_a_listed_host_is_none(trick: str) -> None:
    other = Host({"/files/1.xml": FILE})
    with other.served() as there:
        link = trick.format(scheme="http", host=there.removeprefix("http://"))
        own = Host({INDEX: index_of(link)})
        with own.served() as here:
            page, _ = await page_of(connector(here, linked_hosts=[there]), here)
    assert not page.records
    assert len(page.quarantined) == 1
    assert not other.asked


async def test_a_file_that_a_listed_host_has_not_is_one_messages_fault() -> None:
    other = Host({})
    with other.served() as there:
        own = Host({INDEX: index_of(f"{there}/files/1.xml", "own.xml"), "/alerts/own.xml": OWN})
        with own.served() as here:
            page, client = await page_of(connector(here, linked_hosts=[there]), here)
    assert natives(list(page.records)) == ["OWN"]
    assert len(page.quarantined) == 1
    assert client.health.last_failure is None


async def test_a_listed_host_that_fails_fails_the_source_since_a_cancel_may_be_there() -> None:
    other = Host({"/files/1.xml": FILE}, status=503)
    with other.served() as there:
        own = Host({INDEX: index_of(f"{there}/files/1.xml", "own.xml"), "/alerts/own.xml": OWN})
        with own.served() as here, pytest.raises(Unreachable):
            await page_of(connector(here, linked_hosts=[there]), here)


async def test_a_listed_host_whose_address_is_private_is_refused_unless_that_is_listed_too() -> None:
    other = Host({"/files/1.xml": FILE})
    with other.served() as there:
        own = Host({INDEX: index_of(f"{there}/files/1.xml")})
        with own.served() as address:
            here = address.replace("127.0.0.1", "localhost")
            reader = connector(here, linked_hosts=[there])
            with pytest.raises(AddressRefused, match="`private_hosts`"):
                await page_of(reader, here, "localhost")
            assert not other.asked
            page, _ = await page_of(reader, here, "localhost", "127.0.0.1")
    assert natives(list(page.records)) == ["LINKED"]
