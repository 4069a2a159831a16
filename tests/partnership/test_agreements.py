"""Agreements, approved areas and levels, over HTTP: who may, what follows, and who sees what."""

from __future__ import annotations

import pytest

from policies.vocabulary import Capacity, PartnershipStatus
from tests.partnership.conftest import Committee

FOREVER = {"since": "2020-01-01", "until": "2999-12-31", "global": True}
READS = "{ incidents(first: 1000) { nodes { id } } }"


def seen(committee: Committee, label: str) -> int:
    return len(committee.ask(label, READS)["incidents"]["nodes"])


def put(committee: Committee, label: str, organization: str, status: str, **more: object) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = committee.act(
        label, "setPartnership", {"organization": organization, "status": status, **more}
    )["faults"]
    return faults


@pytest.mark.parametrize("label", ["secretariat", "dss-chair", "ingo-chair"])
def test_a_suspension_bites_at_the_next_request_and_is_lifted_with_dates(committee: Committee, label: str) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE, areas=["SSD"])
    open_ = seen(committee, partner)
    assert open_ > 0
    assert put(committee, label, partner, "SUSPENDED", reason="under dispute") == []
    assert (committee.status(partner), seen(committee, partner) < open_) == ("SUSPENDED", True)
    assert put(committee, label, partner, "IN_FORCE", **FOREVER) == []
    assert seen(committee, partner) == open_
    own = committee.partner(partner, partner)
    assert own is not None
    assert [(step["status"], step["reason"]) for step in own["history"]][1] == ("SUSPENDED", "under dispute")


