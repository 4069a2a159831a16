"""Applying, and the four eyes of the co-chairs, over HTTP (S2, S3)."""

from __future__ import annotations

from typing import Any

import pytest

from policies.vocabulary import Capacity, OrganizationCategory, PartnershipStatus
from tests.partnership.conftest import Committee

COMMITMENTS = {
    "securityRiskManagement": "A risk register for each office, reviewed every quarter.",
    "contingencyPlanning": "Relocation and hibernation plans.",
    "emergencyArrangements": "A duty line day and night.",
    "purpose": True,
    "confidentiality": True,
}
APPLICATION = (
    "application { id organization areas securityRiskManagement contingencyPlanning emergencyArrangements purpose "
    "confidentiality state submittedAt decidedAt reviews { side organization decision reason } }"
)


def applied(committee: Committee, label: str, **more: object) -> dict[str, Any]:
    payload = committee.act(label, "applyForPartnership", {**COMMITMENTS, **more}, APPLICATION)
    assert payload["userErrors"] == []
    application: dict[str, Any] = payload["application"]
    return application


def review(committee: Committee, label: str, id_: str, decision: str, reason: str | None = None) -> dict[str, Any]:
    return committee.act(
        label, "reviewApplication", {"application": id_, "decision": decision, "reason": reason}, APPLICATION
    )


def listed(committee: Committee, label: str) -> list[str]:
    nodes = committee.ask(label, "{ applications(first: 1000) { nodes { id } } }")["applications"]["nodes"]
    return [node["id"] for node in nodes]


def test_an_application_records_every_commitment_and_tells_the_committee(committee: Committee) -> None:
    applicant = committee.newcomer()
    made = applied(committee, applicant, areas=["SSD", "SOM"])
    assert {name: made[name] for name in COMMITMENTS} == COMMITMENTS
    assert (made["organization"], made["areas"], made["state"]) == (applicant, ["SOM", "SSD"], "SUBMITTED")
    for label in ("dss-chair", "ingo-chair", "secretariat"):
        told = [item for item in committee.notices(label) if item["kind"] == "APPLICATION_SUBMITTED"]
        assert [made["id"]] in [item["facts"]["application"] for item in told]
    again = committee.act(applicant, "applyForPartnership", COMMITMENTS)
    assert again["faults"] == [("input", "NOT_ALLOWED")]


@pytest.mark.parametrize("missing", ["purpose", "confidentiality"])
def test_without_a_commitment_there_is_no_application(committee: Committee, missing: str) -> None:
    applicant = committee.newcomer()
    payload = committee.act(applicant, "applyForPartnership", {**COMMITMENTS, missing: False})
    assert payload["faults"] == [(missing, "NOT_ALLOWED")]
    empty = committee.act(applicant, "applyForPartnership", {**COMMITMENTS, "contingencyPlanning": "  "})
    assert empty["faults"] == [("contingencyPlanning", "BAD_USER_INPUT")]
    assert listed(committee, applicant) == []


def test_both_co_chairs_admit_and_the_memorandum_opens(committee: Committee) -> None:
    applicant = committee.newcomer()
    id_ = applied(committee, applicant)["id"]
    first = review(committee, "ingo-chair", id_, "APPROVE")["application"]
    assert (first["state"], committee.status(applicant)) == ("UNDER_REVIEW", "UNDER_REVIEW")
    too_soon = committee.act(
        "secretariat",
        "setPartnership",
        {"organization": applicant, "status": "IN_FORCE", "since": "2026-01-01", "until": "2999-12-31", "global": True},
    )
    assert too_soon["faults"] == [("status", "NOT_ALLOWED")]
    second = review(committee, "dss-chair", id_, "APPROVE")["application"]
    assert [(item["side"], item["organization"]) for item in second["reviews"]] == [
        ("DSS", "undss"),
        ("INGO", "juniper-trust"),
    ]
    assert (second["state"], committee.status(applicant)) == ("APPROVED", "APPROVED")
    (told,) = [item for item in committee.notices(applicant) if item["kind"] == "APPLICATION_DECIDED"]
    assert told["facts"]["decision"] == ["APPROVED"]
    memorandum = {"organization": applicant, "status": "IN_FORCE", "since": "2026-01-01", "until": "2999-12-31"}
    done = committee.act("secretariat", "setPartnership", {**memorandum, "areas": ["SSD"]})
    assert done["userErrors"] == []
    assert committee.status(applicant) == "IN_FORCE"
    own = committee.partner(applicant, applicant)
    assert own is not None
    assert [step["status"] for step in own["history"]] == ["APPLICANT", "UNDER_REVIEW", "APPROVED", "IN_FORCE"]
    assert own["agreement"] == {"areas": ["SSD"], "since": "2026-01-01", "until": "2999-12-31"}


def test_one_refusal_refuses_with_its_reason_and_one_may_apply_again(committee: Committee) -> None:
    applicant = committee.newcomer()
    id_ = applied(committee, applicant)["id"]
    assert review(committee, "dss-chair", id_, "REFUSE")["faults"] == [("reason", "NOT_ALLOWED")]
    assert review(committee, "dss-chair", id_, "APPROVE")["userErrors"] == []
    refused = review(committee, "ingo-chair", id_, "REFUSE", "no duty line yet")["application"]
    assert (refused["state"], committee.status(applicant)) == ("REFUSED", "APPLICANT")
    (told,) = [item for item in committee.notices(applicant) if item["kind"] == "APPLICATION_DECIDED"]
    assert told["facts"]["reason"] == ["no duty line yet"]
    assert review(committee, "dss-chair", id_, "APPROVE")["faults"] == [("application", "NOT_ALLOWED")]
    assert applied(committee, applicant)["id"] != id_


