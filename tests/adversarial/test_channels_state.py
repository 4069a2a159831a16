"""The known channels of state: caches, missing attributes, a standing that has changed, writes on others' records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import policies.judgement as judgement_module
from connectors.records import RecordRef
from gateway.partnership.admission import suspend_partnership
from policies.cases import read_cases
from policies.clearance import Clearance, DecisionKey
from policies.decision import CedarPolicy
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.openings import Declaration, Emergency, Grant, Openings
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind
from tests.adversarial.house import public_id
from tests.adversarial.scene import OPEN, PARTNER, RESTRICTED, WITH_HIDDEN
from tests.adversarial.selections import everything
from tests.adversarial.street import Street, street

WHOLE = f"{{ incidents(first: 100) {{ totalCount {{ value }} nodes {{ {everything('Incident')} }} }} }}"
PAGE = "query($a: String) { incidents(first: 1, after: $a) { pageInfo { endCursor } } }"
CAST = read_cases().cast
OPENED = Openings(
    (
        Grant(id="g", to="northwind-aid", groups=frozenset({FieldGroup.ACTOR})),
        Declaration(id="d", areas=frozenset({"SSD"}), until=2000.0),
        Emergency(id="e", to="meridian-health", until=2000.0),
    )
)
KEYS = [
    DecisionKey(OPEN),
    DecisionKey(RESTRICTED),
    DecisionKey(msgspec.structs.replace(RESTRICTED, emergency=True), openings=OPENED),
    DecisionKey(Marking(originator="northwind-aid")),
]
ASKERS = [PARTNER, "a partner elsewhere", "DSS headquarters", "an applicant"]


def test_17_what_one_requester_warmed_is_not_what_another_reads(houses: Street) -> None:
    """17: caches. After everybody has asked, each receives what a gateway that never met the others gives it."""
    houses.left.fill(WITH_HIDDEN)
    houses.right.fill(WITH_HIDDEN)
    originator = houses.client("the originator")
    for _ in range(2):
        for client in houses.clients:
            warmed = houses.left.post(houses.token(client), {"query": WHOLE})
            assert warmed == houses.left.post(houses.token(client), {"query": WHOLE})
            assert warmed == houses.right.post(houses.token(client), {"query": WHOLE})
            assert houses.left.post(houses.token(originator), {"query": WHOLE}) != houses.left.post(
                houses.token(houses.client("an applicant")), {"query": WHOLE}
            )


@pytest.mark.parametrize("flattening", ["profile_attributes", "slice_attributes", "opening_attributes"])
def test_21_a_missing_attribute_never_shows_more(monkeypatch: pytest.MonkeyPatch, flattening: str) -> None:
    """21: a missing attribute fails open. Each attribute of requester and marking dropped in turn: never more is shown."""
    whole: Callable[..., dict[str, object]] = getattr(judgement_module, flattening)
    names: set[str] = set()

    def noting(*args: Any, **kwargs: Any) -> dict[str, object]:
        attributes = whole(*args, **kwargs)
        names.update(attributes)
        return attributes

    monkeypatch.setattr(judgement_module, flattening, noting)
    before = decided()
    assert any(clearance.listed for clearance in before)
    assert len(names) > 3
    for dropped in sorted(names):

        def lacking(*args: Any, dropped: str = dropped, **kwargs: Any) -> dict[str, object]:
            return {name: value for name, value in whole(*args, **kwargs).items() if name != dropped}

        monkeypatch.setattr(judgement_module, flattening, lacking)
        for known, without in zip(before, decided(), strict=True):
            assert not without.listed or known.listed, dropped
            assert all(without.effect(group) >= known.effect(group) for group in FieldGroup), dropped
            assert not without.free_text or known.free_text, dropped


def decided() -> list[Clearance]:
    """What each asker is given of each marking, by a policy that remembers nothing."""
    policy = CedarPolicy(read_rules(rule_files()))
    return [
        policy.decide(Requester(profile=CAST.requesters[name], client="test"), key, 1000.0)
        for name in ASKERS
        for key in KEYS
    ]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Street]:
    with street(tmp_path) as built:
        built.left.fill(WITH_HIDDEN)
        yield built


def test_22_a_suspension_counts_for_the_old_token_at_once(own: Street) -> None:
    """22: stale status. The next request with the same token gets what a suspended organization gets, and no more."""
    client = own.client(PARTNER)
    token, suspended = own.token(client), own.token(own.client("a suspended organization"))
    before = own.left.post(token, {"query": WHOLE}).json()["data"]["incidents"]
    assert before["totalCount"]["value"] > 3
    cursor = own.left.post(token, {"query": PAGE}).json()["data"]["incidents"]["pageInfo"]["endCursor"]
    suspend_partnership(own.left.store, client.organization, "a test")
    own.left.look()
    assert own.left.post(token, {"query": WHOLE}) == own.left.post(suspended, {"query": WHOLE})
    expired = own.left.post(token, {"query": PAGE, "variables": {"a": cursor}}).json()
    assert expired["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"


RESTRICTED_ID, HIDDEN_ID, ABSENT_ID = (
    public_id(RecordRef("alpha", InformationKind.INCIDENT_REPORT, key)) for key in ("restricted", "hidden-1", "absent")
)
WRITES = {
    "withdraw": 'reason: "x"',
    "setRestrictions": "restrictions: []",
    "requestConsent": 'groups: [ACTOR], justification: "x"',
    "declareImminentRisk": 'reason: "x", until: "2026-11-19T00:00:00Z"',
    "requestEmergencyOpening": 'justification: "x"',
}


@pytest.mark.parametrize("name", WRITES)
def test_24_a_write_is_decided_on_the_record_it_is_for(houses: Street, name: str) -> None:
    """24: authorise one object, change another. Unlisted, absent and malformed ids are alike; a listed record of
    another's is refused to all but its originator, save for asking its consent."""
    houses.left.fill(WITH_HIDDEN)
    query = (
        f"mutation($id: ID!) {{ {name}(input: {{id: $id, {WRITES[name]}}}) {{ userErrors {{ field code message }} }} }}"
    )
    token = houses.token(houses.client(PARTNER))

    def ask(id_: str) -> Any:
        return houses.left.post(token, {"query": query, "variables": {"id": id_}})

    try:
        nothing = {ask(id_) for id_ in (HIDDEN_ID, ABSENT_ID, "x", "")}
        assert len(nothing) == 1
        assert [error["code"] for error in nothing.pop().json()["data"][name]["userErrors"]] == ["NOT_FOUND"]
        codes = [error["code"] for error in ask(RESTRICTED_ID).json()["data"][name]["userErrors"]]
        assert codes == ([] if name == "requestConsent" else ["NOT_ALLOWED"])
    finally:
        houses.left.forget()


def test_24_consent_is_decided_by_the_originator_of_its_record(houses: Street) -> None:
    """24: a request for consent is decided on the record it was made for, whoever knows its id."""
    houses.left.fill(WITH_HIDDEN)
    asking = 'mutation($id: ID!) { requestConsent(input: {id: $id, groups: [ACTOR], justification: "x"}) { request { id } } }'
    deciding = (
        "mutation($r: ID!) { decideConsent(input: {request: $r, decision: GRANT}) { userErrors { code message } } }"
    )
    partner = houses.token(houses.client(PARTNER))
    try:
        made = houses.left.post(partner, {"query": asking, "variables": {"id": RESTRICTED_ID}}).json()
        request = made["data"]["requestConsent"]["request"]["id"]
        answers = {
            houses.left.post(houses.token(houses.client(label)), {"query": deciding, "variables": {"r": id_}})
            for label in (PARTNER, "DSS headquarters", "a partner elsewhere")
            for id_ in (request, request[::-1])
        }
        assert len(answers) == 1
        assert b"NOT_FOUND" in answers.pop().body
    finally:
        houses.left.forget()
