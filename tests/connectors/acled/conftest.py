"""A simulated ACLED on loopback, and a server that answers whatever rows a test gives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.acled import AcledConnector
from connectors.acled.simulator import SimulatedAcled, simulate
from connectors.simulation.server import serving
from tests.connectors.source import example

CREDENTIALS = {"username": "analyst@plainfield.example", "password": "invented-password"}
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Running:
    """The simulator that runs, its address, and a connector for it."""

    def __init__(self, url: str, platform: SimulatedAcled) -> None:
        self.url = url
        self.platform = platform

    def connector(self, credentials: dict[str, str] = CREDENTIALS, **options: Any) -> AcledConnector:
        return AcledConnector(example("connectors.acled", self.url, credentials, **options))


@pytest.fixture(scope="module")
def acled() -> Iterator[Running]:
    with simulated() as running:
        yield running


@contextmanager
def simulated() -> Iterator[Running]:
    """A simulator of a test's own, which may change its state."""
    app = simulate(320, 7, NOW, CREDENTIALS)
    with serving(app) as url:
        yield Running(url, app.state.acled)


@contextmanager
def answering(answer: Response) -> Iterator[str]:
    """A server that grants every token and gives one answer to every read."""

    async def token(request: Any) -> Response:
        return JSONResponse({"token_type": "Bearer", "expires_in": 3600, "access_token": "invented"})

    async def read(request: Any) -> Response:
        return answer

    routes = [Route("/oauth/token", token, methods=["POST"]), Route("/api/acled/read", read)]
    with serving(Starlette(routes=routes)) as url:
        yield url


def envelope(*rows: dict[str, Any], **changes: Any) -> Response:
    """ACLED's envelope around `rows`."""
    data = {"status": 200, "success": True, "count": len(rows), "total_count": str(len(rows)), "data": list(rows)}
    return JSONResponse(data | {"data_query_restrictions": []} | changes)


ROW: dict[str, Any] = {
    "event_id_cnty": "SSD1",
    "event_date": "2026-11-18",
    "year": "2026",
    "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Violence against civilians",
    "sub_event_type": "Attack",
    "actor1": "Invented Armed Group",
    "assoc_actor_1": "",
    "inter1": "Rebel group",
    "actor2": "Civilians (South Sudan)",
    "assoc_actor_2": "",
    "inter2": "Civilians",
    "interaction": "Rebel group-Civilians",
    "civilian_targeting": "Civilian targeting",
    "iso": "728",
    "region": "Eastern Africa",
    "country": "South Sudan",
    "admin1": "Jonglei",
    "admin2": "Bor South",
    "admin3": "",
    "location": "Larkspur",
    "latitude": "6.2092",
    "longitude": "31.5567",
    "geo_precision": "1",
    "source": "Plainfield Daily; Radio Larkspur",
    "source_scale": "National",
    "notes": "On 18 November 2026, invented people did invented things in Larkspur.",
    "fatalities": "3",
    "tags": "",
    "timestamp": "1795212345",
}
