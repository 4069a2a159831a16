"""The day after a memorandum's last day it counts as suspended, in the served gateway, without anybody doing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from joserfc import jws

from connectors.simulation.server import listen, url_of
from gateway.demo.cast import enter, read_cast
from gateway.demo.platforms import platforms
from gateway.demo.run import configure, serving_gateway
from gateway.identity.keys import ALGORITHM, signing_key
from gateway.identity.tokens import JWT_TYPE, Claims
from gateway.partnership.admission import set_partnership
from gateway.service import build_service
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from policies.vocabulary import PartnershipStatus, Purpose

PARTNER = "northwind-aid"
LAST_SECOND = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
QUERY = "{ viewer { partnership } incidents(first: 1000, filter: { status: null }) { nodes { id } } }"
RENEW = "mutation($input: SetPartnershipInput!) { setPartnership(input: $input) { userErrors { code message } } }"
Ask = Callable[..., dict[str, Any]]


class Clock:
    """The gateway's own clock, which a test sets."""

    def __init__(self) -> None:
        self.at = LAST_SECOND

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask(tmp_path: Path, clock: Clock) -> Iterator[Ask]:
    """Asks, with a token of the clock's moment, the gateway in which the partner's last day is that of `LAST_SECOND`."""
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    clients = {client.label: client for client in enter(read_cast(), store)}
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE, since=date(2025, 1, 1), until=LAST_SECOND.date())
    bound = listen(0)
    with (
        platforms(tmp_path, seed=5, records=60, now=LAST_SECOND) as running,
        httpx.Client(base_url=url_of(bound), trust_env=False, timeout=30.0) as http,
    ):
        settings = configure(running, url_of(bound), tmp_path / "store.sqlite3", tmp_path)
        key = signing_key(settings.keys.token_signing)

        def asked(label: str, query: str, **variables: Any) -> dict[str, Any]:
            client, now = clients[label], int(clock())
            claims = Claims(
                iss=url_of(bound),
                aud=url_of(bound),
                sub=client.client_id,
                client_id=client.client_id,
                jti=f"{label} {now}",
                iat=now,
                exp=now + 300,
                scope="information:read clients:manage",
                organization=client.organization,
                purpose=Purpose.SAFETY_AND_SECURITY,
            )
            header = {"alg": ALGORITHM, "typ": JWT_TYPE, "kid": key.kid}
            token = jws.serialize_compact(header, msgspec.json.encode(claims), key, [ALGORITHM])
            answer = http.post(
                "/graphql",
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {token}"},
            ).json()
            assert "errors" not in answer, answer
            data: dict[str, Any] = answer["data"]
            return data

        with serving_gateway(build_service(settings, store, clock=clock), bound):
            yield asked
    bound.close()
    store.close()


def test_an_agreement_ends_with_its_last_day_and_a_renewal_takes_it_up_again(ask: Ask, clock: Clock) -> None:
    during = ask("ingo-in-area", QUERY)
    assert during["viewer"]["partnership"] == "IN_FORCE"
    clock.at = MIDNIGHT
    after, stranger = ask("ingo-in-area", QUERY), ask("ingo-applicant", QUERY)
    assert after["viewer"]["partnership"] == "SUSPENDED"
    ids = [{node["id"] for node in answer["incidents"]["nodes"]} for answer in (during, after, stranger)]
    assert ids[2] <= ids[1] < ids[0], "what is public and its own is left"
    listed = ask("ingo-elsewhere", "{ partners(status: [SUSPENDED]) { nodes { id } } }")["partners"]["nodes"]
    assert {"id": PARTNER} in listed
    renewal = {
        "organization": PARTNER,
        "status": "IN_FORCE",
        "since": "2025-01-01",
        "until": "2027-11-24",
        "global": True,
    }
    assert ask("secretariat", RENEW, input=renewal)["setPartnership"]["userErrors"] == []
    assert ask("ingo-in-area", QUERY) == during
