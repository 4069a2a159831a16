"""Cedar's answers: a clean Allow, or a refusal with the rules that refused."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import cedarpy

from policies.rulebook import Rulebook

log = logging.getLogger("slt.policy")

DEFAULT_DENY: Final = "DEFAULT_DENY"
POLICY_ERROR: Final = "POLICY_ERROR"

Attributes = Mapping[str, object]


class Question(NamedTuple):
    """May the requester take `action` on the resource of this name?"""

    action: str
    resource: str


class Verdict(NamedTuple):
    """The answer to one question, and the rules that decided it, by their numbers."""

    allowed: bool
    rules: tuple[str, ...]


def ask(
    book: Rulebook,
    requester: Attributes,
    resources: Mapping[str, Attributes],
    questions: Sequence[Question],
    *,
    kind: str = "Slice",
    context: Attributes | None = None,
) -> dict[Question, Verdict]:
    """A verdict a question, whatever happens: what does not fit the schema is a refusal."""
    asker = {"type": "Profile", "id": "requester"}
    entities: list[dict[str, object]] = [{"uid": asker, "attrs": requester, "parents": []}]
    entities += [
        {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}
        for name, attributes in resources.items()
    ]
    requests: list[Any] = [
        {
            "principal": asker,
            "action": {"type": "Action", "id": question.action},
            "resource": {"type": kind, "id": question.resource},
            "context": context or {},
        }
        for question in questions
    ]
    try:
        known = cedarpy.Entities.from_json_str(json.dumps(entities), book.schema)
        answers = cedarpy.is_authorized_batch(requests, book.policies, known, book.schema)
    except ValueError:
        log.error("POLICY_ERROR: the attributes of a decision do not fit the schema; nothing is shown")
        return dict.fromkeys(questions, Verdict(False, (POLICY_ERROR,)))
    return {question: _verdict(answer) for question, answer in zip(questions, answers, strict=True)}


def _verdict(answer: cedarpy.AuthzResult) -> Verdict:
    """A clean Allow or a refusal: Cedar skips a forbid whose condition errs, and then its Allow is not clean."""
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        log.error("POLICY_ERROR: a rule erred or gave no decision; nothing is shown")
        return Verdict(False, (POLICY_ERROR,))
    rules = tuple(sorted(answer.diagnostics.reasons, key=rule_order))
    return Verdict(answer.allowed, rules or (DEFAULT_DENY,))


def rule_order(rule: str) -> tuple[int, str]:
    """Rules by their number, so that `13-special` follows `8-plans`."""
    number = rule.partition("-")[0]
    return (int(number) if number.isdigit() else 1_000, rule)
