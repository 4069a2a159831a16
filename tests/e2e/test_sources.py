"""`sources` tells which platforms are configured to whoever has a token, and how one is doing to its operator alone."""

from __future__ import annotations

from typing import Any

from connectors.registry import installed
from gateway.demo.answers import every_kind
from gateway.settings.sections import OWN_SOURCE
from tests.conftest import Gateway

HEALTH = (
    "{ sources { name health { state lastSuccess lastFailure errorClass breaker watermark asOf embargoedUntil "
    "quarantined quarantinedRows(first: 1000) { kind native reason firstSeen lastSeen } } } }"
)


def health(gateway: Gateway, label: str) -> dict[str, Any]:
    return {source["name"]: source["health"] for source in gateway.ask(label, HEALTH)["sources"]}


def test_every_configured_platform_is_told_with_what_it_gives(gateway: Gateway) -> None:
    sources = gateway.ask("ingo-applicant", "{ sources { name connector kinds } }")["sources"]
    platforms = [source for source in sources if source["name"] != OWN_SOURCE]
    assert {source["connector"] for source in platforms} == set(installed())
    assert [source["name"] for source in platforms] == [item.source["name"] for item in gateway.demo.platforms]
    assert all(source["kinds"] for source in sources)


def test_the_operating_organization_is_told_how_its_platform_is_doing_and_nobody_else(gateway: Gateway) -> None:
    gateway.ask("dss-analyst", every_kind())
    operators = {item.source["name"]: item.source["operator"] for item in gateway.demo.platforms}
    told: set[str] = set()
    for client in gateway.demo.clients:
        seen = {name for name, item in health(gateway, client.label).items() if item is not None}
        assert seen == {name for name, operator in operators.items() if operator == client.organization}
        told |= seen
    assert len(told) >= 5


def test_what_an_operator_is_told(gateway: Gateway) -> None:
    gateway.ask("dss-analyst", every_kind())
    feed = health(gateway, "dss-chair")["unsms-feed"]
    assert (feed["state"], feed["errorClass"], feed["breaker"]) == ("OK", None, "CLOSED")
    assert feed["lastSuccess"] is not None
    assert feed["asOf"] is not None
    assert feed["watermark"].isdecimal()


def test_quarantined_rows_are_told_with_why(gateway: Gateway) -> None:
    gateway.ask("dss-analyst", every_kind())
    # A thread of its own writes them; pytest's time limit ends what never comes.
    while not (notes := health(gateway, "platform")["common-ground"])["quarantined"]:
        pass
    rows = notes["quarantinedRows"]
    assert len(rows) == notes["quarantined"]
    assert all(row["reason"] and row["kind"] and row["firstSeen"] <= row["lastSeen"] for row in rows)


def test_a_token_without_the_scope_to_read_is_refused_its_health_and_nobody_elses(gateway: Gateway) -> None:
    def ask(label: str, scope: str) -> dict[str, Any]:
        token = {"Authorization": f"Bearer {gateway.token(label, scope)}"}
        answer = gateway.http.post(
            gateway.graphql, json={"query": "{ sources { name health { state } } }"}, headers=token
        )
        body: dict[str, Any] = answer.json()
        return body

    own = ask("originator", "alerts:read")
    assert {error["extensions"]["code"] for error in own["errors"]} == {"FORBIDDEN"}
    assert all(source["health"] is None for source in own["data"]["sources"])
    assert "errors" not in ask("ingo-elsewhere", "alerts:read")
