"""The whole gateway in this process, put together as in service, over platforms whose contents can be exchanged."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import msgspec
from joserfc import jws
from opentelemetry.sdk.trace.export import SpanExporter
from sqlmodel import Session

from connectors.client import SourceClient
from connectors.records import RecordRef
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.source import Source
from gateway.identity.keys import ALGORITHM, new_signing_key, signing_key, to_pem
from gateway.identity.tokens import JWT_TYPE, Claims
from gateway.keys import KeyPurpose, derive
from gateway.partnership.directory import Directory, KnownClient
from gateway.partnership.load import load_directory
from gateway.service import build_service
from gateway.settings import Settings, parse
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from gateway.store.tables.base import Table
from policies.requester import Requester
from tests.adversarial.admission import admit
from tests.adversarial.platform import MemoryConnector
from tests.adversarial.statements import row_of
from tests.adversarial.worlds import SOURCES, World

# A Wednesday at noon: weeks and months begin well before it.
NOW: Final = datetime(2026, 11, 18, 12, tzinfo=UTC)
URL: Final = "http://127.0.0.1:8700"
MASTER: Final = "a master secret that is as long as one has to be"
# First words of the tables that hold what is said of records.
SAID: Final = frozenset({"consent", "emergency", "imminent", "notice", "recall", "record", "withdrawal"})
# What any answer of HTTP may differ in.
UNCOMPARED: Final = frozenset({"date"})


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
    """One running gateway. `fill` gives its platforms another world."""

    def __init__(self, loop: asyncio.Runner, store: Store, pem: bytes, exporter: SpanExporter | None) -> None:
        self._loop = loop
        self.store = store
        self.connectors = {name: MemoryConnector() for name in SOURCES}
        self._nowhere = httpx.AsyncClient(trust_env=False)
        sources = [
            Source(name=name, connector=connector, client=SourceClient("http://127.0.0.1:9", self._nowhere))
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
        if answer.status_code == 503:
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


class Street(NamedTuple):
    """Two gateways with the same keys and the same directory, and those who ask them."""

    left: House
    right: House
    directory: Directory
    pem: bytes

    @property
    def clients(self) -> Sequence[KnownClient]:
        """Every client, in an order that does not depend on chance."""
        return sorted(self.directory.clients.values(), key=lambda client: client.label)

    def client(self, label: str) -> KnownClient:
        """The client with `label`."""
        return next(client for client in self.clients if client.label == label)

    def requester(self, client: KnownClient) -> Requester:
        """Who `client` is, as the gateway will find it out."""
        profile = self.directory.profile(
            client.organization, client.purpose, client.scopes, client.capacities, NOW.timestamp()
        )
        return Requester(profile=profile, client=client.client_id)

    def token(self, client: KnownClient) -> str:
        """A token as the token endpoint makes them, of the fixed moment: an equal one for each of the houses."""
        claims = Claims(
            iss=URL,
            aud=URL,
            sub=client.client_id,
            client_id=client.client_id,
            jti=client.client_id,
            iat=int(NOW.timestamp()),
            exp=int(NOW.timestamp()) + 300,
            scope=" ".join(sorted(client.scopes)),
            organization=client.organization,
            purpose=client.purpose,
        )
        key = signing_key(self.pem)
        protected = {"alg": ALGORITHM, "typ": JWT_TYPE, "kid": key.kid}
        return jws.serialize_compact(protected, msgspec.json.encode(claims), key, [ALGORITHM])


def configured(pem: bytes) -> Settings:
    """The settings of a gateway whose sources are given to it; through the same door as an operator's."""
    document = {
        "gateway": {"url": URL},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
        "limits": {"deadline_seconds": 60.0},
    }
    environ = {"MASTER": MASTER, "SIGNING": pem.decode()}
    return parse(msgspec.toml.encode(document).decode(), environ, Path.cwd())


@contextmanager
def street(folder: Path, exporter: SpanExporter | None = None) -> Iterator[Street]:
    """Both gateways, running; their stores are copies of one."""
    pem = to_pem(new_signing_key())
    first, second = folder / "left.sqlite3", folder / "right.sqlite3"
    store = open_store(f"sqlite:///{first}")
    migrate(store)
    admit(store)
    directory = load_directory(store)
    store.close()
    shutil.copy(first, second)
    with asyncio.Runner() as loop:
        houses = [House(loop, open_store(f"sqlite:///{path}"), pem, exporter) for path in (first, second)]
        try:
            yield Street(houses[0], houses[1], directory, pem)
        finally:
            for house in houses:
                house.close()
