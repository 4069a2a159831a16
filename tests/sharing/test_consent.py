"""Consent: asked for blind, granted, narrowed, refused, withdrawn; and asked of nothing, it tells nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sharing.conftest import Shared, hidden

REQUEST = "request { id state record organization groups exact grant { id until } }"


def restricted(shared: Shared, label: str, group: str = "ACTOR") -> str:
    """A record of the originator's that `label` receives without `group`."""
    for node in shared.mine():
        seen = shared.seen(label, node["id"])
        if seen is not None and group in hidden(seen):
            return str(node["id"])
    raise AssertionError("none")


def ask(shared: Shared, label: str, id_: str, groups: list[str], **more: object) -> dict[str, Any]:
    input_ = {"id": id_, "groups": groups, "justification": "Movement planning.", **more}
    return shared.act(label, "requestConsent", input_, REQUEST)


def decide(shared: Shared, decision: str, label: str = "originator", **more: object) -> dict[str, Any]:
    return shared.act(label, "decideConsent", {"decision": decision, **more}, REQUEST + " grant { id to }")


def test_what_is_granted_is_there_with_the_next_request_and_gone_once_it_is_withdrawn(shared: Shared) -> None:
    id_ = restricted(shared, "ingo-in-area")
    asked = ask(shared, "ingo-in-area", id_, ["ACTOR"])
    assert asked["userErrors"] == []
    assert asked["request"]["state"] == "REQUESTED"
    assert ask(shared, "ingo-in-area", id_, ["ACTOR"])["request"]["id"] == asked["request"]["id"], "asked once"
    told = [item for item in shared.notices("originator") if item["kind"] == "CONSENT_REQUESTED"]
    assert [item["record"] for item in told] == [id_]

    mine = shared.ask("originator", "{ consentRequests(role: ORIGINATOR) { nodes { id organization justification } } }")
    (waiting,) = mine["consentRequests"]["nodes"]
    assert (waiting["organization"], waiting["justification"]) == ("northwind-aid", "Movement planning.")
    granted = decide(shared, "GRANT", request=waiting["id"])
    assert granted["userErrors"] == []
    assert granted["request"]["state"] == "GRANTED"
    seen = shared.seen("ingo-in-area", id_)
    assert seen is not None
    assert "ACTOR" not in hidden(seen)
    assert seen["actor"] == next(node["actor"] for node in shared.mine() if node["id"] == id_)
    assert "AFFECTED" in hidden(seen), "no more than was granted"
    other = shared.seen("ingo-elsewhere", id_)
    assert other is not None
    assert "ACTOR" in hidden(other), "for nobody else"

    assert decide(shared, "WITHDRAW", request=waiting["id"])["request"]["state"] == "WITHDRAWN"
    after = shared.seen("ingo-in-area", id_)
    assert after is not None
    assert "ACTOR" in hidden(after)
    kinds = {item["kind"] for item in shared.notices("ingo-in-area")}
    assert kinds >= {"CONSENT_GRANTED", "CONSENT_WITHDRAWN"}


def test_a_refusal_is_told_with_the_originators_word(shared: Shared) -> None:
    id_ = restricted(shared, "ingo-elsewhere")
    request = ask(shared, "ingo-elsewhere", id_, ["ACTOR"])["request"]["id"]
    assert decide(shared, "REFUSE", request=request, note="Not while the case is open.")["userErrors"] == []
    query = "{ consentRequests(role: REQUESTER) { nodes { id state note } pageInfo { hasNextPage } } }"
    nodes = shared.ask("ingo-elsewhere", query)["consentRequests"]["nodes"]
    assert {"id": request, "state": "REFUSED", "note": "Not while the case is open."} in nodes
    seen = shared.seen("ingo-elsewhere", id_)
    assert seen is not None
    assert "ACTOR" in hidden(seen)


def test_the_originator_grants_on_terms_of_its_own(shared: Shared) -> None:
    id_ = restricted(shared, "ingo-elsewhere", "AFFECTED")
    request = ask(shared, "ingo-elsewhere", id_, ["AFFECTED"])["request"]["id"]
    until = "2199-01-01T00:00:00Z"
    payload = decide(shared, "GRANT", request=request, groups=["AFFECTED"], exact=False, until=until)
    assert payload["userErrors"] == []
    seen = shared.seen("ingo-elsewhere", id_)
    assert seen is not None
    assert {(item["group"], item["effect"]) for item in seen["redactions"]} >= {("AFFECTED", "GENERALIZED")}
    assert seen["handling"]["validUntil"] == "2199-01-01T00:00:00+00:00"
    other = shared.seen("ingo-in-area", id_)
    assert other is not None
    assert other["handling"]["validUntil"] is None, "what was granted to others is not told"