def test_four_eyes(committee: Committee) -> None:
    applicant = committee.newcomer()
    id_ = applied(committee, applicant)["id"]
    committee.let_in("second dss chair", "ocha", [Capacity.CO_CHAIR])
    assert review(committee, "dss-chair", id_, "APPROVE")["userErrors"] == []
    for label in ("dss-chair", "second dss chair"):
        assert review(committee, label, id_, "APPROVE")["faults"] == [("application", "NOT_ALLOWED")], label
    assert committee.status(applicant) == "UNDER_REVIEW"


def test_a_co_chair_does_not_review_its_own_organization(committee: Committee) -> None:
    own = committee.newcomer(PartnershipStatus.WITHDRAWN, capacities=[Capacity.CO_CHAIR])
    id_ = applied(committee, own)["id"]
    assert review(committee, own, id_, "APPROVE")["faults"] == [("input", "NOT_ALLOWED")], "it is not in force"
    assert id_ in listed(committee, own)


@pytest.mark.parametrize("id_", ["x" * 24, "", "é", "\x00", "a" * 5_000])
def test_ids_that_lead_nowhere_are_told_alike(committee: Committee, id_: str) -> None:
    document = "mutation($input: ReviewApplicationInput!) { reviewApplication(input: $input) { application { id } userErrors { field code message } } }"
    body = committee.post("dss-chair", document, {"input": {"application": id_, "decision": "APPROVE"}}).json()
    absent = committee.post("dss-chair", document, {"input": {"application": "absent", "decision": "APPROVE"}}).json()
    assert body == absent
    assert body["data"]["reviewApplication"]["userErrors"][0]["code"] == "NOT_FOUND"


def test_who_is_no_co_chair_learns_nothing_of_an_application(committee: Committee) -> None:
    applicant = committee.newcomer()
    id_ = applied(committee, applicant)["id"]
    assert listed(committee, applicant) == [id_]
    pretender = committee.newcomer(PartnershipStatus.APPLICANT, capacities=list(Capacity))
    observer = committee.newcomer(PartnershipStatus.IN_FORCE, capacities=[Capacity.OBSERVER])
    io = committee.newcomer(
        PartnershipStatus.IN_FORCE, category=OrganizationCategory.IO, capacities=[Capacity.SECRETARIAT]
    )
    for label in ("ingo-in-area", pretender, observer, io):
        assert listed(committee, label) == [], label
        found, absent = (review(committee, label, key, "APPROVE")["userErrors"] for key in (id_, "absent"))
        assert found == absent, label
        assert found[0]["code"] == "NOT_ALLOWED"
    for label in ("dss-chair", "ingo-chair", "secretariat"):
        assert id_ in listed(committee, label)


def test_nobody_in_force_or_suspended_applies(committee: Committee) -> None:
    suspended = committee.newcomer(PartnershipStatus.SUSPENDED)
    for label in ("ingo-in-area", suspended, "dss-analyst"):
        assert committee.act(label, "applyForPartnership", COMMITMENTS)["faults"] == [("input", "NOT_ALLOWED")], label


def test_a_token_without_the_scope_acts_for_nobody(committee: Committee) -> None:
    applicant = committee.newcomer()
    token = committee.token(applicant, "information:read")
    document = (
        "mutation($input: ApplyForPartnershipInput!) { applyForPartnership(input: $input) { application { id } } }"
    )
    body = committee.http.post(
        committee.graphql,
        json={"query": document, "variables": {"input": COMMITMENTS}},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert listed(committee, applicant) == []


def test_pages_of_applications_and_their_cursors(committee: Committee) -> None:
    ids = {applied(committee, committee.newcomer())["id"] for _ in range(3)}
    query = "query($after: String) { applications(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    seen, after = [], None
    while True:
        found = committee.ask("secretariat", query, {"after": after})["applications"]
        seen += [node["id"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == listed(committee, "secretariat")
    assert ids <= set(seen)
    committee.newcomer()
    again = committee.ask("secretariat", query, {"after": after})["applications"]
    assert again["nodes"] == [], "what others do does not end a cursor"
    for label, cursor in (("dss-chair", after), ("secretariat", "AAAA")):
        assert (
            committee.post(label, query, {"after": cursor}).json()["errors"][0]["message"] == "cursor is not valid here"
        )


def test_a_cursor_behind_what_is_no_longer_listed_has_expired(committee: Committee) -> None:
    id_ = applied(committee, committee.newcomer())["id"]
    query = "query($after: String) { applications(state: [SUBMITTED], first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }"
    found = committee.ask("secretariat", query)["applications"]
    assert found["nodes"] == [{"id": id_}]
    assert review(committee, "dss-chair", id_, "REFUSE", "no")["userErrors"] == []
    stale = committee.post("secretariat", query, {"after": found["pageInfo"]["endCursor"]}).json()
    assert stale["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"
