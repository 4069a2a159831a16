"""How soon a withdrawal bites: from the durable word of another process to the first answer that follows it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

import httpx
from rich.table import Table

from gateway.demo.cast import DemoClient
from gateway.demo.run import started
from gateway.partnership.admission import set_partnership
from gateway.sharing.consent import Consents, RecordClass, Terms
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.tables import RevokedToken
from policies.groups import FieldGroup
from policies.vocabulary import PartnershipStatus

# What policy promises, on every replica.
PROMISED_SECONDS: Final = 1.0
GIVING_UP_SECONDS: Final = 10.0
QUERY: Final = "{ incidents(first: 200) { nodes { redactions { group } } } }"


def seconds(times: int) -> Mapping[str, list[float]]:
    """Seconds until each kind of withdrawal was followed, `times` of each. The store is written beside the gateway."""
    with started(port=0, seed=7, records=60) as demo, httpx.Client(trust_env=False, timeout=30.0) as http:
        clients = {client.label: client for client in demo.clients}
        store = open_store(f"sqlite:///{demo.database}")
        try:
            asking = _Asking(http, demo.url, clients["ingo-elsewhere"])
            return {
                "a suspension": [_suspended(store, asking) for _ in range(times)],
                "a withdrawn consent": [_consent(store, asking) for _ in range(times)],
                "a revoked token": [_revoked(store, asking) for _ in range(times)],
            }
        finally:
            store.close()


def compare(found: Mapping[str, list[float]], table: Table) -> list[dict[str, object]]:
    """The times, shown, and the longest of each kind to the second that is promised, as rows."""
    rows: list[dict[str, object]] = []
    for name, each in found.items():
        table.add_row(name, f"{median(each):.3f}", f"{max(each):.3f}")
        ratio = max(each) / PROMISED_SECONDS
        rows.append(
            {
                "name": f"seconds until {name} is followed, to the one that is promised",
                "ratio": round(ratio, 4),
                "goal": 1.0,
                "met": ratio <= 1.0,
            }
        )
    return rows


class _Asking:
    """One client that asks again and again."""

    def __init__(self, http: httpx.Client, url: str, client: DemoClient) -> None:
        self._http = http
        self._url = url
        self.client = client
        self.token = self.fresh()

    def fresh(self) -> str:
        form = {"grant_type": "client_credentials"}
        auth = (self.client.client_id, self.client.client_secret)
        self.token = str(self._http.post(f"{self._url}/oauth/token", data=form, auth=auth).json()["access_token"])
        return self.token

    def answer(self) -> httpx.Response:
        return self._http.post(
            f"{self._url}/graphql", json={"query": QUERY}, headers={"Authorization": f"Bearer {self.token}"}
        )

    def nodes(self) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.answer().json()["data"]["incidents"]["nodes"]
        return nodes


def _until(holds: Callable[[], bool]) -> float:
    """Seconds from now until it holds."""
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > GIVING_UP_SECONDS:
            raise TimeoutError("the withdrawal was not followed")
    return time.monotonic() - start


def _suspended(store: Store, asking: _Asking) -> float:
    whole = len(asking.nodes())
    set_partnership(store, asking.client.organization, PartnershipStatus.SUSPENDED)
    taken = _until(lambda: len(asking.nodes()) < whole)
    set_partnership(store, asking.client.organization, PartnershipStatus.IN_FORCE)
    _until(lambda: len(asking.nodes()) == whole)
    return taken


def _consent(store: Store, asking: _Asking) -> float:
    consents = Consents(store, Identifiers(bytes(32)))

    def hidden() -> int:
        return sum(item["group"] == "ACTOR" for node in asking.nodes() for item in node["redactions"])

    before = hidden()
    by = Actor(organization="harbour-relief", officer="benchmark", at=datetime.now(UTC))
    terms = Terms(groups=frozenset({FieldGroup.ACTOR}), exact=True)
    grant = consents.grant_class("harbour-relief", asking.client.organization, RecordClass(), terms, by)
    _until(lambda: hidden() < before)
    consents.withdraw_grant("harbour-relief", grant.id, by)
    return _until(lambda: hidden() == before)


def _revoked(store: Store, asking: _Asking) -> float:
    payload = asking.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    store.write(lambda session: session.add(RevokedToken(jti=claims["jti"], expires=claims["exp"])))
    taken = _until(lambda: asking.answer().status_code == httpx.codes.UNAUTHORIZED)
    asking.fresh()
    return taken
