"""What must hold whatever the rules say, over requester classes × marking classes × groups.

The markings hold every pair of values of their attributes (`space.py`), and every requester meets every marking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, cycle, product
from typing import Any, Final, NamedTuple

import pytest

from policies.cases import read_cases
from policies.clearance import Clearance
from policies.decision import CedarPolicy
from policies.groups import Effect, FieldGroup
from policies.openings import Declaration, Emergency
from policies.requester import Requester
from policies.rulebook import Rulebook, read_rules, rule_files
from policies.slices import FREE_TEXT, NOTHING, Reached, opening_attributes, profile_attributes, slice_attributes
from policies.verdict import POLICY_ERROR, Question, Verdict, ask
from policies.vocabulary import Audience, RecordStatus, TrafficLight
from tests.policies.space import (
    FACTORS,
    NOW,
    OPENINGS,
    ORIGINATOR,
    PARTNER,
    PERSON,
    PUBLIC,
    SHARED,
    UNMEANT,
    covering,
    record,
)

EVERYBODY: Final = read_cases().cast.requesters
TEST_CLIENTS: Final = {name: profile for name, profile in EVERYBODY.items() if profile.test}
CAST: Final = {name: profile for name, profile in EVERYBODY.items() if not profile.test}
EVERY: Final = covering(FACTORS)
SHARED_ROWS: Final = covering(SHARED)
ROWS: Final = [*EVERY, *SHARED_ROWS, *covering(PUBLIC)]
WHO: Final = {
    **{name: Requester(profile=profile, client="test") for name, profile in CAST.items()},
    **{
        f"a person of {name}": Requester(profile=CAST[name], client="test", person=PERSON)
        for name in ("a partner in the area", "an applicant")
    },
}
# Platform, member, the areas for which it authorised the platform, and the person who asks.
PLATFORMS: Final = [
    Requester(profile=CAST[platform], on_behalf_of=CAST[member], authorized_areas=areas, client="test", person=person)
    for platform, member, areas, person in (
        ("a partner in the area", "a partner in both areas", None, None),
        ("a partner in the area", "a partner in both areas", frozenset(), None),
        ("a partner in both areas", "a partner in the area", frozenset({"SSD"}), PERSON),
        ("a partner elsewhere", "DSS headquarters", None, None),
        ("the originator", "a partner elsewhere", None, None),
        ("a partner in the area", "the originator", None, None),
        ("a suspended organization", "a partner in the area", None, None),
        ("a partner in the area", "an applicant", None, None),
    )
]
FOUR_GROUPS: Final = {FieldGroup.WHAT, FieldGroup.WHERE, FieldGroup.WHEN, FieldGroup.RESPONSE}
REACHED: Final = (
    NOTHING,
    Reached(granted=True),
    Reached(granted=True, granted_exactly=True),
    Reached(imminent_risk=True),
    Reached(emergency=True),
)


class Decided(NamedTuple):
    """One requester's decision on the record of one row, without its opening and with it."""

    name: str
    row: Mapping[str, Any]
    without: Clearance
    opened: Clearance

    @property
    def own(self) -> bool:
        return WHO[self.name].profile.organization == ORIGINATOR

    @property
    def both(self) -> tuple[Clearance, Clearance]:
        return self.without, self.opened


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return read_rules(rule_files())


@pytest.fixture(scope="module")
def policy(rulebook: Rulebook) -> CedarPolicy:
    return CedarPolicy(rulebook)


@pytest.fixture(scope="module")
def decided(policy: CedarPolicy) -> list[Decided]:
    return [
        Decided(
            name,
            row,
            policy.decide(who, record(row, opened=False), NOW),
            policy.decide(who, record(row, opened=True), NOW),
        )
        for name, who in WHO.items()
        for row in ROWS
    ]


def clearances(decided: list[Decided]) -> Iterator[Clearance]:
    for item in decided:
        yield from item.both


def at_most(clearance: Clearance, other: Clearance) -> bool:
    """Whether `clearance` shows nothing that `other` does not."""
    return (
        clearance.listed <= other.listed
        and all(mine >= theirs for mine, theirs in zip(clearance.effects, other.effects, strict=True))
        and clearance.free_text <= other.free_text
        and clearance.carried <= other.carried
    )


def test_the_space_holds_every_pair_of_values() -> None:
    for one, other in combinations(FACTORS, 2):
        assert {(row[one], row[other]) for row in EVERY} == set(product(FACTORS[one], FACTORS[other]))


