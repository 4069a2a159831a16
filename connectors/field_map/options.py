"""The field map in configuration, and as the mapping reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import Final

import msgspec

from connectors.errors import Unconfigured
from connectors.field_map.readers import Described, Readers
from connectors.field_map.targets import FOREIGN, VOCABULARIES, Target
from connectors.formats.attributes import Declaration
from connectors.formats.handling import marking_changes
from connectors.markings import by_name
from policies.marking import Marking
from policies.vocabulary import InformationKind, OrganizationType, SpecialCategory

_UNDESCRIBED: Final[Mapping[str, Described]] = {}


class FieldMapOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys of a connector's options.

    `fields`: a platform's field by its path, and what it fills; of several for one target the first filled counts.
    `values`: a platform's words and ours, a table a target. `attributes`: the platform's own fields, each with its
    group. `ignored`: what is not read. `audiences`: what each word about handling means, as keys of a marking.
    `special`: category codes that are special categories. `persons`: whether people are read into PERSONS.
    """

    fields: dict[str, Target]
    values: dict[Target, dict[str, str]] = msgspec.field(default_factory=dict)
    attributes: dict[str, Declaration] = msgspec.field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    audiences: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    special: dict[str, SpecialCategory] = msgspec.field(default_factory=dict)
    persons: bool = False
    scheme: str
    language: str | None = None
    organization_type: OrganizationType = OrganizationType.UNKNOWN

    def __post_init__(self) -> None:
        paths = [*self.fields, *self.attributes, *self.ignored]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise ValueError(f"`{twice[0]}` stands in more than one of `fields`, `attributes`, `ignored`: keep one")


class FieldMap:
    """Options with their words read; raises `Unconfigured` for a word that its vocabulary does not have."""

    def __init__(self, kind: InformationKind, options: FieldMapOptions, default: Marking) -> None:
        for path, target in options.fields.items():
            if target in FOREIGN[kind]:
                raise Unconfigured(f"`options.fields.{path}`: `{target.value}` has no place in {kind.value}")
        self.options = options
        self.declared = frozenset({*options.fields, *options.attributes, *options.ignored})
        self._paths: dict[Target, list[str]] = {}
        for path, target in options.fields.items():
            self._paths.setdefault(target, []).append(path)
        unused = [target.value for target in options.values if target not in {*VOCABULARIES, Target.COUNTRY}]
        if unused:
            raise Unconfigured(f"`options.values.{unused[0]}`: only fields of fixed words have a table of values")
        self.words: Mapping[Target, Mapping[str, Enum]] = {
            target: _words(target, codes) for target, codes in options.values.items() if target in VOCABULARIES
        }
        self.audiences = {code: marking_changes(default, changes) for code, changes in options.audiences.items()}
        if self.paths(Target.AUDIENCE) and not self.audiences:
            raise Unconfigured("`options.audiences` is missing: say what each word about handling means")
        if self.paths(Target.THIRD_PARTY_CONSENT) and not self.paths(Target.THIRD_PARTY):
            raise Unconfigured("`options.fields`: `third_party_consent` needs a field that fills `third_party`")
        self._layout: Sequence[str] = (*options.fields, *options.attributes)
        self._readers = Readers(self, _UNDESCRIBED, None, self._layout)

    def paths(self, *targets: Target) -> list[str]:
        """The fields that fill one of `targets`."""
        return [path for target in targets for path in self._paths.get(target, ())]

    def readers(
        self,
        described: Mapping[str, Described] = _UNDESCRIBED,
        separator: str | None = None,
        layout: Sequence[str] | None = None,
    ) -> Readers:
        """The readers of rows whose fields the platform describes so; made anew where the description is another."""
        layout = self._layout if layout is None else layout
        known = self._readers
        if known.described is not described or known.separator != separator or known.layout is not layout:
            self._readers = Readers(self, described, separator, layout)
        return self._readers

    def word_of(self, target: Target, code: str) -> Enum | None:
        """The word that a code means: by the table of `values`, or by its name where there is no table."""
        table = self.words.get(target)
        return by_name(code, VOCABULARIES[target]) if table is None else table.get(code)

    def codes_of(self, target: Target, words: Collection[object]) -> list[str]:
        """The codes that mean one of `words`; for countries, alpha-3 codes are the words."""
        if target is Target.COUNTRY:
            table: Mapping[str, object] | None = self.options.values.get(target)
        else:
            table = self.words[target]
        return (
            sorted(str(word) for word in words)
            if table is None
            else sorted(code for code, word in table.items() if word in words)
        )


def _words(target: Target, codes: Mapping[str, str]) -> dict[str, Enum]:
    vocabulary = VOCABULARIES[target]
    found = {}
    for code, word in codes.items():
        member = by_name(word, vocabulary)
        if member is None:
            raise Unconfigured(
                f"`options.values.{target.value}.{code}`: `{word}` is none of {', '.join(vocabulary.__members__)}"
            )
        found[code] = member
    return found
