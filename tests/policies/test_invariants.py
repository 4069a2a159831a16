"""Over the whole space of requester classes, marking classes and groups: what must hold whatever the rules say."""

from __future__ import annotations

from itertools import product

import pytest

from policies.cases import read_cases
from policies.clearance import Clearance, DecisionKey
from policies.decision import CedarPolicy
from policies.groups import Effect, FieldGroup
from policies.marking import Marking, Restriction
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import Audience, SpecialCategory, TrafficLight, UnMarking

CAST = read_cases().cast
ORIGINATOR = "harbour-relief"
RESTRICTED = frozenset({Restriction(groups=frozenset({FieldGroup.ACTOR, FieldGroup.WHERE}))})
MARKINGS = [
    Marking(
        originator=ORIGINATOR,
        audience=audience,
        tlp=tlp,
        un_marking=un_marking,
        third_party=third_party,
        special=special,
        restrictions=restrictions,
        release_areas=areas,
    )
    for audience, tlp, un_marking, third_party, special, restrictions, areas in product(
        Audience,
        (TrafficLight.CLEAR, TrafficLight.AMBER, TrafficLight.RED),
        (UnMarking.UNCLASSIFIED, UnMarking.CONFIDENTIAL),
        (None, "somebody"),
        (frozenset(), frozenset({SpecialCategory.SEXUAL_VIOLENCE})),
        (frozenset(), RESTRICTED),
        (frozenset({"SSD"}), frozenset()),
    )
]
STRANGER = "an applicant"


@pytest.fixture(scope="module")
def clearances() -> dict[tuple[str, Marking], Clearance]:
    policy = CedarPolicy(read_rules(rule_files()))
    return {
        (name, marking): policy.decide(Requester(profile=profile, client="test"), DecisionKey(marking), 1000.0)
        for name, profile in CAST.requesters.items()
        for marking in MARKINGS
    }


def test_what_is_not_listed_reveals_nothing(clearances: dict[tuple[str, Marking], Clearance]) -> None:
    unlisted = [clearance for clearance in clearances.values() if not clearance.listed]
    assert unlisted
    for clearance in unlisted:
        assert set(clearance.effects) == {Effect.WITHHOLD}
        assert not clearance.redactions
        assert not clearance.free_text


def test_the_envelope_of_every_listed_record_is_shown(clearances: dict[tuple[str, Marking], Clearance]) -> None:
    for clearance in clearances.values():
        assert (clearance.effect(FieldGroup.ENVELOPE) is Effect.SHOW) is clearance.listed


def test_an_own_record_is_whole(clearances: dict[tuple[str, Marking], Clearance]) -> None:
    for (name, _), clearance in clearances.items():
        if CAST.requesters[name].organization == ORIGINATOR:
            assert set(clearance.effects) == {Effect.SHOW}


def test_a_stranger_never_sees_more_than_a_partner(clearances: dict[tuple[str, Marking], Clearance]) -> None:
    for (name, marking), clearance in clearances.items():
        stranger = clearances[STRANGER, marking]
        if stranger.listed:
            assert clearance.listed, (name, marking)
            for group in FieldGroup:
                assert clearance.effect(group) <= stranger.effect(group), (name, marking, group)


def test_every_redaction_names_a_rule_and_every_hidden_group_has_one(
    clearances: dict[tuple[str, Marking], Clearance],
) -> None:
    for clearance in clearances.values():
        if clearance.listed:
            hidden = [group for group in FieldGroup if clearance.effect(group) is not Effect.SHOW]
            assert [item.group for item in clearance.redactions] == hidden
            assert all(item.rules for item in clearance.redactions)


def test_special_records_exist_for_nobody_but_the_originator(
    clearances: dict[tuple[str, Marking], Clearance],
) -> None:
    for (name, marking), clearance in clearances.items():
        if marking.special:
            assert clearance.listed is (CAST.requesters[name].organization == ORIGINATOR)
