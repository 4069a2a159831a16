"""A simulated UNSMS feed on loopback, and servers that answer whatever items or alerts a test gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation.server import serving
from connectors.unsms import UnsmsConnector
from connectors.unsms.simulator import SimulatedFeed, simulate
from tests.connectors.source import example

CREDENTIALS = {"token": "invented-token"}
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Running:
    """The simulator that runs, its address, and a connector for it."""

    def __init__(self, url: str, feed: SimulatedFeed) -> None:
        self.url = url
        self.feed = feed

    def connector(self, credentials: Mapping[str, str] = CREDENTIALS, **options: Any) -> UnsmsConnector:
        return connector(self.url, credentials, **options)


def connector(url: str, credentials: Mapping[str, str] = CREDENTIALS, **options: Any) -> UnsmsConnector:
    """The connector of the example's configuration."""
    return UnsmsConnector(example("connectors.unsms", url, credentials, **options))


@pytest.fixture(scope="module")
def unsms() -> Iterator[Running]:
    app = simulate(320, 7, NOW, CREDENTIALS)
    with serving(app) as url:
        yield Running(url, app.state.feed)


@contextmanager
def answering(answer: Response, path: str = "/v1/incidents") -> Iterator[str]:
    """A server that gives one answer at one path."""

    async def read(request: Any) -> Response:
        return answer

    with serving(Starlette(routes=[Route(path, read)])) as url:
        yield url


def page(*items: Any) -> Response:
    """A page of the feed."""
    return JSONResponse(
        {"items": list(items), "next_cursor": None, "watermark": "1", "as_of": "2026-11-24T09:30:00+00:00"}
    )


@contextmanager
def alerts(**files: bytes) -> Iterator[str]:
    """A server with an Atom index of CAP files."""
    links = "".join(
        f"<entry><id>urn:{name}</id><updated>2026-11-24T00:00:00Z</updated>"
        f'<link type="application/cap+xml" href="{name}.cap.xml"/></entry>'
        for name in files
    )
    index = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{links}</feed>'

    async def listed(request: Any) -> Response:
        return Response(index, media_type="application/atom+xml")

    async def file(request: Any) -> Response:
        return Response(files[request.path_params["name"]], media_type="application/cap+xml")

    routes = [Route("/v1/alerts/atom.xml", listed), Route("/v1/alerts/{name}.cap.xml", file)]
    with serving(Starlette(routes=routes)) as url:
        yield url


ITEM: dict[str, Any] = {
    "id": "unsms-1",
    "revision": 2,
    "state": "VERIFIED",
    "states": [
        {"state": "FLASH", "at": "2026-11-20T08:00:00Z"},
        {"state": "VERIFIED", "at": "2026-11-21T08:00:00Z"},
    ],
    "shared_at": "2026-11-20T08:00:00Z",
    "reported_at": "2026-11-20T07:00:00Z",
    "title": "Invented robbery",
    "narrative": "Invented people took an invented vehicle.",
    "language": "en",
    "category": {"code": "ROBBERY", "label": "Robbery"},
    "impact": "MODERATE",
    "occurred": {"start": "2026-11-20T05:30:00+02:00", "precision": "INSTANT"},
    "location": {
        "country": {"iso3": "SSD", "name": "South Sudan"},
        "admin1": {"pcode": "SS03", "name": "Jonglei"},
        "admin2": {"pcode": "SS0303", "name": "Bor South"},
        "locality": "Larkspur",
        "longitude": 31.8,
        "latitude": 6.4,
        "precision": "POSITION",
    },
    "affected": {"organizations": [{"type": "INGO", "name": "Northwind Aid"}], "injured": 1},
    "actors": [{"type": "ARMED_GROUP", "name": "Invented Armed Group"}],
    "response": "Convoys are to wait.",
    "reliability": "B",
    "credibility": 2,
}
