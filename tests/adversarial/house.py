"""The whole gateway in this process, put together as in service, over platforms whose contents can be exchanged."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
from opentelemetry.sdk.trace.export import SpanExporter
from sqlmodel import Session

from connectors.client import SourceClient
from connectors.records import RecordRef
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.source import Source
from gateway.keys import KeyPurpose, derive
from gateway.service import build_service
from gateway.settings import Settings, parse
from gateway.store.engine import Store
from gateway.store.tables.base import Table
from tests.adversarial.platform import MemoryConnector
from tests.adversarial.statements import row_of
from tests.adversarial.worlds import SOURCES, World

# A Wednesday at noon: weeks and months begin well before it.
NOW: Final = datetime(2026, 11, 18, 12, tzinfo=UTC)
URL: Final = "http://127.0.0.1:8700"
MASTER: Final = "a master secret that is as long as one has to be"
# An organization that is none of those who ask: what its platforms' health is, nobody else is told.
OPERATOR: Final = "an operator"
# First words of the tables that hold what is said of records.
SAID: Final = frozenset({"consent", "emergency", "imminent", "notice", "recall", "record", "withdrawal"})
# What the ledger keeps of answers; its ids of records and its progress stay, as it remembers them itself.
ANSWERED: Final = frozenset({"ledger_entry", "ledger_disclosure", "ledger_leaf", "ledger_node", "ledger_head"})
# What any answer of HTTP may differ in.
UNCOMPARED: Final = frozenset({"date"})
# How often an answer is asked for again on a machine too busy to follow the directory.
MOST_LOOKS: Final = 50


def public_id(ref: RecordRef) -> str:
    """The id under which the houses know `ref`."""
    return RecordIds({1: derive(MASTER.encode(), KeyPurpose.RECORD_IDS)}, 1).encode(ref)[0]


class Answer(NamedTuple):
    """What a requester receives: everything that is compared."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        """The body decoded."""
        return msgspec.json.decode(self.body)


class House:
    """One running gateway. `fill` gives its platforms another world; `operator` is told how they are doing."""

    def __init__(
        self, loop: asyncio.Runner, store: Store, pem: bytes, exporter: SpanExporter | None, operator: str = OPERATOR
    ) -> None:
        self._loop = loop
        self.store = store
        self.connectors = {name: MemoryConnector() for name in SOURCES}
        self._nowhere = httpx.AsyncClient(trust_env=False)
        sources = [
            Source(
                name=name,
                connector=connector,
                client=SourceClient("http://127.0.0.1:9", self._nowhere),
                operator=operator,
            )
            for name, connector in self.connectors.items()
        ]
        app = build_service(configured(pem), store, exporter=exporter, clock=lambda: NOW.timestamp(), sources=sources)
        self._running = AsyncExitStack()
        loop.run(self._running.enter_async_context(app.router.lifespan_context(app)))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=True), base_url=URL, trust_env=False
        )

    def fill(self, world: World) -> None:
        """The platforms hold `world` from now on, and what is said in it has been said."""
        for platform in world.platforms:
            self.connectors[platform.name].held = platform
        if world.said:
            rows = [row_of(item, public_id(item.ref)) for item in world.said]
            self.store.write(lambda session: session.add_all(rows))
            self.look()

    def forget(self) -> None:
        """Nothing was said of any record: what an example's mutations wrote is no part of the next one."""

        def change(session: Session) -> None:
            for table in reversed(Table.metadata.sorted_tables):
                if table.name.partition("_")[0] in SAID:
                    session.connection().execute(table.delete())

        self.store.write(change)
        self.look()

    def forget_answers(self) -> None:
        """Nothing was answered before: what was shown of other worlds would be counted in this one."""

        def change(session: Session) -> None:
            for table in reversed(Table.metadata.sorted_tables):
                if table.name in ANSWERED:
                    session.connection().execute(table.delete())

        self.store.write(change)

    def look(self) -> None:
        """The gateway sees the store's newest state at once, as it does whenever a token is asked for."""
        self._loop.run(self._look())

    async def _look(self) -> None:
        await self.http.post("/oauth/token", data={"grant_type": "none"})

    def post(self, token: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
        """One operation over HTTP."""
        return self._loop.run(self._post(token, body, headers or {}))

    async def _post(self, token: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        sent = {"Authorization": f"Bearer {token}", **headers}
        answer = await self.http.post("/graphql", json=body, headers=sent)
        for _ in range(MOST_LOOKS):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            # The thread that follows the directory was starved on a busy machine; asking for a token looks at once.
            await self._look()
            answer = await self.http.post("/graphql", json=body, headers=sent)
        kept = tuple(sorted((name, value) for name, value in answer.headers.items() if name not in UNCOMPARED))
        return Answer(answer.status_code, kept, answer.content)

    def close(self) -> None:
        """Ends the gateway's tasks."""
        self._loop.run(self._running.aclose())
        self._loop.run(self.http.aclose())
        self._loop.run(self._nowhere.aclose())
        self.store.close()


def configured(pem: bytes) -> Settings:
    """The settings of a gateway whose sources are given to it; through the same door as an operator's."""
    document = {
        "gateway": {"url": URL},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
        "limits": {"deadline_seconds": 60.0},
    }
    environ = {"MASTER": MASTER, "SIGNING": pem.decode()}
    return parse(msgspec.toml.encode(document).decode(), environ, Path.cwd())
