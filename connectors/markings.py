"""Markings as a source gives them: the configured default, and what a record's own wire format says beside it.

A source that says nothing about handling gets its configured default, the strictest that source agreed to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, IntEnum
from typing import Final, TypeVar, cast

import msgspec

from connectors.errors import Unconfigured
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import PlacePrecision, TimePrecision
from policies.vocabulary import Audience, TrafficLight, UnMarking

Level = TypeVar("Level", TrafficLight, UnMarking)

# Numbered enumerations are written by name in configuration, as everywhere outside the program.
_NAMED: Final[Mapping[str, type[IntEnum]]] = {
    "groups": FieldGroup,
    "text_free_of": FieldGroup,
    "where": PlacePrecision,
    "when": TimePrecision,
}


def read_marking(data: Mapping[str, object]) -> Marking:
    """The marking written as `data` in configuration; raises `Unconfigured` with the key and what it takes."""
    try:
        return msgspec.convert(_numbered(data, ""), _StrictMarking, strict=True).plain()
    except msgspec.ValidationError as error:
        raise Unconfigured(f"`marking`: {error}") from error


class _StrictMarking(Marking, frozen=True, kw_only=True, forbid_unknown_fields=True):
    def plain(self) -> Marking:
        return Marking(**{name: getattr(self, name) for name in self.__struct_fields__})


def _numbered(value: object, key: str) -> object:
    if key in _NAMED:
        names = value if isinstance(value, list) else [value]
        unknown = [name for name in names if not isinstance(name, str) or name not in _NAMED[key].__members__]
        if unknown:
            raise Unconfigured(f"`{key}`: `{unknown[0]}` is none of {', '.join(_NAMED[key].__members__)}")
        numbers = [_NAMED[key][cast("str", name)].value for name in names]
        return numbers if isinstance(value, list) else numbers[0]
    if isinstance(value, Mapping):
        return {name: _numbered(item, name) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_numbered(item, "") for item in value]
    return value


class Markings:
    """The markings of one source, each made once, so that records of one class share one object."""

    def __init__(self, default: Marking) -> None:
        self.default = default
        self._made: dict[tuple[tuple[str, object], ...], Marking] = {}

    def of(self, country: str | None = None, **changes: object) -> Marking:
        """The default marking with `changes`; `country` (ISO 3166-1 alpha-3) becomes the release area.

        A release area is never finer than the coarsest WHERE that the audience may get: where the marking restricts
        WHERE, the record's country is not used and the configured areas stand.
        """
        key = (("country", country), *sorted(changes.items()))
        made = self._made.get(key)
        if made is None:
            made = msgspec.structs.replace(self.default, **changes)
            restricted = any(FieldGroup.WHERE in restriction.groups for restriction in made.restrictions)
            if country is not None and not restricted and "release_areas" not in changes:
                made = msgspec.structs.replace(made, release_areas=frozenset({country}))
            self._made[key] = made
        return made


# From the narrowest; NAMED and PARTNERS_IN_AREA are not comparable with each other, so the stricter of both is taken.
AUDIENCES: Final = (
    Audience.ORIGINATOR,
    Audience.NAMED,
    Audience.UNSMS,
    Audience.PARTNERS_IN_AREA,
    Audience.PARTNERS,
    Audience.PUBLIC,
)


def narrower(one: Audience, other: Audience) -> Audience:
    """The narrower of two audiences."""
    return min(one, other, key=AUDIENCES.index)


def stricter(one: Level, other: Level) -> Level:
    """The stricter of two levels of TLP or of the UN's marking, which are declared from the loosest."""
    return max(one, other, key=list(type(one)).index)


def by_name(value: str, vocabulary: type[Enum]) -> Enum | None:
    """The member of `vocabulary` that a platform's word means, whatever its case; None where there is none."""
    return vocabulary.__members__.get(value.strip().upper().replace(" ", "_").replace("+", "_").replace("-", "_"))
