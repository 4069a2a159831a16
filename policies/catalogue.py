"""Every rule with its reason, as a Markdown table in either language: the tables of `docs/policy.md`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.rulebook import Language, Rulebook

_HEADINGS: Final[Mapping[Language, tuple[str, ...]]] = {
    Language.ENGLISH: ("rule", "effect", "basis", "reason"),
    Language.FRENCH: ("règle", "effet", "fondement", "raison"),
}
_EFFECTS: Final[Mapping[Language, Mapping[bool, str]]] = {
    Language.ENGLISH: {True: "forbids", False: "permits"},
    Language.FRENCH: {True: "interdit", False: "permet"},
}
_BASIS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.ENGLISH: {},
    Language.FRENCH: {"product rule": "règle du produit"},
}


def catalogue(rulebook: Rulebook, language: Language) -> str:
    """The table, ended by a line break; rules in the order of their files."""
    headings = _HEADINGS[language]
    rows = [headings, ("---",) * len(headings)]
    for rule in rulebook.rules.values():
        basis = rule.basis
        for words, translated in _BASIS[language].items():
            basis = basis.replace(words, translated)
        rows.append((f"`{rule.id}`", _EFFECTS[language][rule.forbids], basis, rule.reasons[language]))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
