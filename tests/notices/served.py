"""A gateway without sources that delivers to loopback, served over HTTP, and clients of three organizations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from connectors.simulation.server import listen, url_of
from gateway.demo.run import serving_gateway
from gateway.identity.clients import register_client
from gateway.identity.keys import new_signing_key, to_pem
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, set_partnership
from gateway.service import build_service
from gateway.settings import parse
from gateway.store.engine import Store
from policies.vocabulary import OrganizationCategory, PartnershipStatus, Purpose

ALL = (Scope.INFORMATION_READ, Scope.LEDGER_READ, Scope.CLIENTS_MANAGE)
ORGANIZATIONS = ("hillside-aid", "plainfield-relief", "lakeside-medical")


class Client:
    """One client of one organization."""

    def __init__(self, url: str, http: httpx.Client, credentials: tuple[str, str]) -> None:
        granted = http.post(f"{url}/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials)
        self.client_id = credentials[0]
        self._token = granted.json()["access_token"]
        self._graphql = f"{url}/graphql"
        self._http = http

    def post(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._http.post(self._graphql, json={"query": query, "variables": variables}, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = self.post(query, variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data


class Served:
    """Clients on demand."""

    def __init__(self, url: str, store: Store, http: httpx.Client) -> None:
        self.url = url
        self.store = store
        self._http = http

    def client(self, organization: str, scopes: Sequence[Scope] = ALL) -> Client:
        registered = register_client(
            self.store, organization, f"of {organization}", list(scopes), Purpose.SAFETY_AND_SECURITY
        )
        return Client(self.url, self._http, registered)


@contextmanager
def served_gateway(store: Store, folder: Path) -> Iterator[Served]:
    """The gateway over `store`, answering."""
    for name in ORGANIZATIONS:
        add_organization(store, name, name, OrganizationCategory.INGO)
        set_partnership(store, name, PartnershipStatus.IN_FORCE)
    bound = listen(0)
    url = url_of(bound)
    document = {
        "gateway": {"url": url},
        "store": {"url": f"sqlite:///{folder}/store.sqlite3"},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
        "notices": {"networks": ["127.0.0.0/8"]},
    }
    environ = {"MASTER": "m" * 64, "SIGNING": to_pem(new_signing_key()).decode()}
    settings = parse(msgspec.toml.encode(document).decode(), environ, folder)
    with serving_gateway(build_service(settings, store), bound), httpx.Client(trust_env=False, timeout=20.0) as http:
        yield Served(url, store, http)
    bound.close()
