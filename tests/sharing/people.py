"""A gateway without platforms, served over HTTP: all it holds is what organizations share with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from connectors.simulation.server import listen, url_of
from gateway.demo.run import serving_gateway
from gateway.identity.clients import register_client, register_test_client
from gateway.identity.keys import new_signing_key, to_pem
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, approve_area, set_partnership
from gateway.partnership.mandates import authorize_platform
from gateway.service import build_service
from gateway.settings import parse
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus, Purpose

INGO: Final = OrganizationCategory.INGO
# Organizations, where they stand, and the areas they are approved for. Only UNDSS stands in its role.
ORGANIZATIONS: Final[Sequence[tuple[str, OrganizationCategory, PartnershipStatus | None, Sequence[str]]]] = (
    ("undss", OrganizationCategory.UNSMS_ENTITY, None, ("SSD",)),
    ("harbour-relief", INGO, PartnershipStatus.IN_FORCE, ("SSD",)),
    ("northwind-aid", INGO, PartnershipStatus.IN_FORCE, ("SSD",)),
    ("meridian-health", INGO, PartnershipStatus.IN_FORCE, ("MLI",)),
    ("stonebridge-aid", INGO, PartnershipStatus.SUSPENDED, ("SSD",)),
    ("larkspur-relief", INGO, None, ()),
)
TESTERS: Final = {"a tester of harbour-relief": "harbour-relief", "a tester of larkspur-relief": "larkspur-relief"}
# Of `northwind-aid`; `harbour-relief` has authorised it.
PLATFORM: Final = "a platform"
WITH_PARTNERS: Final = {"audience": "PARTNERS", "tlp": "GREEN"}
FULL: Final[dict[str, Any]] = {
    "title": "Shots near the market",
    "narrative": "Several shots were heard.",
    "category": "ATTACK",
    "impact": "SERIOUS",
    "occurred": {"start": "2026-11-20T14:30:00Z"},
    "location": {
        "country": "SSD",
        "admin1": {"pcode": "SS01", "name": "Central"},
        "longitude": 31.5,
        "latitude": 4.85,
    },
    "affected": {"organizations": [{"type": "INGO", "name": "Harbour Relief"}], "injured": 2},
    "actor": {"parties": [{"type": "ARMED_GROUP", "name": "unknown men"}]},
    "references": [{"type": "GLIDE", "value": "CE-2026-000001-SSD"}],
}
SEEN: Final = (
    "id status stage verification title narrative category impact originator { id name type } source { name connector } "
    "occurred { start end precision } location { name precision point country { iso3 } admin1 { pcode } } "
    "affected { injured { value atLeast } organizations { name type } } actor { parties { name type } } "
    "references { type value } handling { tlp } redactions { group reason rules }"
)
RECEIPT: Final = "receipt { id version sharedAt } userErrors { field code message }"


class People:
    """Everybody's clients, by organization or label."""

    def __init__(self, url: str, store: Store, http: httpx.Client, clients: Mapping[str, tuple[str, str]]) -> None:
        self.url = url
        self.store = store
        self.http = http
        self._clients = dict(clients)
        self._tokens: dict[str, str] = {}
        self._sent = 0

    def token(self, label: str) -> str:
        """An access token, asked for once."""
        if label not in self._tokens:
            form = {"grant_type": "client_credentials"}
            granted = self.http.post(f"{self.url}/oauth/token", data=form, auth=self._clients[label])
            assert granted.status_code == 200, granted.text
            self._tokens[label] = granted.json()["access_token"]
        return self._tokens[label]

    def credentials(self, label: str) -> tuple[str, str]:
        """Client id and secret."""
        return self._clients[label]

    def post(self, label: str, query: str, variables: Mapping[str, Any] | None = None) -> httpx.Response:
        """One operation."""
        headers = {"Authorization": f"Bearer {self.token(label)}"}
        body = {"query": query, "variables": variables}
        return self.http.post(f"{self.url}/graphql", json=body, headers=headers)

    def ask(self, label: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors."""
        body = self.post(label, query, variables).json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    def act(self, label: str, mutation: str, input_: Mapping[str, Any], selection: str = RECEIPT) -> dict[str, Any]:
        """The payload of a mutation."""
        name = mutation[0].upper() + mutation[1:]
        document = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        payload: dict[str, Any] = self.ask(label, document, {"input": input_})[mutation]
        return payload

    def sending(self, external_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """An input with keys of its own."""
        self._sent += 1
        return {"externalId": external_id or f"row-{self._sent}", "idempotencyKey": f"key-{self._sent}", **fields}

    def shared(self, label: str, external_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """The receipt of an incident that is taken in."""
        payload = self.act(label, "shareIncident", self.sending(external_id, **fields))
        assert payload["userErrors"] == []
        receipt: dict[str, Any] = payload["receipt"]
        return receipt

    def refused(self, label: str, mutation: str = "shareIncident", **fields: Any) -> list[tuple[str, str]]:
        """Fields and codes of what was wrong; nothing was taken in."""
        payload = self.act(label, mutation, {**self.sending(), **fields})
        assert payload["receipt"] is None
        return [(error["field"], error["code"]) for error in payload["userErrors"]]

    def seen(self, label: str, id_: str) -> dict[str, Any] | None:
        """The incident as `label` receives it by its id."""
        found: dict[str, Any] | None = self.ask(
            label, f"query($id: ID!) {{ incident(id: $id) {{ {SEEN} }} }}", {"id": id_}
        )["incident"]
        return found

    def listed(self, label: str, **filter_: Any) -> set[str]:
        """The ids of the incidents that `label` has listed."""
        query = "query($f: IncidentFilter) { incidents(first: 1000, filter: $f) { nodes { id } } }"
        return {node["id"] for node in self.ask(label, query, {"f": filter_ or None})["incidents"]["nodes"]}

    def told(self, label: str, record: str) -> list[str]:
        """The kinds of notices about a record, oldest first."""
        nodes = self.ask(label, "{ notices(first: 200) { nodes { kind record } } }")["notices"]["nodes"]
        return [node["kind"] for node in reversed(nodes) if node["record"] == record]


@contextmanager
def people(folder: Path) -> Iterator[People]:
    """The gateway, answering, and one client of every organization."""
    store = open_store(f"sqlite:///{folder}/store.sqlite3")
    migrate(store)
    for id_, category, status, _ in ORGANIZATIONS:
        add_organization(store, id_, id_.replace("-", " ").title(), category)
        if status is not None:
            set_partnership(store, id_, status)
    clients: dict[str, tuple[str, str]] = {}
    for id_, _, _, areas in ORGANIZATIONS:
        for area in areas:
            approve_area(store, id_, area, approved_by="undss")
        clients[id_] = register_client(store, id_, f"of {id_}", list(Scope), Purpose.SAFETY_AND_SECURITY)
    for label, id_ in TESTERS.items():
        clients[label] = register_test_client(store, id_, label)
    capacities = [Capacity.PLATFORM]
    clients[PLATFORM] = register_client(
        store, "northwind-aid", PLATFORM, [Scope.INFORMATION_READ], Purpose.SAFETY_AND_SECURITY, capacities
    )
    officer = Actor(organization="harbour-relief", officer="an officer", at=datetime.now(UTC))
    authorize_platform(store, "northwind-aid", None, None, officer)
    bound = listen(0)
    document = {
        "gateway": {"url": url_of(bound)},
        "store": {"url": f"sqlite:///{folder}/store.sqlite3"},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
        # Recalls are looked through again after the longest answer: soon.
        "limits": {"deadline_seconds": 10.0},
    }
    environ = {"MASTER": "m" * 64, "SIGNING": to_pem(new_signing_key()).decode()}
    settings = parse(msgspec.toml.encode(document).decode(), environ, folder)
    with serving_gateway(build_service(settings, store), bound), httpx.Client(trust_env=False, timeout=30.0) as http:
        yield People(url_of(bound), store, http, clients)
    bound.close()
    store.close()