def test_the_space_lists_withholds_and_opens(decided: list[Decided]) -> None:
    strangers = [item for item in decided if not item.own]
    assert any(item.without.listed for item in strangers)
    assert any(not item.opened.listed for item in strangers)
    for opening in OPENINGS:
        assert any(item.row["opening"] == opening and item.without.effects != item.opened.effects for item in strangers)


def test_what_is_not_listed_reveals_nothing(decided: list[Decided]) -> None:
    unlisted = [clearance for clearance in clearances(decided) if not clearance.listed]
    assert unlisted
    for clearance in unlisted:
        assert set(clearance.effects) == {Effect.WITHHOLD}
        assert not clearance.redactions
        assert not clearance.openings
        assert not clearance.obligations
        assert clearance.advice is None
        assert not clearance.free_text
        assert not clearance.carried


def test_the_envelope_of_every_listed_record_is_shown(decided: list[Decided]) -> None:
    for clearance in clearances(decided):
        assert (clearance.effect(FieldGroup.ENVELOPE) is Effect.SHOW) is clearance.listed


def test_an_own_record_is_whole(decided: list[Decided]) -> None:
    for item in decided:
        if item.own:
            for clearance in item.both:
                assert set(clearance.effects) == {Effect.SHOW}, item
                assert clearance.free_text
                assert clearance.carried


def test_a_stranger_never_sees_more_than_a_partner(decided: list[Decided]) -> None:
    # Without openings: a grant names whom it is for, a stranger too.
    strangers = {
        (WHO[item.name].person, id(item.row)): item.without for item in decided if item.name.endswith("an applicant")
    }
    assert any(clearance.listed for clearance in strangers.values())
    for item in decided:
        assert at_most(strangers[WHO[item.name].person, id(item.row)], item.without), item


def test_every_redaction_names_a_rule_and_every_hidden_group_has_one(decided: list[Decided]) -> None:
    for clearance in clearances(decided):
        if clearance.listed:
            hidden = [group for group in FieldGroup if clearance.effect(group) is not Effect.SHOW]
            assert [item.group for item in clearance.redactions] == hidden
            assert all(item.rules for item in clearance.redactions)


def test_openings_only_add(decided: list[Decided]) -> None:
    for item in decided:
        assert at_most(item.without, item.opened), item


def test_a_declaration_and_an_emergency_open_four_groups_only(decided: list[Decided]) -> None:
    for item in decided:
        if all(isinstance(opening, Declaration | Emergency) for opening in OPENINGS[item.row["opening"]]):
            more = {
                group for group in FieldGroup if item.opened.effect(group) is not item.without.effect(group)
            } - FOUR_GROUPS
            # A declaration also lists the record.
            assert more <= (set() if item.without.listed else {FieldGroup.ENVELOPE}), item
            assert item.opened.free_text is item.without.free_text, item


def test_an_emergency_lists_nothing(decided: list[Decided]) -> None:
    for item in decided:
        if item.row["opening"] == "emergency":
            assert item.opened.listed is item.without.listed


def test_special_records_exist_only_for_the_originator_and_those_it_names(decided: list[Decided]) -> None:
    for item in decided:
        who = WHO[item.name]
        if item.row["special"] and not item.own and not {who.profile.organization, who.person} & item.row["named"]:
            assert not item.opened.listed, item


def test_no_declaration_or_emergency_opens_a_special_record(decided: list[Decided]) -> None:
    for item in decided:
        if item.row["special"] and item.row["opening"] in ("declaration", "declaration with advice", "emergency"):
            assert item.opened.effects == item.without.effects, item


def test_a_withdrawn_record_exists_for_its_originator_only(decided: list[Decided]) -> None:
    for item in decided:
        if item.row["withdrawn"]:
            assert item.opened.listed is item.own, item


def test_a_test_or_a_draft_exists_for_its_originator_only(policy: CedarPolicy) -> None:
    for who, row in product(WHO.values(), covering(UNMEANT)):
        decided = policy.decide(who, record(row, opened=True), NOW)
        own = who.profile.organization == ORIGINATOR
        assert decided.listed is own, (who, row)
        assert set(decided.effects) == {Effect.SHOW if own else Effect.WITHHOLD}


def test_a_test_client_reads_tests_of_its_own_organization_and_nothing_else(policy: CedarPolicy) -> None:
    for profile, row in product(TEST_CLIENTS.values(), [*covering(UNMEANT), *ROWS]):
        decided = policy.decide(Requester(profile=profile, client="test"), record(row, opened=True), NOW)
        own_test = row.get("status") is RecordStatus.TEST and profile.organization == ORIGINATOR
        assert decided.listed is own_test, (profile, row)
        assert set(decided.effects) == {Effect.SHOW if own_test else Effect.WITHHOLD}


