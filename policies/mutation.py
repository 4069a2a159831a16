"""Mutants of the rules: each weakened or strengthened in one place, through its JSON form; a case has to catch each.

A rule dropped, a condition dropped, an operand of `&&` or `||` dropped, a comparison flipped, a member of a literal set
or of a list of actions removed, `containsAny` and `containsAll` exchanged, a negation dropped. A mutant that no longer
fits the schema could never be installed and is not counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import cedarpy

from policies.cases import TALLY, Book, Case, faults
from policies.decision import Act, CedarPolicy
from policies.rulebook import Rulebook, actions_of, policy_documents, policy_set, read_rules

Json = dict[str, Any]

_EXCHANGED: Final = {"==": "!=", "!=": "==", "containsAny": "containsAll", "containsAll": "containsAny"}
_OPERATIONS: Final = frozenset({TALLY, *(act.value for act in Act)})
# Reviewed: mutants that change no decision, and why.
EQUIVALENT: Final[Mapping[tuple[str, str], str]] = {
    (
        "7-free-text",
        'without `["NARRATIVE", "RESPONSE", "PLANS", "FREE_TEXT"].contains(resource.group)`',
    ): "`textIdentifies` is set on slices of text only; the groups are named for the reader and as a second lock",
    (
        "7-free-text",
        "without `unless`",
    ): "to its originator every identifying group is shown, so its text gives nothing away; every forbid names it",
}


class Mutant(NamedTuple):
    """One changed rule; `policy` in Cedar's JSON form, None where the rule is dropped."""

    rule: str
    change: str
    policy: Json | None


class Score(NamedTuple):
    """What became of the mutants; `equivalent` are those of `EQUIVALENT`, which no case can catch."""

    caught: int
    equivalent: Sequence[Mutant]
    survivors: Sequence[Mutant]
    unfit: int


def mutants(documents: Mapping[str, Json]) -> Iterator[Mutant]:
    """Every mutant of rules in JSON form by id, fit or not, in the order of the rules."""
    for rule, policy in documents.items():
        yield Mutant(rule, "dropped", None)
        actions = policy["action"].get("entities", [])
        for number, action in enumerate(actions):
            fewer = {"op": "in", "entities": actions[:number] + actions[number + 1 :]}
            yield Mutant(rule, f"without the action `{action['id']}`", policy | {"action": fewer})
        conditions = policy["conditions"]
        for number, condition in enumerate(conditions):
            before, after = conditions[:number], conditions[number + 1 :]
            yield Mutant(rule, f"without `{condition['kind']}`", policy | {"conditions": before + after})
            for body, change in _changes(condition["body"]):
                changed = {"kind": condition["kind"], "body": body}
                yield Mutant(rule, change, policy | {"conditions": [*before, changed, *after]})


def scored(texts: Mapping[str, str], book: Book, now: float, only: Callable[[str], bool] = lambda _: True) -> Score:
    """Each mutant of the rules in `texts` decided until a case catches it, the cases of its own rule first.

    `only` chooses rules by their ids; raises `InvalidRules`.
    """
    rulebook, documents = read_rules(texts), policy_documents(texts)
    caught, unfit = 0, 0
    equivalent: list[Mutant] = []
    survivors: list[Mutant] = []
    for mutant in mutants({rule: policy for rule, policy in documents.items() if only(rule)}):
        if not _fits(mutant, rulebook):
            unfit += 1
        elif _caught(mutant, rulebook, documents, book, now):
            caught += 1
        else:
            (equivalent if (mutant.rule, mutant.change) in EQUIVALENT else survivors).append(mutant)
    return Score(caught, equivalent, survivors, unfit)


def _changes(expression: Json) -> Iterator[tuple[Json, str]]:
    """Every expression that differs from this one in one place, and how."""
    ((operator, body),) = expression.items()
    if operator in ("&&", "||"):
        yield body["left"], f"without `{_text(body['right'])}`"
        yield body["right"], f"without `{_text(body['left'])}`"
    if operator in _EXCHANGED:
        yield {_EXCHANGED[operator]: body}, f"`{_EXCHANGED[operator]}` in `{_text(expression)}`"
    if operator == "!":
        yield body["arg"], f"not negated: `{_text(expression)}`"
    if operator == "Set":
        for number, member in enumerate(body):
            yield {"Set": body[:number] + body[number + 1 :]}, f"without {_text(member)} of `{_text(expression)}`"
    if isinstance(body, dict) and operator != "Value":
        for part, inner in body.items():
            if isinstance(inner, dict):
                for changed, change in _changes(inner):
                    yield {operator: body | {part: changed}}, change


def _text(expression: Json) -> str:
    """An expression as Cedar writes it, on one line."""
    everything = {"op": "All"}
    policy = {
        "effect": "permit",
        "principal": everything,
        "action": everything,
        "resource": everything,
        "conditions": [{"kind": "when", "body": expression}],
    }
    written = cedarpy.policies_from_json_str(_document({"expression": policy}))
    return " ".join(written[written.index("{") + 1 : written.rindex("}")].split())


def _fits(mutant: Mutant, rulebook: Rulebook) -> bool:
    if mutant.policy is None:
        return True
    text = cedarpy.policies_from_json_str(_document({mutant.rule: mutant.policy}))
    return cedarpy.validate_policies(text, rulebook.schema).validation_passed


def _caught(mutant: Mutant, rulebook: Rulebook, documents: Mapping[str, Json], book: Book, now: float) -> bool:
    changed = {rule: policy for rule, policy in documents.items() if rule != mutant.rule}
    if mutant.policy is not None:
        changed[mutant.rule] = mutant.policy
    policy = CedarPolicy(rulebook._replace(policies=policy_set(changed)))

    file = f"{int(mutant.rule.partition('-')[0]):02}_"
    operations = actions_of(documents[mutant.rule]) & _OPERATIONS

    def likely_last(case: Case) -> tuple[bool, bool, bool]:
        of_its_action = case.operation in operations if operations else case.operation is None
        return (not of_its_action, mutant.rule not in case.because, not case.rule.startswith(file))

    return any(faults(book, case, policy, now) for case in sorted(book.cases, key=likely_last))


def _document(policies: Mapping[str, Json]) -> str:
    return json.dumps({"staticPolicies": policies, "templates": {}, "templateLinks": []})
