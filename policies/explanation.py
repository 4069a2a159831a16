"""Why a requester gets what it gets: effects, rules and their reasons in the language asked for.

Rules only: no opening by its id, its end or whom else it is for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from policies.clearance import Clearance, Remedy
from policies.groups import Effect, FieldGroup
from policies.rulebook import Language, Rulebook
from policies.verdict import DEFAULT_DENY, POLICY_ERROR

# What stands where no rule decided.
_WITHOUT_RULE: Final[Mapping[str, Mapping[Language, str]]] = {
    DEFAULT_DENY: {
        Language.ENGLISH: "No rule lets this requester have it.",
        Language.FRENCH: "Aucune règle ne permet à ce demandeur de l'obtenir.",
    },
    POLICY_ERROR: {
        Language.ENGLISH: "A rule could not be decided, so nothing is shown.",
        Language.FRENCH: "Une règle n'a pas pu être évaluée ; rien n'est donc montré.",
    },
}


class Explained(NamedTuple):
    """What happens to one group and why; `group` is None for a record that is not listed.

    `reasons` are one a rule, in the order of `rules`. Of what is shown only the envelope has rules: those that list it.
    """

    group: FieldGroup | None
    effect: Effect
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    remedy: Remedy


def explanation(clearance: Clearance, rulebook: Rulebook, language: Language) -> Sequence[Explained]:
    """A line a field group, in their order; of an unlisted record one line with the rules that kept it so."""

    def reasons(rules: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            rulebook.rules[rule].reasons[language] if rule in rulebook.rules else _WITHOUT_RULE[rule][language]
            for rule in rules
        )

    if not clearance.listed:
        # Of two parties one may have been permitted: its rules kept nothing back.
        refusing = [rule for rule in clearance.rules if rule not in rulebook.rules or rulebook.rules[rule].forbids]
        rules = tuple(refusing)
        return (Explained(None, Effect.WITHHOLD, rules, reasons(rules), Remedy.NONE),)
    redactions = {redaction.group: redaction for redaction in clearance.redactions}
    lines = []
    for group in FieldGroup:
        redaction = redactions.get(group)
        if redaction is not None:
            rules, remedy = redaction.rules, redaction.remedy
        else:
            rules, remedy = (clearance.rules if group is FieldGroup.ENVELOPE else ()), Remedy.NONE
        lines.append(Explained(group, clearance.effect(group), rules, reasons(rules), remedy))
    return tuple(lines)
