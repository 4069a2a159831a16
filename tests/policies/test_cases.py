"""The cases beside the rules hold, and there are as many refusals as permits for every rule."""

from __future__ import annotations

import pytest

from policies.cases import NOW, Case, faults, read_cases
from policies.decision import CedarPolicy
from policies.rulebook import read_rules, rule_files

BOOK = read_cases()


@pytest.fixture(scope="module")
def policy() -> CedarPolicy:
    return CedarPolicy(read_rules(rule_files()))


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: f"{case.rule}: {case.says}")
def test_case(case: Case, policy: CedarPolicy) -> None:
    assert not faults(BOOK, case, policy, NOW), case.says


def test_every_rule_file_has_cases_with_permits_and_refusals() -> None:
    rules = {name.removesuffix(".cedar") for name in rule_files() if name.endswith(".cedar")}
    assert {case.rule for case in BOOK.cases} == rules
    for rule in rules:
        cases = [case for case in BOOK.cases if case.rule == rule]
        assert any(not case.refuses for case in cases), rule
        assert any(case.refuses for case in cases), rule


def test_every_rule_that_refuses_is_named_by_a_case() -> None:
    # Those that permit are held by `test_mutation.py`: without any one of them a case fails.
    named = {rule for case in BOOK.cases for rule in case.because}
    assert named >= {rule.id for rule in read_rules(rule_files()).rules.values() if rule.forbids}


@pytest.mark.parametrize("rule", sorted({case.rule for case in BOOK.cases}))
def test_the_cases_of_a_rule_refuse_as_often_as_they_permit(rule: str) -> None:
    cases = [case for case in BOOK.cases if case.rule == rule]
    refusals = sum(case.refuses for case in cases)
    assert refusals >= len(cases) - refusals
