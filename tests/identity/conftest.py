"""The authorization server and one protected address, served over loopback."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from pathlib import Path
from time import time
from typing import NamedTuple

import httpx
import pytest
import uvicorn
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.errors import Sendable
from gateway.identity.client_keys import PublicKey
from gateway.identity.clients import register_client
from gateway.identity.consent import SignIn
from gateway.identity.endpoints import Identity, routes
from gateway.identity.keys import SigningKeys, VerifyingKey, new_signing_key
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, set_partnership
from gateway.partnership.watch import Watched
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose

PARTNER = "plainfield-relief"
# How long tokens of the former key are still taken.
FORMER_SECONDS = 600.0
LOOPBACK = ip_network("127.0.0.1")


class Clock:
    """Seconds since the epoch, as far ahead of the true time as a test wants."""

    ahead = 0.0

    def __call__(self) -> float:
        return time() + self.ahead


class Served(NamedTuple):
    """The server: its address, its store, its present and its former key, its clock, and one client of a partner."""

    url: str
    store: Store
    key: ECKey
    former_key: ECKey
    clock: Clock
    client_id: str
    secret: str

    @property
    def credentials(self) -> tuple[str, str]:
        return self.client_id, self.secret

    def post(self, path: str, form: dict[str, str], credentials: tuple[str, str] | None = None) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", data=form, auth=credentials or self.credentials)

    def token(self, credentials: tuple[str, str] | None = None, **form: str) -> str:
        answer = self.post("/oauth/token", {"grant_type": "client_credentials", **form}, credentials)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def whoami(self, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return httpx.get(f"{self.url}/whoami", headers=headers)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server for a test that changes what it knows."""
    with serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a module that only ask."""
    with serving(tmp_path_factory.mktemp("identity")) as server:
        yield server


@contextmanager
def serving(
    folder: Path, sign_in: SignIn | None = None, statement_keys: Mapping[str, Sequence[PublicKey]] | None = None
) -> Iterator[Served]:
    """The server with its store in `folder`; with `sign_in` also for persons."""
    store = open_store(f"sqlite:///{folder}/store.sqlite3")
    migrate(store)
    add_organization(store, PARTNER, "Plainfield Relief", OrganizationCategory.INGO)
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, areas=["SSD"])
    client_id, secret = register_client(
        store,
        PARTNER,
        "analyst",
        [Scope.INFORMATION_READ, Scope.ALERTS_READ],
        Purpose.SAFETY_AND_SECURITY,
        [Capacity.ANALYST],
    )
    key, former_key, clock = new_signing_key(), new_signing_key(), Clock()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        watched = Watched(store)
        keys = SigningKeys(key, [VerifyingKey(former_key, time() + FORMER_SECONDS)])
        identity = Identity(url, keys, store, watched, clock, [LOOPBACK], sign_in, statement_keys=statement_keys)
        with running(application(identity, watched), listening):
            yield Served(url, store, key, former_key, clock, client_id, secret)
    store.close()


def application(identity: Identity, watched: Watched) -> Starlette:
    """The identity's addresses, and `/whoami`, which answers who asks."""

    async def whoami(request: Request) -> JSONResponse:
        try:
            who = await identity.authenticate(request)
        except Sendable as refusal:
            return JSONResponse({"code": refusal.code}, refusal.status, dict(refusal.headers))
        profile, member = who.profile, who.on_behalf_of
        behalf = {}
        if member is not None:
            areas = who.authorized_areas
            behalf = {
                "member": member.organization,
                "member_partnership": member.partnership.value,
                "member_purpose": member.purpose.value,
                "member_capacities": sorted(capacity.value for capacity in member.capacities),
                "member_scopes": sorted(member.scopes),
                "authorized": None if areas is None else sorted(areas),
            }
        return JSONResponse(
            {
                "client": who.client,
                "organization": profile.organization,
                "partnership": profile.partnership.value,
                "areas": sorted(profile.partner_areas or ()),
                "purpose": profile.purpose.value,
                "scopes": sorted(profile.scopes),
                "capacities": sorted(capacity.value for capacity in profile.capacities),
                "expires": who.token_expires,
                "epoch": who.epoch,
                **({} if who.person is None else {"person": who.person}),
                **behalf,
            }
        )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await watched.start()
        yield
        await watched.stop()

    return Starlette(routes=[*routes(identity), Route("/whoami", whoami)], lifespan=lifespan)


@contextmanager
def running(app: Starlette, listening: socket.socket) -> Iterator[None]:
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert started.wait(10)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
