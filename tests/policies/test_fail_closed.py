"""Whatever is not a clean Allow shows nothing."""

from __future__ import annotations

import pytest

from policies.cases import read_cases
from policies.clearance import DecisionKey, RedactionReason
from policies.decision import CedarPolicy
from policies.groups import Effect, FieldGroup
from policies.marking import Marking
from policies.requester import Requester
from policies.rulebook import InvalidRules, read_rules, rule_files
from policies.vocabulary import Audience, TrafficLight

CAST = read_cases().cast
OPEN = Marking(originator="harbour-relief", audience=Audience.PUBLIC, tlp=TrafficLight.CLEAR)


def asked_by(name: str) -> Requester:
    return Requester(profile=CAST.requesters[name], client="test")


def with_rule(text: str) -> CedarPolicy:
    return CedarPolicy(read_rules({**rule_files(), "99_test.cedar": text}))


def test_a_forbid_that_errs_withholds_instead_of_being_skipped() -> None:
    # Cedar skips a policy whose condition errs; here it overflows for one group only.
    policy = with_rule(
        '@id("99-errs") @basis("test") @reason("errs") @reason_fr("errs") forbid (principal, action in Action::"reveal", resource)'
        ' when { resource.group == "WHAT" && 9223372036854775807 + 1 > 0 };'
    )
    clearance = policy.decide(asked_by("an applicant"), DecisionKey(OPEN), 0.0)
    assert clearance.listed
    assert clearance.effect(FieldGroup.WHAT) is Effect.WITHHOLD
    assert clearance.effect(FieldGroup.WHERE) is Effect.SHOW
    reasons = {item.group: item.reason for item in clearance.redactions}
    assert reasons[FieldGroup.WHAT] is RedactionReason.POLICY_ERROR


def test_an_erring_rule_on_listing_lists_nothing() -> None:
    policy = with_rule(
        '@id("99-errs") @basis("test") @reason("errs") @reason_fr("errs") permit (principal, action == Action::"list", resource)'
        " when { 9223372036854775807 + 1 > 0 };"
    )
    assert not policy.decide(asked_by("an applicant"), DecisionKey(OPEN), 0.0).listed


def test_an_attribute_the_schema_does_not_know_shows_nothing() -> None:
    texts = dict(rule_files())
    texts["schema.cedarschema"] = texts["schema.cedarschema"].replace(
        "special: Bool,", "special: Bool,\n  extra: Bool,"
    )
    policy = CedarPolicy(read_rules(texts))
    clearance = policy.decide(asked_by("the originator"), DecisionKey(OPEN), 0.0)
    assert not clearance.listed
    assert set(clearance.effects) == {Effect.WITHHOLD}


def test_without_any_permit_nothing_is_listed() -> None:
    texts = {name: text for name, text in rule_files().items() if name[:2] not in ("02", "03")}
    clearance = CedarPolicy(read_rules(texts)).decide(asked_by("the originator"), DecisionKey(OPEN), 0.0)
    assert not clearance.listed
    assert clearance.rules == ("DEFAULT_DENY",)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace("resource.special", "resource.speciall"), "speciall"),
        (lambda text: text.replace('@reason("Records', '@because("Records'), "13-special"),
        (lambda text: text.replace('@id("13-special")', '@id("2-originator")'), "2-originator"),
        (lambda text: text + "\nforbid (", "unexpected"),
    ],
)
def test_rules_that_do_not_fit_their_schema_or_lack_a_note_are_refused(change, named: str) -> None:  # type: ignore[no-untyped-def]
    texts = dict(rule_files())
    texts["13_special_categories.cedar"] = change(texts["13_special_categories.cedar"])
    with pytest.raises(InvalidRules, match=named):
        read_rules(texts)


def test_the_version_changes_with_every_byte_of_the_rules() -> None:
    texts = dict(rule_files())
    before = read_rules(texts).version
    texts["13_special_categories.cedar"] += "\n"
    assert read_rules(texts).version != before


def test_a_remembered_decision_ends_at_the_boundary_it_rests_on() -> None:
    from policies.marking import Restriction

    marking = Marking(
        originator="harbour-relief",
        audience=Audience.PARTNERS,
        tlp=TrafficLight.GREEN,
        restrictions=frozenset({Restriction(groups=frozenset({FieldGroup.ACTOR}), since=100.0, until=200.0)}),
    )
    policy = CedarPolicy(read_rules(rule_files()))
    seen = [
        policy.decide(asked_by("DSS headquarters"), DecisionKey(marking), now).effect(FieldGroup.ACTOR)
        for now in (99.9, 100.0, 199.9, 200.0)
    ]
    assert seen == [Effect.SHOW, Effect.WITHHOLD, Effect.WITHHOLD, Effect.SHOW]


def test_a_rule_that_tells_of_a_restriction_where_there_is_none_still_withholds() -> None:
    policy = with_rule(
        '@id("99-odd") @basis("test") @reason("odd") @reason_fr("odd") @redaction("RESTRICTION")'
        ' forbid (principal, action in Action::"reveal", resource) when { resource.group == "WHAT" };'
    )
    clearance = policy.decide(asked_by("an applicant"), DecisionKey(OPEN), 0.0)
    assert clearance.effect(FieldGroup.WHAT) is Effect.WITHHOLD
    assert {item.group: item.reason for item in clearance.redactions}[FieldGroup.WHAT] is RedactionReason.UNSPECIFIED


def test_a_rule_with_an_unknown_redaction_is_refused_when_it_is_read() -> None:
    with pytest.raises(InvalidRules, match=r"99-odd.*BECAUSE"):
        with_rule(
            '@id("99-odd") @basis("test") @reason("odd") @reason_fr("odd") @redaction("BECAUSE")'
            ' forbid (principal, action in Action::"reveal", resource);'
        )