def test_a_class_of_records_is_granted_unasked(shared: Shared) -> None:
    before = [shared.seen("ingo-elsewhere", node["id"]) for node in shared.mine()]
    assert any(seen and "WHERE" in hidden(seen) for seen in before)
    payload = decide(shared, "GRANT", to="meridian-health", areas=["SSD"], groups=["WHERE", "WHEN"])
    assert payload["userErrors"] == []
    countries = "query($id: ID!) { incident(id: $id) { country { iso3 } } }"
    for node in shared.mine():
        seen = shared.seen("ingo-elsewhere", node["id"])
        if seen is not None:
            country = shared.ask("originator", countries, {"id": node["id"]})["incident"]["country"]
            # Its own approved area, the one that is granted now, and what is public.
            open_ = country is not None and country["iso3"] in ("MLI", "SSD")
            assert ("WHERE" in hidden(seen)) is not (open_ or seen["handling"]["tlp"] == "CLEAR"), country
    withdrawn = decide(shared, "WITHDRAW", grant=payload["grant"]["id"])
    assert withdrawn["userErrors"] == []
    after = [shared.seen("ingo-elsewhere", node["id"]) for node in shared.mine()]
    assert [seen and hidden(seen) for seen in after] == [seen and hidden(seen) for seen in before]


def test_what_is_shown_anyway_and_what_no_consent_opens_is_not_asked_for(shared: Shared) -> None:
    id_ = restricted(shared, "ingo-in-area", "AFFECTED")
    assert [item["code"] for item in ask(shared, "ingo-in-area", id_, ["WHAT"])["userErrors"]] == ["ALREADY_SHOWN"]
    for groups in (["PERSONS"], ["ENVELOPE"], []):
        assert [item["code"] for item in ask(shared, "ingo-in-area", id_, groups)["userErrors"]] == ["BAD_USER_INPUT"]


def test_a_decision_says_one_thing(shared: Shared) -> None:
    for decision, more in (
        ("GRANT", {}),
        ("GRANT", {"to": "northwind-aid"}),
        ("GRANT", {"request": "x", "to": "northwind-aid"}),
        ("GRANT", {"request": "x", "exact": False}),
        ("GRANT", {"to": "northwind-aid", "groups": ["WHAT"], "until": "2001-01-01T00:00:00Z"}),
        ("REFUSE", {"request": "x", "groups": ["WHAT"]}),
        ("WITHDRAW", {"grant": "x", "request": "x"}),
    ):
        payload = decide(shared, decision, **more)
        assert [item["code"] for item in payload["userErrors"]] == ["BAD_USER_INPUT"], (decision, more)


def test_nobody_decides_on_what_was_asked_of_another(shared: Shared) -> None:
    id_ = restricted(shared, "ingo-in-area", "AFFECTED")
    request = ask(shared, "ingo-in-area", id_, ["AFFECTED"])["request"]["id"]
    for decision in ("GRANT", "REFUSE", "WITHDRAW"):
        answers = [decide(shared, decision, "ingo-in-area", request=item) for item in (request, "no-such-request", "")]
        assert answers[0] == answers[1] == answers[2], decision
        assert [item["code"] for item in answers[0]["userErrors"]] == ["NOT_FOUND"]
    seen = shared.seen("ingo-in-area", id_)
    assert seen is not None
    assert "AFFECTED" in hidden(seen)


@pytest.mark.parametrize(
    ("mutation", "input_", "selection"),
    [
        ("requestConsent", {"groups": ["ACTOR"], "justification": "?"}, "request { id }"),
        ("withdraw", {"reason": "?"}, "record { id }"),
        ("setRestrictions", {"restrictions": []}, "record { id }"),
        ("declareImminentRisk", {"reason": "?", "until": "2199-01-01T00:00:00Z"}, "declaration { id }"),
        ("requestEmergencyOpening", {"justification": "?"}, "opening { id }"),
    ],
)
def test_unlisted_absent_and_malformed_ids_answer_alike(
    shared: Shared, mutation: str, input_: dict[str, object], selection: str
) -> None:
    unlisted = next(node["id"] for node in shared.mine() if shared.seen("ingo-applicant", node["id"]) is None)
    absent = ("B" if unlisted[10] == "A" else "A").join((unlisted[:10], unlisted[11:]))
    name = mutation[0].upper() + mutation[1:]
    document = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    answers = [
        shared.post("ingo-applicant", document, {"input": {"id": id_, **input_}})
        for id_ in (unlisted, absent, "no id", "")
    ]
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["data"][mutation]["userErrors"][0]["code"] == "NOT_FOUND"
    assert {answer.status_code for answer in answers} == {200}


def test_requests_are_paged_newest_first(shared: Shared) -> None:
    ids = [node["id"] for node in shared.mine() if shared.seen("ingo-elsewhere", node["id"])][:3]
    for id_ in ids:
        assert ask(shared, "ingo-elsewhere", id_, ["AFFECTED"])["request"] or True
    query = "query($after: String) { consentRequests(role: REQUESTER, first: 1, after: $after) { nodes { id requestedAt } pageInfo { hasNextPage endCursor } } }"
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = shared.ask("ingo-elsewhere", query, {"after": after})["consentRequests"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len({node["id"] for node in seen}) == len(seen) >= 3
    assert [node["requestedAt"] for node in seen] == sorted((node["requestedAt"] for node in seen), reverse=True)
    refused = shared.post("ingo-in-area", query, {"after": after}).json()
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", "another's cursor"
