"""The cases beside the rules hold, and there are as many refusals as permits for every rule."""

from __future__ import annotations

import pytest

from policies.cases import Book, Case, faults, read_cases
from policies.decision import CedarPolicy
from policies.rulebook import read_rules, rule_files

BOOK = read_cases()
NOW = 1000.0


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


def test_the_cases_refuse_as_often_as_they_permit() -> None:
    refusals = sum(case.refuses for case in BOOK.cases)
    assert refusals >= len(BOOK.cases) - refusals


def test_every_rule_decides_in_some_case(policy: CedarPolicy) -> None:
    book: Book = BOOK
    named = {rule for case in book.cases for rule in case.because}
    assert named >= set(read_rules(rule_files()).rules)
