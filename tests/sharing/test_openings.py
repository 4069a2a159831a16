"""Imminent risk and emergencies: opened beyond the marking, for those they are for, for a while; the originator told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sharing.conftest import Shared, hidden

DECLARED = "declaration { id areas until endedAt }"
OPENED = "opening { id state until }"


def soon(hours: int = 6) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def country(shared: Shared, id_: str) -> str | None:
    found = shared.ask("originator", "query($id: ID!) { incident(id: $id) { country { iso3 } } }", {"id": id_})
    place = found["incident"]["country"]
    return None if place is None else str(place["iso3"])


def in_south_sudan(shared: Shared, tlp: str = "AMBER") -> str:
    """An own record in SSD; RED ones are for the originator alone."""
    return next(
        str(node["id"])
        for node in shared.mine()
        if node["handling"]["tlp"] == tlp and country(shared, node["id"]) == "SSD"
    )


def declare(shared: Shared, label: str, id_: str, **more: object) -> dict[str, Any]:
    input_ = {"id": id_, "reason": "Armed men on the road.", "until": soon(), **more}
    return shared.act(label, "declareImminentRisk", input_, DECLARED)


def test_a_record_for_the_originator_alone_reaches_partners_in_its_area_while_lives_depend_on_it(
    shared: Shared,
) -> None:
    id_ = in_south_sudan(shared, "RED")
    assert shared.seen("ingo-in-area", id_) is None
    advice = "Keep off the main road until further notice."
    declared = declare(shared, "originator", id_, advice=advice)
    assert declared["userErrors"] == []
    assert declared["declaration"]["areas"] == ["SSD"]
    seen = shared.seen("ingo-in-area", id_)
    assert seen is not None
    assert seen["category"] is not None
    assert seen["occurred"] is not None
    assert seen["location"]["precision"] != "COUNTRY"
    assert seen["response"] == advice
    assert hidden(seen) >= {"NARRATIVE", "AFFECTED", "PERSONS", "ACTOR", "ORIGIN", "PLANS"}
    assert seen["originator"] is None
    assert seen["handling"]["validUntil"] == declared["declaration"]["until"]
    own = shared.seen("originator", id_)
    assert own is not None
    assert own["response"] != advice
    for label in ("ingo-elsewhere", "ingo-suspended", "ingo-applicant"):
        assert shared.seen(label, id_) is None, label

    ended = shared.act("originator", "endImminentRisk", {"declaration": declared["declaration"]["id"]}, DECLARED)
    assert ended["declaration"]["endedAt"] is not None
    assert shared.seen("ingo-in-area", id_) is None


def test_dss_declares_for_an_area_and_the_originator_is_told(shared: Shared) -> None:
    id_ = in_south_sudan(shared)
    refused = declare(shared, "dss-analyst", id_)
    assert [item["code"] for item in refused["userErrors"]] == ["NOT_ALLOWED"], "an analyst has not that task"
    assert [item["code"] for item in declare(shared, "ingo-in-area", id_)["userErrors"]] == ["NOT_ALLOWED"]
    vouched = declare(shared, "dss-sioc", id_, textIsClean=True)
    assert [item["field"] for item in vouched["userErrors"]] == ["textIsClean"], "its author vouches for its text"
    assert [item["code"] for item in declare(shared, "dss-sioc", id_, areas=["MLI"])["userErrors"]] == ["NOT_ALLOWED"]
    declared = declare(shared, "dss-sioc", id_, areas=["SSD"], advice="Stay in compounds tonight.")
    assert declared["userErrors"] == []
    seen = shared.seen("ingo-in-area", id_)
    assert seen is not None
    assert seen["response"] == "Stay in compounds tonight."
    told = [item for item in shared.notices("originator") if item["kind"] == "IMMINENT_RISK_DECLARED"]
    assert [item["record"] for item in told] == [id_]
    facts = {fact["name"]: fact["values"] for fact in told[0]["facts"]}
    assert facts["organization"] == ["undss"]
    assert facts["reason"] == ["Armed men on the road."]
    other = shared.act("ingo-in-area", "endImminentRisk", {"declaration": declared["declaration"]["id"]}, DECLARED)
    assert [item["code"] for item in other["userErrors"]] == ["NOT_FOUND"]
    shared.act("dss-sioc", "endImminentRisk", {"declaration": declared["declaration"]["id"]}, DECLARED)


def test_a_declaration_names_an_end_and_a_reason(shared: Shared) -> None:
    id_ = in_south_sudan(shared)
    for more, field in (
        ({"until": "2001-01-01T00:00:00Z"}, "until"),
        ({"reason": " "}, "reason"),
        ({"advice": ""}, "advice"),
        ({"areas": ["MLI"]}, "areas"),
        ({"areas": []}, "areas"),
    ):
        payload = declare(shared, "originator", id_, **more)
        assert [(item["field"], item["code"]) for item in payload["userErrors"]] == [(field, "BAD_USER_INPUT")]


def test_an_emergency_opens_on_the_word_of_two_officers_and_everyone_concerned_is_told(shared: Shared) -> None:
    id_ = in_south_sudan(shared)
    limited = {"groups": ["WHAT", "WHERE"], "reason": "INTERNAL_CONFIDENTIALITY"}
    shared.act("originator", "setRestrictions", {"id": id_, "restrictions": [limited]}, "record { id }")
    before = shared.seen("ingo-officer", id_)
    assert before is not None
    assert hidden(before) >= {"WHAT", "WHERE"}
    asked = {"id": id_, "justification": "A convoy of ours is on that road now.", "hours": 4}
    refused = shared.act("ingo-in-area", "requestEmergencyOpening", asked, OPENED)
    assert [item["code"] for item in refused["userErrors"]] == ["NOT_ALLOWED"], "no officer"
    opening = shared.act("ingo-officer", "requestEmergencyOpening", asked, OPENED)["opening"]
    assert opening["state"] == "REQUESTED"
    seen = shared.seen("ingo-officer", id_)
    assert seen is not None
    assert hidden(seen) >= {"WHAT", "WHERE"}, "nothing opens before the second officer"

    same = shared.act("ingo-officer", "approveEmergencyOpening", {"opening": opening["id"]}, OPENED)
    assert [item["code"] for item in same["userErrors"]] == ["NOT_ALLOWED"]
    stranger = shared.act("dss-sioc", "approveEmergencyOpening", {"opening": opening["id"]}, OPENED)
    nobody = shared.act("dss-sioc", "approveEmergencyOpening", {"opening": "no-such"}, OPENED)
    assert stranger == nobody
    assert [item["code"] for item in stranger["userErrors"]] == ["NOT_FOUND"]

    listed = shared.ask("ingo-second-officer", "{ emergencyOpenings { id justification state } }")["emergencyOpenings"]
    assert listed[0]["id"] == opening["id"]
    opened = shared.act("ingo-second-officer", "approveEmergencyOpening", {"opening": opening["id"]}, OPENED)
    assert opened["opening"]["state"] == "OPEN"
    until = datetime.fromisoformat(opened["opening"]["until"])
    assert timedelta(hours=3, minutes=59) < until - datetime.now(UTC) <= timedelta(hours=4)
    after = shared.seen("ingo-in-area", id_)
    assert after is not None
    assert not hidden(after) & {"WHAT", "WHERE", "WHEN"}
    assert "ACTOR" in hidden(after)
    elsewhere = shared.seen("ingo-elsewhere", id_)
    assert elsewhere is not None
    assert "WHAT" in hidden(elsewhere)

    (told,) = [item for item in shared.notices("originator") if item["kind"] == "EMERGENCY_OPENED"]
    assert told["record"] == id_
    chairs = [item for item in shared.notices("ingo-chair") if item["kind"] == "EMERGENCY_OPENED"]
    (chair,) = chairs
    facts = {fact["name"]: fact["values"] for fact in chair["facts"]}
    assert facts == {"organization": ["northwind-aid"], "areas": ["SSD"]}
    assert (chair["record"] is not None) is (shared.seen("ingo-chair", id_) is not None)


def test_a_record_that_its_originator_does_not_allow_it_for_is_not_opened(shared: Shared) -> None:
    nodes = shared.ask("ingo-officer", '{ incidents(first: 100, filter: { source: ["unsms-feed"] }) { nodes { id } } }')
    id_ = nodes["incidents"]["nodes"][0]["id"]
    payload = shared.act("ingo-officer", "requestEmergencyOpening", {"id": id_, "justification": "?"}, OPENED)
    assert [item["code"] for item in payload["userErrors"]] == ["NOT_ALLOWED"]
    own = in_south_sudan(shared)
    for hours in (0, 25):
        asked = {"id": own, "justification": "?", "hours": hours}
        payload = shared.act("ingo-officer", "requestEmergencyOpening", asked, OPENED)
        assert [item["field"] for item in payload["userErrors"]] == ["hours"]
