"""Two houses, one for each of two worlds, and those who ask them both."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
from joserfc import jws
from opentelemetry.sdk.trace.export import SpanExporter

from gateway.identity.keys import ALGORITHM, new_signing_key, signing_key, to_pem
from gateway.identity.tokens import JWT_TYPE, Claims
from gateway.partnership.directory import Directory, KnownClient
from gateway.partnership.load import load_directory
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from policies.requester import Requester
from tests.adversarial.admission import admit
from tests.adversarial.house import NOW, OPERATOR, URL, House


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
            client.organization, client.purpose, client.scopes, client.capacities, NOW.timestamp(), test=client.test
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
            test=client.test,
        )
        key = signing_key(self.pem)
        protected = {"alg": ALGORITHM, "typ": JWT_TYPE, "kid": key.kid}
        return jws.serialize_compact(protected, msgspec.json.encode(claims), key, [ALGORITHM])


@contextmanager
def street(folder: Path, exporter: SpanExporter | None = None, operator: str = OPERATOR) -> Iterator[Street]:
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
        houses = [House(loop, open_store(f"sqlite:///{path}"), pem, exporter, operator) for path in (first, second)]
        try:
            yield Street(houses[0], houses[1], directory, pem)
        finally:
            for house in houses:
                house.close()
