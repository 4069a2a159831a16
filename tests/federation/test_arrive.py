"""A push and a query that is under way: who asks after the push is told what was pushed."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

from opentelemetry.trace import NoOpTracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import Call, FetchRequest
from connectors.kobo import KoboConnector
from connectors.kobo.simulated_service import pushed_json
from connectors.kobo.simulator import simulate
from connectors.simulation.server import serving
from gateway.federation.sources.arrive import Arrivals
from gateway.federation.sources.source import Source
from policies.vocabulary import InformationKind
from tests.connectors.source import example

SECRET = "an invented secret of the push"
REQUEST = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


class Held:
    """The platform, whose first answer about submissions is made at once and given when `go` is set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.made, self.go = threading.Event(), threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def later(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.made.set()
                await asyncio.to_thread(self.go.wait, 60)
            await send(message)

        first = scope["type"] == "http" and scope["path"].endswith("/data.json") and not self.made.is_set()
        await self._app(scope, receive, later if first else send)


async def test_who_asks_after_a_push_does_not_wait_for_an_answer_from_before_it() -> None:
    app = simulate(40, 3, datetime.now(UTC), {"token": "a-token"})
    rows: list[dict[str, Any]] = app.state.kobo.rows
    platform = Held(app)
    with serving(platform) as url:
        settings = example("connectors.kobo", url, {"token": "a-token", "push_secret": SECRET}, push={"whole": True})
        client = SourceClient(url, open_http(PrivateHosts(["127.0.0.1"])))
        source = Source(name=settings.name, connector=KoboConnector(settings), client=client)
        arrivals = Arrivals(sources=[source], tracer=NoOpTracer(), seconds=30.0)

        async def natives() -> set[str]:
            call = Call(client=client, deadline=asyncio.get_running_loop().time() + 30, tracer=NoOpTracer())
            pages = [page async for page in source.connector.fetch(REQUEST, call)]
            return {record.ref.native for page in pages for record in page.records}

        try:
            before = asyncio.create_task(natives())
            await asyncio.to_thread(platform.made.wait, 60)
            rows.append({**rows[0], "_id": 10_000, "_uuid": "new", "meta/rootUuid": "uuid:new"})
            push = pushed_json(rows[-1], {"x-push-secret": SECRET})
            await arrivals.receive(settings.name, push.headers, push.body)
            assert "new" in await natives()
            platform.go.set()
            assert "new" not in await before
        finally:
            platform.go.set()
            await client.aclose()
