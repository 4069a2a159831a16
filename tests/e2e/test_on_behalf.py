"""The demo's platform asks on behalf of a member: what both may read, where the member says, while it says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
from sqlmodel import col, select, update

from gateway.demo.run import started
from gateway.identity.exchange import ACCESS_TOKEN, EXCHANGE, MEMBER
from gateway.partnership.admission import suspend_partnership
from gateway.store.tables import LedgerEntry, PlatformMandate
from tests.conftest import Gateway

QUERY = """
{ incidents(first: 1000) {
  nodes { id handling { tlp permittedActions { relayToMembers } } redactions { group effect } source { name } originator { id } }
} }
"""
PLATFORM = "common-ground-platform"
SOURCE = "common-ground"
Groups = dict[str, str]


class Asking:
    """The demo's gateway, its platform and one member, `ingo-in-area`, which is approved for SSD."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.member = gateway.client("ingo-in-area").organization

    def mandate(self, areas: Sequence[str] | None) -> None:
        store = self.gateway.store()
        codes = None if areas is None else list(areas)
        row = PlatformMandate(member_id=self.member, platform_id=PLATFORM, areas=codes)
        store.write(lambda session: session.add(row))
        store.close()
        self.gateway.token("platform")  # so that the gateway has looked at its directory since

    def end_mandates(self) -> None:
        store = self.gateway.store()
        store.write(lambda session: session.exec(update(PlatformMandate).values(ended_at=datetime.now(UTC))))
        store.close()

    def token(self, **form: str) -> str:
        platform = self.gateway.client("platform")
        whole = {"grant_type": EXCHANGE, "subject_token": self.member, "subject_token_type": MEMBER, **form}
        answer = self.gateway.http.post(
            f"{self.gateway.url}/oauth/token", data=whole, auth=(platform.client_id, platform.client_secret)
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def read(self, token: str) -> dict[str, dict[str, Any]]:
        """The incidents that `token` reads, by id."""
        answer = self.gateway.http.post(
            self.gateway.graphql, json={"query": QUERY}, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return {node["id"]: node for node in body["data"]["incidents"]["nodes"]}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with started(port=0, seed=7, records=160) as demo:
        running = Gateway(demo)
        yield running
        running.http.close()


@pytest.fixture
def asking(gateway: Gateway) -> Iterator[Asking]:
    asking = Asking(gateway)
    yield asking
    asking.end_mandates()
    gateway.token("platform")


def withheld(node: dict[str, Any]) -> Groups:
    return {item["group"]: item["effect"] for item in node["redactions"]}


def test_a_chain_reads_what_both_may_read_and_the_marking_lets_pass(asking: Asking) -> None:
    asking.mandate(None)
    platform, member = (asking.read(asking.gateway.token(label)) for label in ("platform", "ingo-in-area"))
    chain = asking.read(asking.token())
    assert chain
    assert chain.keys() < platform.keys() & member.keys()
    for id_, node in chain.items():
        # A group that either has to do without is not there for the chain either.
        assert withheld(platform[id_]).keys() | withheld(member[id_]).keys() <= withheld(node).keys()
        shown = withheld(node)
        assert all(
            shown[group] == "WITHHOLD" for group, effect in withheld(platform[id_]).items() if effect == "WITHHOLD"
        )
        assert all(
            shown[group] == "WITHHOLD" for group, effect in withheld(member[id_]).items() if effect == "WITHHOLD"
        )
    relayed = {id_ for id_ in platform.keys() & member.keys() if may_pass(platform[id_])}
    assert {id_ for id_ in chain if chain[id_]["handling"]["tlp"] != "CLEAR"} <= relayed
    assert relayed & chain.keys()
    assert SOURCE in {node["source"]["name"] for node in chain.values() if node["source"]}


def may_pass(node: dict[str, Any]) -> bool:
    handling = node["handling"]
    return handling["permittedActions"]["relayToMembers"] and handling["tlp"] in ("CLEAR", "GREEN", "AMBER")


def test_a_members_own_token_leads_to_the_same_records(asking: Asking) -> None:
    asking.mandate(None)
    exchanged = asking.token(subject_token=asking.gateway.token("ingo-in-area"), subject_token_type=ACCESS_TOKEN)
    assert asking.read(exchanged).keys() == asking.read(asking.token()).keys()


def test_a_mandate_for_an_area_reaches_that_area_only(asking: Asking) -> None:
    asking.mandate(["SSD"])
    here = asking.read(asking.token())
    asking.end_mandates()
    asking.mandate(["SOM"])
    there = asking.read(asking.token())
    asking.end_mandates()
    asking.mandate(None)
    everywhere = asking.read(asking.token())
    assert here
    assert here.keys().isdisjoint(there)
    assert here.keys() | there.keys() <= everywhere.keys()


def test_who_asks_for_another_is_told_nothing_of_how_either_ones_platforms_are_doing(asking: Asking) -> None:
    query = "{ sources { name health { state } } }"
    for label in ("platform", "ingo-in-area"):
        assert any(source["health"] for source in asking.gateway.ask(label, query)["sources"])
    asking.mandate(None)
    answer = asking.gateway.http.post(
        asking.gateway.graphql, json={"query": query}, headers={"Authorization": f"Bearer {asking.token()}"}
    )
    body = answer.json()
    assert "errors" not in body
    assert [source["health"] for source in body["data"]["sources"]] == [None] * len(body["data"]["sources"])


def test_an_ended_mandate_bites_on_the_next_request(asking: Asking) -> None:
    asking.mandate(None)
    token = asking.token()
    assert asking.read(token)
    asking.end_mandates()
    until = monotonic() + 1
    while asking.read(token) and monotonic() < until:
        pass
    assert asking.read(token) == {}


def test_the_ledger_names_platform_and_member(asking: Asking) -> None:
    asking.mandate(None)
    store = asking.gateway.store()
    chain = asking.read(asking.token())
    with store.session() as session:
        entry = session.exec(select(LedgerEntry).order_by(col(LedgerEntry.sequence).desc()).limit(1)).one()
    store.close()
    assert chain
    assert (entry.organization, entry.on_behalf_of) == (PLATFORM, asking.member)
    assert entry.client == asking.gateway.client("platform").client_id


def is_own(node: dict[str, Any], organization: str) -> bool:
    return (node["originator"] or {}).get("id") == organization


def test_a_suspended_member_reduces_the_chain_to_public_and_its_own(asking: Asking) -> None:
    """Last: the partnership stays suspended."""
    asking.mandate(None)
    token = asking.token()
    before = asking.read(token)
    store = asking.gateway.store()
    suspend_partnership(store, asking.member, "under dispute")
    store.close()
    asking.gateway.token("platform")
    after = asking.read(token)
    reduced = asking.read(asking.gateway.token("ingo-in-area"))
    assert {node["handling"]["tlp"] for node in reduced.values() if not is_own(node, asking.member)} == {"CLEAR"}
    assert after
    assert after.keys() == before.keys() & reduced.keys()
    assert after.keys() < before.keys()