def test_a_suspension_reaches_a_token_that_was_issued_before(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE, areas=["SSD"])
    token = committee.token(partner)
    assert put(committee, "secretariat", partner, "SUSPENDED", reason="under dispute") == []
    answer = committee.http.post(
        committee.graphql, json={"query": "{ viewer { partnership } }"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.json()["data"]["viewer"]["partnership"]) == (200, "SUSPENDED")


def test_what_a_step_needs(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE)
    for missing in ("since", "until"):
        given = {name: value for name, value in FOREVER.items() if name != missing}
        assert put(committee, "secretariat", partner, "IN_FORCE", **given) == [("since", "BAD_USER_INPUT")]
    both = {**FOREVER, "areas": ["SSD"]}
    assert put(committee, "secretariat", partner, "IN_FORCE", **both) == [("areas", "BAD_USER_INPUT")]
    assert put(committee, "secretariat", partner, "IN_FORCE", **{**both, "global": False, "areas": []}) == [
        ("areas", "NOT_ALLOWED")
    ]
    assert put(committee, "secretariat", partner, "IN_FORCE", **{**both, "global": False, "areas": ["South"]}) == [
        ("input", "BAD_USER_INPUT")
    ]
    exchanged = {**FOREVER, "until": "2019-01-01"}
    assert put(committee, "secretariat", partner, "IN_FORCE", **exchanged) == [("input", "BAD_USER_INPUT")]
    assert put(committee, "secretariat", partner, "SUSPENDED") == [("reason", "BAD_USER_INPUT")]
    assert put(committee, "secretariat", partner, "APPROVED", reason="why not") == [("status", "NOT_ALLOWED")]
    assert put(committee, "secretariat", "nobody", "SUSPENDED", reason="gone") == [("organization", "NOT_FOUND")]


def test_nobody_alone_makes_a_partner_of_an_applicant_or_of_itself(committee: Committee) -> None:
    for status in (None, PartnershipStatus.UNDER_REVIEW, PartnershipStatus.WITHDRAWN):
        applicant = committee.newcomer(status)
        for label in ("secretariat", "dss-chair", "ingo-chair"):
            assert put(committee, label, applicant, "IN_FORCE", **FOREVER) == [("status", "NOT_ALLOWED")]
    assert put(committee, "ingo-chair", "juniper-trust", "IN_FORCE", **FOREVER) == [("organization", "NOT_ALLOWED")]
    assert put(committee, "ingo-chair", "ocha", "SUSPENDED", reason="no") == [("organization", "NOT_ALLOWED")]


def test_who_holds_no_seat_changes_nothing_and_learns_nothing(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE)
    pretender = committee.newcomer(PartnershipStatus.APPLICANT, capacities=list(Capacity))
    acts = {
        "setPartnership": {"status": "SUSPENDED", "reason": "no"},
        "approveArea": {"area": "SSD"},
        "endAreaApproval": {"area": "SSD"},
    }
    for label in ("ingo-in-area", "ingo-second-officer", "dss-analyst", pretender):
        for mutation, input_ in acts.items():
            known, unknown = (
                committee.act(label, mutation, {**input_, "organization": id_})["userErrors"]
                for id_ in (partner, "nobody")
            )
            assert known == unknown, (label, mutation)
            assert known[0]["code"] == "NOT_ALLOWED"
        level = committee.act(label, "setAreaLevel", {"area": "TCD", "level": "ENHANCED", "risk": "HIGH"})
        assert level["faults"] == [("input", "NOT_ALLOWED")]
    assert committee.status(partner) == "IN_FORCE"
    assert committee.ask("secretariat", '{ area(code: "TCD") { code } }')["area"] is None


def test_an_area_is_approved_with_dates_by_the_secretariat_or_dss_and_never_for_oneself(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE)
    days = {"organization": partner, "since": "2020-01-01", "until": "2999-12-31"}
    for label, area in (("secretariat", "SSD"), ("dss-coordinator", "SOM")):
        assert committee.act(label, "approveArea", {**days, "area": area})["userErrors"] == []
    past = {**days, "area": "MLI", "until": "2020-12-31"}
    assert committee.act("secretariat", "approveArea", past)["userErrors"] == []
    assert committee.ask(partner, "{ viewer { areas } }")["viewer"]["areas"] == ["SOM", "SSD"]
    ended = committee.act("secretariat", "endAreaApproval", {"organization": partner, "area": "SSD"})
    assert ended["userErrors"] == []
    assert committee.ask(partner, "{ viewer { areas } }")["viewer"]["areas"] == ["SOM"]
    assert committee.act("secretariat", "endAreaApproval", {"organization": partner, "area": "\x00"})["faults"] == [
        ("input", "BAD_USER_INPUT")
    ]
    own = committee.act("secretariat", "approveArea", {"organization": "ocha", "area": "SSD"})
    assert own["faults"] == [("organization", "NOT_ALLOWED")]
    for label in ("dss-chair", "ingo-chair"):
        assert committee.act(label, "approveArea", {**days, "area": "SDN"})["faults"] == [("input", "NOT_ALLOWED")]


def test_partners_see_of_each_other_what_is_public_and_outsiders_only_themselves(committee: Committee) -> None:
    partner = committee.newcomer(PartnershipStatus.IN_FORCE, areas=["SSD"])
    other = committee.partner("ingo-elsewhere", partner)
    assert other is not None
    assert {name for name, value in other.items() if value is not None} == {"id", "name", "category", "status"}
    for label in (partner, "secretariat", "dss-chair", "ingo-chair"):
        full = committee.partner(label, partner)
        assert full is not None
        assert None not in full.values(), label
    applicant = committee.newcomer()
    for label in (applicant, "ingo-suspended"):
        nodes = committee.ask(label, "{ partners(first: 1000) { nodes { id } } }")["partners"]["nodes"]
        assert [node["id"] for node in nodes] == [committee.client(label).organization]
    suspended = committee.ask("ingo-in-area", "{ partners(status: [SUSPENDED]) { nodes { id status } } }")["partners"]
    assert {node["status"] for node in suspended["nodes"]} == {"SUSPENDED"}
    assert "stonebridge-aid" in {node["id"] for node in suspended["nodes"]}


def test_levels_with_their_history_and_where_they_disagree_with_the_risk(committee: Committee) -> None:
    levels = "implementationLevel riskLevel disagrees history { implementationLevel riskLevel setBy }"
    for level in ("REGULAR", "ENHANCED"):
        payload = committee.act(
            "secretariat", "setAreaLevel", {"area": "CAF", "level": level, "risk": "VERY_HIGH"}, f"area {{ {levels} }}"
        )
        listed = committee.ask("ingo-in-area", "{ areas(filter: { disagreeing: true }) { nodes { code disagrees } } }")
        assert payload["area"]["disagrees"] is (level == "REGULAR")
        assert ("CAF" in {node["code"] for node in listed["areas"]["nodes"]}) is (level == "REGULAR")
    area = committee.ask("ingo-in-area", f'{{ area(code: "CAF") {{ {levels} }} }}')["area"]
    assert area["history"] == [
        {"implementationLevel": level, "riskLevel": "VERY_HIGH", "setBy": "ocha"} for level in ("ENHANCED", "REGULAR")
    ]
    bad = committee.act("secretariat", "setAreaLevel", {"area": "caf", "level": "REGULAR", "risk": "LOW"})
    assert bad["faults"] == [("input", "BAD_USER_INPUT")]
    assert committee.ask("ingo-suspended", '{ area(code: "CAF") { code } areas { nodes { code } } }') == {
        "area": None,
        "areas": {"nodes": []},
    }
    for code in ("XXX", "", "é", "\x00"):
        assert (
            committee.ask("ingo-in-area", "query($code: String!) { area(code: $code) { code } }", {"code": code})[
                "area"
            ]
            is None
        )


def test_a_level_that_the_secretariat_sets_opens_plans_at_the_next_request(committee: Committee) -> None:
    committee.act("secretariat", "setAreaLevel", {"area": "MLI", "level": "ENHANCED", "risk": "HIGH"})
    enhanced = committee.ask(
        "ingo-elsewhere", "{ areas(filter: { implementationLevel: ENHANCED }) { nodes { code } } }"
    )
    assert "MLI" in {node["code"] for node in enhanced["areas"]["nodes"]}
