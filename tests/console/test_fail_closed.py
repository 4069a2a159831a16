"""Where nobody's standing can be told, or the store is gone, the console shows nothing; and recovers by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.simulation.server import serving
from gateway.console.build import build_console
from gateway.console.routes import routes
from gateway.identity.sessions import Sessions
from gateway.identity.vouched import Vouched
from gateway.partnership.admission import add_organization
from gateway.partnership.watch import LEASE_SECONDS, Watched
from gateway.settings import TrustedIssuer
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import OrganizationCategory

ISSUER = TrustedIssuer(
    name="demo", label="Demo", issuer="https://issuer.example", client_id="slt-gateway", organization="aid"
)
AMINA = Vouched(issuer="demo", person="demo:amina", name="Amina", mail=None, organization="aid", roles=())


class Clock:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    migrate(opened)
    add_organization(opened, "aid", "Aid", OrganizationCategory.INGO)
    yield opened
    opened.close()


def app_over(store: Store, watched: Watched) -> Starlette:
    """The console, and an address that signs Amina in."""
    url = "http://127.0.0.1:1"
    console = build_console(
        store=store,
        watched=watched,
        master=b"m" * 64,
        url=url,
        networks=(),
        kind_of=lambda _public: None,
        clock=time.time,
    )
    sessions = Sessions(store, {"demo": ISSUER}, watched.current, url)

    async def enter(request: Request) -> Response:
        response = Response()
        await sessions.begin(request, AMINA, response)
        return response

    app = Starlette(routes=[Route("/enter", enter), *routes(console)])
    app.state.sessions = sessions
    return app


def test_nothing_is_shown_while_the_standing_is_unknown(store: Store) -> None:
    clock = Clock()
    watched = Watched(store, clock=clock)
    asyncio.run(watched.refresh())
    with serving(app_over(store, watched)) as url, httpx.Client(base_url=url, trust_env=False) as http:
        http.get("/enter")
        assert "Welcome, Amina" in http.get("/console").text
        clock.now = 2 * LEASE_SECONDS
        closed = http.get("/console")
        assert closed.status_code == 503
        assert "Amina" not in closed.text
        assert "Aid" not in closed.text
        assert closed.headers["Cache-Control"] == "no-store"
        asyncio.run(watched.refresh())
        assert "Welcome, Amina" in http.get("/console").text


def test_a_lost_store_is_told_without_its_reason(store: Store, tmp_path: Path) -> None:
    watched = Watched(store, clock=Clock())
    asyncio.run(watched.refresh())
    with serving(app_over(store, watched)) as url, httpx.Client(base_url=url, trust_env=False) as http:
        http.get("/enter")
        store.close()
        for left in tmp_path.glob("store.sqlite3*"):
            left.rename(left.with_suffix(".away"))
        tmp_path.joinpath("store.sqlite3").mkdir()
        lost = http.get("/console")
    assert lost.status_code == 503
    assert "This does not work at the moment" in lost.text
    assert "sqlite" not in lost.text
