"""The marking of a row: what it says of handling, beside the source's own marking."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import cast

from connectors.errors import Quarantined
from connectors.field_map.answers import Answers
from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from connectors.markings import Markings
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction
from policies.values import Place
from policies.vocabulary import RestrictionReason, SpecialCategory


class RowMarkings:
    """The markings of one source's rows. `originators`: organizations as the platform names them, and our ids."""

    def __init__(self, fields: FieldMap, default: Marking, originators: Mapping[str, str]) -> None:
        self._fields = fields
        self._markings = Markings(default)
        self._originators = originators

    def of(self, answers: Answers, place: Place | None, code: str | None, category: Enum | None) -> Marking:
        """The row's marking; raises `Quarantined` where a word about handling can't be read.

        What a row withholds is added to what the source withholds. `code` and `category`: the platform's and ours.
        """
        changes: dict[str, object] = dict(self._audience(answers))
        originator = self._originator(answers)
        if originator is not None:
            changes["originator"] = originator
        withheld = self._withheld(answers)
        if withheld is not None:
            others = cast("frozenset[Restriction]", changes.get("restrictions", self._markings.default.restrictions))
            changes["restrictions"] = others | {withheld}
        special = self._sensitive(code, category)
        if special is not None:
            named = cast("frozenset[SpecialCategory]", changes.get("special", self._markings.default.special))
            changes["special"] = named | {special}
        country = None if place is None or place.country is None else place.country.iso3
        return self._markings.of(country=country, **changes)

    def _audience(self, answers: Answers) -> Mapping[str, object]:
        try:
            word = answers.code(Target.AUDIENCE)
            return {} if word is None else self._fields.audiences[word]
        except (ValueError, KeyError) as error:
            raise Quarantined("the word about handling is none that `options.audiences` knows") from error

    def _originator(self, answers: Answers) -> str | None:
        """None where rows do not tell: then all are the source's own."""
        if not self._fields.paths(Target.ORIGINATOR):
            return None
        try:
            return self._originators[answers.code(Target.ORIGINATOR) or ""]
        except (ValueError, KeyError) as error:
            raise Quarantined(
                "the row's originator is none that `originators` knows: its marking has no owner"
            ) from error

    def _withheld(self, answers: Answers) -> Restriction | None:
        try:
            groups = frozenset(answers.words(Target.WITHHELD, FieldGroup))
            reason = answers.word(Target.WITHHELD_REASON, RestrictionReason)
        except ValueError as error:
            raise Quarantined("what the row withholds, or why, is no word that `options.values` knows") from error
        return Restriction(groups=groups, reason=reason or RestrictionReason.UNSPECIFIED) if groups else None

    def _sensitive(self, code: str | None, category: Enum | None) -> SpecialCategory | None:
        """Rule 13: what the configuration lists, and whatever could be one of the sensitive codes."""
        if not self._fields.paths(Target.CATEGORY):
            return None
        if code is not None and code in self._fields.options.special:
            return self._fields.options.special[code]
        return SpecialCategory.UNMAPPED_SENSITIVE_CODE if category is None else None
