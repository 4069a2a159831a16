"""The marking of a row: what it says of handling, beside the source's own marking.

A reporter's word chooses among the markings of `audiences`, to which the operator agreed. Whatever else a row says of
handling only narrows: the stricter of the row's word and of what would stand without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.errors import Quarantined
from connectors.field_map.readers import Reader, Readers, Row
from connectors.field_map.targets import HANDLING, Answer, Target
from connectors.markings import Markings, stricter
from policies.marking import Marking, Restriction
from policies.vocabulary import RestrictionReason, SpecialCategory

# A platform's free text may be among the keys, so what is kept is bounded.
_KEPT: Final = 4096


class RowMarkings:
    """The markings of one source's rows. `originators`: organizations as the platform names them, and our ids."""

    def __init__(self, readers: Readers, default: Marking, originators: Mapping[str, str]) -> None:
        self._fields = readers.fields
        self._markings = Markings(default)
        self._originators = originators
        self._take = readers.taking(readers.fields.paths(*HANDLING))
        self._made: dict[tuple[object, ...], Marking] = {}
        self._code = {
            target: readers.code(target) for target in (Target.AUDIENCE, Target.ORIGINATOR, Target.THIRD_PARTY)
        }
        self._word = {
            target: readers.word(target) for target in (Target.WITHHELD_REASON, Target.TLP, Target.UN_MARKING)
        }
        self._withheld = readers.words(Target.WITHHELD)
        self._answers = {
            target: _answer(readers, target)
            for target in (Target.RELAY, Target.ATTRIBUTION, Target.NOTIFY_ON_USE, Target.EMERGENCY, Target.STATISTICS)
        }
        self._consent = _answer(readers, Target.THIRD_PARTY_CONSENT)

    def of(self, row: Row, country: str | None, special: SpecialCategory | None) -> Marking:
        """The row's marking; raises `Quarantined` where a word about handling can't be read.

        What a row withholds is added to what the source withholds. `country`: ISO 3166-1 alpha-3. `special`: the
        special category that the row's code is, if any (rule 13).
        """
        # Text and null as they are, all else as its notation: `1` is not `true`, and lists have no hash.
        told = [it if it is None or it.__class__ is str else (repr(it),) for it in self._take(row)]
        key = (country, special, *told)
        made = self._made.get(key)
        if made is None:
            made = self._markings.of(country=country, **self._changes(row, special))
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = made
        return made

    def _changes(self, row: Row, special: SpecialCategory | None) -> Mapping[str, object]:
        """How the row's marking differs from the source's."""
        default = self._markings.default
        changes = dict(self._audience(row))
        if self._fields.paths(Target.ORIGINATOR):
            changes["originator"] = self._originator(row)
        if special is not None:
            changes["special"] = default.special | {special}
        chosen = msgspec.structs.replace(default, **changes)
        return changes | self._withholding(row, chosen) | self._narrowed(row, chosen) | self._third(row, chosen)

    def _audience(self, row: Row) -> dict[str, object]:
        try:
            word = self._code[Target.AUDIENCE](row)
            return {} if word is None else self._fields.audiences[word]
        except (ValueError, KeyError) as error:
            raise Quarantined("the word about handling is none that `options.audiences` knows") from error

    def _originator(self, row: Row) -> str:
        try:
            return self._originators[self._code[Target.ORIGINATOR](row) or ""]
        except (ValueError, KeyError) as error:
            raise Quarantined(
                "the row's originator is none that `originators` knows: its marking has no owner"
            ) from error

    def _withholding(self, row: Row, chosen: Marking) -> dict[str, object]:
        try:
            groups = frozenset(self._withheld(row) or ())
            reason = self._word[Target.WITHHELD_REASON](row)
        except ValueError as error:
            raise Quarantined("what the row withholds, or why, is no word that `options.values` knows") from error
        if not groups:
            return {}
        withheld = Restriction(groups=groups, reason=reason or RestrictionReason.UNSPECIFIED)
        return {"restrictions": chosen.restrictions | {withheld}}

    def _narrowed(self, row: Row, chosen: Marking) -> dict[str, object]:
        try:
            tlp, un_marking = self._word[Target.TLP](row), self._word[Target.UN_MARKING](row)
            told = {target: answer(row) for target, answer in self._answers.items()}
        except ValueError as error:
            raise Quarantined("what the row says of handling is no word that `options.values` knows") from error
        actions = chosen.permitted_actions
        return {
            "tlp": chosen.tlp if tlp is None else stricter(chosen.tlp, tlp),
            "un_marking": chosen.un_marking if un_marking is None else stricter(chosen.un_marking, un_marking),
            "permitted_actions": msgspec.structs.replace(
                actions,
                relay_to_members=actions.relay_to_members and told[Target.RELAY] is not Answer.NO,
                attribution=actions.attribution and told[Target.ATTRIBUTION] is not Answer.NO,
                notify_on_use=actions.notify_on_use or told[Target.NOTIFY_ON_USE] is Answer.YES,
            ),
            "emergency": chosen.emergency and told[Target.EMERGENCY] is not Answer.NO,
            "statistics": chosen.statistics and told[Target.STATISTICS] is not Answer.NO,
        }

    def _third(self, row: Row, chosen: Marking) -> dict[str, object]:
        """Whom the originator had it from. A consent counts for the organization that the row itself names."""
        try:
            name, consent = self._code[Target.THIRD_PARTY](row), self._consent(row)
        except ValueError as error:
            raise Quarantined("the row's third party, or its consent, can't be read") from error
        if name is None:
            return {}
        unasked = chosen.third_party is not None and not chosen.third_party_consent
        return {
            "third_party": self._originators.get(name, name),
            "third_party_consent": consent is Answer.YES and not unasked,
        }


def _answer(readers: Readers, target: Target) -> Reader[Answer]:
    """Yes or no, as JSON's booleans or in the platform's words."""
    word = readers.word(target)
    take = readers.taking(readers.fields.paths(target))

    def read(row: Row) -> Answer | None:
        told = next((value for value in take(row) if value is not None and value != ""), None)
        if isinstance(told, bool):
            return Answer.YES if told else Answer.NO
        return word(row)

    return read
