"""An organization leaves: over HTTP, with its clients, its records and what waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.demo.run import started
from gateway.partnership.admission import set_partnership
from policies.vocabulary import Capacity, PartnershipStatus
from tests.partnership.conftest import Committee

SELECTED = "offboarding { id organization reason records destructionStatement destructionRecordedAt }"
READS = "{ incidents(first: 1000) { nodes { id originator { id } handling { tlp } redactions { group effect } } } }"


@pytest.fixture(scope="module")
def leaving() -> Iterator[Committee]:
    """A gateway of its own: who leaves is gone for every other test."""
    with started(port=0, seed=5, records=120) as demo:
        running = Committee(demo)
        try:
            yield running
        finally:
            running.http.close()


def seen(gateway: Committee, label: str) -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in gateway.ask(label, READS)["incidents"]["nodes"]}


def of(nodes: dict[str, dict[str, Any]], originator: str) -> set[str]:
    return {id_ for id_, node in nodes.items() if node["originator"] and node["originator"]["id"] == originator}


def post(gateway: Committee, token: str) -> int:
    status: int = gateway.http.post(
        gateway.graphql, json={"query": "{ viewer { partnership } }"}, headers={"Authorization": f"Bearer {token}"}
    ).status_code
    return status


def offboard(gateway: Committee, label: str, organization: str, records: str) -> dict[str, Any]:
    input_ = {"organization": organization, "reason": "its programmes end", "records": records}
    return gateway.act(label, "offboardPartner", input_, SELECTED)


def test_a_leaver_takes_its_records_and_everything_of_it_ends_at_once(leaving: Committee) -> None:
    before, public = seen(leaving, "ingo-in-area"), seen(leaving, "ingo-applicant")
    records = of(before, "harbour-relief")
    assert records
    assert of(public, "harbour-relief")
    narrative = next(
        id_ for id_ in sorted(records) if any(item["group"] == "NARRATIVE" for item in before[id_]["redactions"])
    )
    asked = {"id": narrative, "groups": ["NARRATIVE"], "exact": True, "justification": "a convoy tomorrow"}
    assert leaving.act("ingo-in-area", "requestConsent", asked)["userErrors"] == []
    leaving.act("originator", "authorizePlatform", {"platform": "common-ground-platform"})
    leaving.act("originator", "nameFocalPoint", {"role": "FOCAL_POINT", "name": "Desk", "mail": "d@example.org"})
    token = leaving.token("originator")
    assert post(leaving, token) == 200

    left = offboard(leaving, "originator", "harbour-relief", "WITHDRAW")["offboarding"]
    assert (left["organization"], left["records"]) == ("harbour-relief", "WITHDRAW")

    assert post(leaving, token) == 401
    client = leaving.client("originator")
    refused = leaving.http.post(
        f"{leaving.url}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client.client_id, client.client_secret),
    )
    assert refused.status_code == 401
    for label in ("ingo-in-area", "ingo-applicant", "dss-analyst"):
        assert not set(seen(leaving, label)) & records, label
    assert leaving.ask("ingo-in-area", "query($id: ID!) { node(id: $id) { id } }", {"id": narrative})["node"] is None
    told = [item for item in leaving.notices("ingo-in-area") if item["kind"] == "RECORDS_WITHDRAWN"]
    assert [(item["record"], item["facts"]) for item in told] == [(None, {})], "whose they were may have been withheld"
    closed = [item for item in leaving.notices("ingo-in-area") if item["kind"] == "CONSENT_REFUSED"]
    assert [(item["record"], item["facts"].keys()) for item in closed] == [(narrative, {"request", "groups"})]
    requests = leaving.ask("ingo-in-area", "{ consentRequests(role: REQUESTER) { nodes { state note } } }")
    assert requests["consentRequests"]["nodes"] == [{"state": "REFUSED", "note": None}]
    directory = leaving.ask("ingo-in-area", "{ directory { nodes { organization } } }")["directory"]["nodes"]
    assert {"organization": "harbour-relief"} not in directory
    partner = leaving.partner("secretariat", "harbour-relief")
    assert partner is not None
    assert (partner["status"], partner["history"][-1]["reason"]) == ("WITHDRAWN", "its programmes end")
    assert offboard(leaving, "secretariat", "harbour-relief", "LEAVE")["faults"] == [("organization", "NOT_ALLOWED")]


def test_a_leavers_records_stay_with_who_was_a_partner_and_nobody_joins(leaving: Committee) -> None:
    early = leaving.newcomer(PartnershipStatus.IN_FORCE, areas=["SSD", "SOM", "SDN", "MLI"])
    before = seen(leaving, early)
    public = set(seen(leaving, "ingo-applicant"))
    records = of(before, "plainfield-observatory")
    assert records - public
    assert offboard(leaving, "secretariat", "plainfield-observatory", "LEAVE")["userErrors"] == []
    late = leaving.newcomer(PartnershipStatus.IN_FORCE, areas=["SSD", "SOM", "SDN", "MLI"])
    assert {id_: before[id_] for id_ in records} == {
        id_: node for id_, node in seen(leaving, early).items() if id_ in records
    }
    found = seen(leaving, late)
    for id_ in records - public:
        withheld = {item["group"] for item in found[id_]["redactions"] if item["effect"] == "WITHHELD"}
        assert {"WHAT", "WHEN", "WHERE", "NARRATIVE", "ORIGIN"} <= withheld
    others = {id_ for id_ in before if id_ not in records}
    assert {id_: found[id_] for id_ in others} == {id_: before[id_] for id_ in others}

    for id_ in records - public:
        ask = {"id": id_, "groups": ["NARRATIVE"], "justification": "a convoy tomorrow"}
        known = leaving.act(early, "requestConsent", ask, "request { state }")
        assert known["faults"] == [("id", "NOT_ALLOWED")], "nobody is there to decide"
        unknown = leaving.act(late, "requestConsent", ask, "request { state }")
        assert (unknown["faults"], unknown["request"]) == ([], {"state": "REQUESTED"}), "it must not tell who left"

    store = leaving.store()
    try:
        set_partnership(store, "plainfield-observatory", PartnershipStatus.IN_FORCE)
    finally:
        store.close()
    back = seen(leaving, late)
    assert {id_: back[id_] for id_ in records} == {id_: before[id_] for id_ in records}, "it is in force again"


def test_public_records_of_who_left_and_let_them_stay_are_public(leaving: Committee) -> None:
    before = seen(leaving, "ingo-applicant")
    assert of(before, "cedarbridge")
    assert offboard(leaving, "secretariat", "cedarbridge", "LEAVE")["userErrors"] == []
    assert seen(leaving, "ingo-applicant") == before


def test_a_destruction_is_stated_once_and_is_seen_by_the_secretariat(leaving: Committee) -> None:
    partner = leaving.newcomer(PartnershipStatus.IN_FORCE)
    id_ = offboard(leaving, "secretariat", partner, "LEAVE")["offboarding"]["id"]
    statement = {"offboarding": id_, "statement": "All copies were erased on 1 November."}
    others = [
        leaving.act(label, "recordDestruction", {**statement, "offboarding": key})["userErrors"]
        for label in ("ingo-in-area", "dss-chair")
        for key in (id_, "absent", "", "é")
    ]
    assert others[0][0]["code"] == "NOT_FOUND"
    assert all(item == others[0] for item in others)
    done = leaving.act("secretariat", "recordDestruction", statement, SELECTED)["offboarding"]
    assert done["destructionStatement"] == statement["statement"]
    again = leaving.act("secretariat", "recordDestruction", statement)
    assert again["faults"] == [("offboarding", "NOT_ALLOWED")]
    listed = "{ offboardings { id destructionStatement } }"
    assert {"id": id_, "destructionStatement": statement["statement"]} in leaving.ask("secretariat", listed)[
        "offboardings"
    ]
    assert leaving.ask("ingo-in-area", listed)["offboardings"] == []


def test_nobody_offboards_another_without_the_secretariats_seat(leaving: Committee) -> None:
    partner = leaving.newcomer(PartnershipStatus.IN_FORCE)
    pretender = leaving.newcomer(PartnershipStatus.SUSPENDED, capacities=list(Capacity))
    for label in ("ingo-in-area", "ingo-chair", "dss-chair", pretender):
        known, absent = (offboard(leaving, label, id_, "WITHDRAW")["userErrors"] for id_ in (partner, "absent"))
        assert known == absent, label
        assert known[0]["code"] == "NOT_ALLOWED"
    assert leaving.status(partner) == "IN_FORCE"
    assert offboard(leaving, "secretariat", "absent", "LEAVE")["faults"] == [("organization", "NOT_FOUND")]
    assert offboard(leaving, "secretariat", "undss", "LEAVE")["faults"] == [("organization", "NOT_ALLOWED")]


def test_a_platform_that_leaves_asks_for_nobody_any_more(leaving: Committee) -> None:
    leaving.act("ingo-elsewhere", "authorizePlatform", {"platform": "common-ground-platform"})
    assert offboard(leaving, "secretariat", "common-ground-platform", "WITHDRAW")["userErrors"] == []
    given = leaving.ask("ingo-elsewhere", "{ platformAuthorizations { platform endedAt } }")["platformAuthorizations"]
    assert [(item["platform"], item["endedAt"] is None) for item in given] == [("common-ground-platform", False)]
