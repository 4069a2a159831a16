"""An explanation tells effects, rules and reasons in either language, and nothing of openings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from policies.cases import NOW, Case, decide, read_cases
from policies.clearance import Clearance, Remedy
from policies.decision import CedarPolicy
from policies.explanation import Explained, explanation
from policies.groups import Effect, FieldGroup
from policies.rulebook import Language, Rulebook, read_rules, rule_files

BOOK = read_cases()
BOTH = [Language.ENGLISH, Language.FRENCH]


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return read_rules(rule_files())


def decided(rulebook: Rulebook, **case: Any) -> Clearance:
    return decide(BOOK, msgspec.convert({"says": "", **case}, Case), CedarPolicy(rulebook), NOW)


def explained(rulebook: Rulebook, language: Language = Language.ENGLISH, **case: Any) -> list[Explained]:
    return list(explanation(decided(rulebook, **case), rulebook, language))


def test_a_line_a_group_says_what_the_clearance_does(rulebook: Rulebook) -> None:
    clearance = decided(rulebook, who="a partner elsewhere")
    lines = explanation(clearance, rulebook, Language.ENGLISH)
    assert [line.group for line in lines] == list(FieldGroup)
    assert tuple(line.effect for line in lines) == clearance.effects
    redactions = {item.group: item for item in clearance.redactions}
    for line in lines:
        if line.group in redactions:
            assert line.rules == redactions[line.group].rules
            assert line.remedy is redactions[line.group].remedy
        else:
            assert line.remedy is Remedy.NONE


def test_where_says_by_which_rule_and_what_can_be_done(rulebook: Rulebook) -> None:
    where = explained(rulebook, who="a partner elsewhere")[FieldGroup.WHERE]
    assert where == Explained(
        FieldGroup.WHERE,
        Effect.GENERALIZE,
        ("8-outside-approved-areas",),
        ("Outside the areas for which the organization is approved, place and time are given in coarser steps.",),
        Remedy.REQUEST_CONSENT_OR_AREA_APPROVAL,
    )


def test_the_envelope_says_by_which_rule_the_record_is_listed(rulebook: Rulebook) -> None:
    lines = explained(rulebook, who="a partner in the area")
    assert lines[FieldGroup.ENVELOPE].rules == ("3-partners",)
    assert lines[FieldGroup.WHAT].rules == ()


@pytest.mark.parametrize("language", BOTH)
def test_reasons_are_those_of_the_rules_in_the_language(rulebook: Rulebook, language: Language) -> None:
    for line in explained(rulebook, language, who="a partner elsewhere"):
        assert line.reasons == tuple(rulebook.rules[rule].reasons[language] for rule in line.rules)


@pytest.mark.parametrize("language", BOTH)
def test_an_unlisted_record_is_one_line_with_what_kept_it_back(rulebook: Rulebook, language: Language) -> None:
    (line,) = explained(rulebook, language, who="an applicant")
    assert line == Explained(
        None,
        Effect.WITHHOLD,
        ("1-partners-only",),
        (rulebook.rules["1-partners-only"].reasons[language],),
        Remedy.NONE,
    )


def test_where_no_rule_permits_that_is_said(rulebook: Rulebook) -> None:
    closed = {"audience": "ORIGINATOR", "tlp": "AMBER"}
    (english,) = explained(rulebook, who="a partner in the area", marking=closed)
    (french,) = explained(rulebook, Language.FRENCH, who="a partner in the area", marking=closed)
    assert english.rules == french.rules == ("DEFAULT_DENY",)
    assert english.reasons != french.reasons


def test_of_two_parties_only_what_refused_is_told(rulebook: Rulebook) -> None:
    (line,) = explained(
        rulebook,
        who="a partner in the area",
        on_behalf_of="an applicant",
        marking={"permitted_actions": {"relay_to_members": True}},
    )
    assert line.rules == ("1-partners-only",)


def test_nothing_of_an_opening_is_told_to_whom_it_is_not_for(rulebook: Rulebook) -> None:
    marking = {"restrictions": [{"groups": ["ACTOR"]}]}
    with_grant = explained(
        rulebook,
        who="a partner in both areas",
        marking=marking,
        grants=[{"to": "northwind-aid", "groups": ["ACTOR"]}],
    )
    assert with_grant == explained(rulebook, who="a partner in both areas", marking=marking)


def test_a_fault_is_said_as_one(rulebook: Rulebook) -> None:
    texts = dict(rule_files())
    texts["schema.cedarschema"] = texts["schema.cedarschema"].replace(
        "special: Bool,", "special: Bool,\n  extra: Bool,"
    )
    broken = read_rules(texts)
    (line,) = explained(broken, who="the originator")
    assert line.rules == ("POLICY_ERROR",)
    assert "could not be decided" in line.reasons[0]
