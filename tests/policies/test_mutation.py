"""A rule removed or weakened in any one place fails a case; the score is printed (`pytest -s`)."""

from __future__ import annotations

import pytest

from policies.cases import NOW, Book, read_cases
from policies.mutation import EQUIVALENT, Score, mutants, scored
from policies.rulebook import policy_documents, rule_files

BOOK = read_cases()
NOTES = '@id("99-test") @basis("test") @reason("test") @reason_fr("test")'


@pytest.fixture(scope="module")
def score() -> Score:
    return scored(rule_files(), BOOK, NOW)


def test_every_mutant_is_caught_by_a_case(score: Score) -> None:
    print(  # noqa: T201 - the score is what `pytest -s` is asked for
        f"\n{score.caught} mutants caught, {len(score.equivalent)} equivalent, {len(score.survivors)} survive"
    )
    assert not [(mutant.rule, mutant.change) for mutant in score.survivors]
    assert score.caught > 300


def test_the_reviewed_list_holds_equivalent_mutants_only(score: Score) -> None:
    assert {(mutant.rule, mutant.change) for mutant in score.equivalent} == set(EQUIVALENT)


def test_no_rule_can_be_dropped() -> None:
    assert not [rule for rule, change in EQUIVALENT if change == "dropped"]


def test_without_its_cases_the_mutants_of_a_rule_survive() -> None:
    # The test of the test: no other file tells what may be counted.
    others = Book(BOOK.cast, [case for case in BOOK.cases if case.rule == "03_audience"])
    found = scored(rule_files(), others, NOW, only=lambda rule: rule == "12-fixed-tables")
    assert {mutant.change for mutant in found.survivors} == {"dropped", "without `when`"}


def test_a_mutant_that_does_not_fit_the_schema_is_not_counted() -> None:
    rule = f'{NOTES} forbid (principal, action == Action::"tally", resource) when {{ ["X"].contains(resource.group) }};'
    found = scored({**rule_files(), "99_test.cedar": rule}, BOOK, NOW, only=lambda rule: rule == "99-test")
    # The empty set that is left of `["X"]` has no type.
    assert found.unfit == 1


@pytest.mark.parametrize(
    ("condition", "changes"),
    [
        ("resource.special && resource.withdrawn", {"without `resource.special`", "without `resource.withdrawn`"}),
        ("resource.special || resource.withdrawn", {"without `resource.special`", "without `resource.withdrawn`"}),
        ('resource.tlp == "RED"', {'`!=` in `(resource.tlp) == "RED"`'}),
        ("!resource.special", {"not negated: `!(resource.special)`"}),
        (
            '["A", "B"].containsAny(resource.named)',
            {
                '`containsAll` in `["A", "B"].containsAny(resource.named)`',
                'without "A" of `["A", "B"]`',
                'without "B" of `["A", "B"]`',
            },
        ),
    ],
)
def test_a_rule_is_changed_in_every_place(condition: str, changes: set[str]) -> None:
    rule = f'{NOTES} permit (principal, action == Action::"tally", resource) when {{ {condition} }};'
    found = {mutant.change for mutant in mutants(policy_documents({"99_test.cedar": rule}))}
    assert found == {"dropped", "without `when`", *changes}


def test_a_list_of_actions_loses_each() -> None:
    rule = f'{NOTES} permit (principal, action in [Action::"carry", Action::"tally"], resource);'
    found = [mutant.change for mutant in mutants(policy_documents({"99_test.cedar": rule}))]
    assert found == ["dropped", "without the action `carry`", "without the action `tally`"]