def test_few_partners_make_nothing_finer(policy: CedarPolicy) -> None:
    for row in SHARED_ROWS:
        key = record(row, opened=True)
        few, many = (
            policy.decide(WHO["a partner elsewhere"], key._replace(few_partners=flag), NOW) for flag in (True, False)
        )
        assert few.effects == many.effects
        assert few.precision.where >= many.precision.where
        assert few.precision.when >= many.precision.when


def test_a_platform_and_its_member_get_no_more_than_either(policy: CedarPolicy) -> None:
    listed = 0
    for who, row in product(PLATFORMS, SHARED_ROWS):
        key = record(row, opened=True)
        together = policy.decide(who, key, NOW)
        listed += together.listed
        for party in who.parties:
            alone = policy.decide(Requester(profile=party, client="test", person=who.person), key, NOW)
            assert at_most(together, alone), (who, key)
    assert listed


def test_exact_implies_coarse(rulebook: Rulebook) -> None:
    names = [*(group.name for group in FieldGroup), FREE_TEXT]
    both = [(Question("exact", name), Question("coarse", name)) for name in names]
    parties = [WHO[name] for name in ("the originator", "DSS headquarters", "a partner in the area", "an applicant")]
    facts = cycle(product(REACHED, (False, True)))
    for (who, row), (reached, text_identifies) in zip(product(parties, ROWS), facts, strict=False):
        key = record(row, opened=False)
        verdicts = ask(
            rulebook,
            profile_attributes(who.profile, who.person),
            {
                name: slice_attributes(key, name, NOW, text_identifies=text_identifies, reached=reached)
                for name in names
            },
            [question for pair in both for question in pair],
        )
        for exact, coarse in both:
            assert verdicts[coarse].allowed or not verdicts[exact].allowed, (who, row, reached)


OPEN: Final = record(
    {
        **{name: values[0] for name, values in FACTORS.items()},
        "audience": Audience.PUBLIC,
        "tlp": TrafficLight.CLEAR,
        "emergency": True,
        "named": frozenset({PARTNER}),
    },
    opened=False,
)
READS: Final = ("list", "exact", "coarse", "carry", "tally", "withdraw", "requestConsent")


def refused(verdicts: Mapping[Question, Verdict]) -> bool:
    return set(verdicts.values()) == {Verdict(False, (POLICY_ERROR,))}


@pytest.mark.parametrize("missing", sorted(profile_attributes(CAST["the originator"], None)))
def test_a_profile_without_an_attribute_is_given_nothing(rulebook: Rulebook, missing: str) -> None:
    for profile in CAST.values():
        attributes = profile_attributes(profile, PERSON)
        del attributes[missing]
        slices = {group.name: slice_attributes(OPEN, group.name, NOW) for group in FieldGroup}
        assert refused(ask(rulebook, attributes, slices, [Question(*pair) for pair in product(READS, slices)]))


@pytest.mark.parametrize("missing", sorted(slice_attributes(OPEN, "WHAT", NOW)))
def test_a_marking_without_an_attribute_gives_nothing(rulebook: Rulebook, missing: str) -> None:
    for profile in CAST.values():
        slices = {group.name: slice_attributes(OPEN, group.name, NOW) for group in FieldGroup}
        # One slice alone is enough: the others are asked of in the same batch.
        del slices["WHAT"][missing]
        attributes = profile_attributes(profile, PERSON)
        assert refused(ask(rulebook, attributes, slices, [Question(*pair) for pair in product(READS, slices)]))


@pytest.mark.parametrize("missing", sorted(opening_attributes(OPENINGS["emergency"][0], OPEN.marking, "WHAT")))
def test_an_opening_without_an_attribute_reaches_nobody(rulebook: Rulebook, missing: str) -> None:
    who = profile_attributes(CAST["a partner in the area"], PERSON)
    for openings, action in product(OPENINGS.values(), ("consent", "imminentRisk", "emergency")):
        whole = opening_attributes(openings[0], OPEN.marking, "WHAT")
        part = {name: value for name, value in whole.items() if name != missing}
        assert refused(ask(rulebook, who, {"WHAT": part}, [Question(action, "WHAT")], kind="Opening"))


def test_with_every_attribute_the_same_questions_are_answered(rulebook: Rulebook) -> None:
    slices = {group.name: slice_attributes(OPEN, group.name, NOW) for group in FieldGroup}
    for profile in CAST.values():
        attributes = profile_attributes(profile, PERSON)
        assert ask(rulebook, attributes, slices, [Question("list", "ENVELOPE")])[Question("list", "ENVELOPE")].allowed
