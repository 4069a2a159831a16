"""Which fields an organization gives of a record of its own, read from the record types: nothing lists them again."""

from __future__ import annotations

from types import NoneType
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import msgspec

from connectors.records import RECORD_TYPES
from policies.groups import grouped_fields
from policies.vocabulary import InformationKind

# Whose record it is and where it lies is known; persons are not taken in unless an operator says so (rule 7), and here
# nobody says so; a platform's own fields have their groups from its operator's mapping.
NOT_GIVEN: Final = frozenset({"shared_at", "originator", "source", "persons", "attributes"})


class GivenField(NamedTuple):
    """A field by its record's name: its value's type, whether there can be several, and what stands if left out."""

    name: str
    value: type
    many: bool
    default: Any


def given_fields(kind: InformationKind) -> tuple[GivenField, ...]:
    """The fields of records of `kind` that their organization gives, in order of declaration."""
    record_type = RECORD_TYPES[kind]
    hints = get_type_hints(record_type)
    defaults = {field.name: field.default for field in msgspec.structs.fields(record_type)}
    return tuple(
        GivenField(name, *_value(hints[name]), defaults[name])
        for name, _ in grouped_fields(record_type)
        if name not in NOT_GIVEN
    )


def _value(hint: Any) -> tuple[type, bool]:
    """The type itself, and whether the field is a tuple of it: `X`, `X | None` or `tuple[X, ...]`."""
    if get_origin(hint) is tuple:
        return get_args(hint)[0], True
    alternatives = [item for item in get_args(hint) if item is not NoneType]
    return (alternatives[0] if alternatives else hint), False
