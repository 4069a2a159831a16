"""Field groups: the unit in which a record is shown, generalised or withheld.

Every field of a shared record belongs to exactly one group, declared in the field's own annotation::

    class Incident(Record, frozen=True, kw_only=True):
        category: Annotated[IncidentCategory, FieldGroup.WHAT]
        ref: Annotated[RecordRef, INTERNAL]          # never leaves the gateway

A field without one stops the start (`UngroupedField`).
"""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import cache
from typing import Final, NamedTuple, get_type_hints

import msgspec


class FieldGroup(IntEnum):
    """The groups of `docs/policy.md`; the value is the group's place in a clearance's tuples."""

    ENVELOPE = 0
    WHAT = 1
    WHEN = 2
    WHERE = 3
    NARRATIVE = 4
    AFFECTED = 5
    PERSONS = 6
    ACTOR = 7
    ORIGIN = 8
    RESPONSE = 9
    PLANS = 10
    REFERENCES = 11


class Effect(IntEnum):
    """What happens to a group; the meet of two decisions is the greater."""

    SHOW = 0
    GENERALIZE = 1
    WITHHOLD = 2


class Reach(Enum):
    """Whether a field of a record belongs to what is shared at all."""

    INTERNAL = "internal"


INTERNAL: Final = Reach.INTERNAL

# Free text can name anything the structured groups hold; rule 7 speaks of these groups as wholes.
TEXT_GROUPS: Final = frozenset({FieldGroup.NARRATIVE, FieldGroup.RESPONSE, FieldGroup.PLANS})
# Free text is shown only where each of these is shown, or the originator marked the text free of it (rule 7).
IDENTIFYING_GROUPS: Final = frozenset(
    {
        FieldGroup.PERSONS,
        FieldGroup.WHERE,
        FieldGroup.WHEN,
        FieldGroup.ACTOR,
        FieldGroup.AFFECTED,
        FieldGroup.ORIGIN,
    }
)
# These have a coarser form: place, time, organization → type, count → range. The others are shown or they are not.
GENERALIZABLE_GROUPS: Final = frozenset(
    {FieldGroup.WHERE, FieldGroup.WHEN, FieldGroup.AFFECTED, FieldGroup.ACTOR, FieldGroup.ORIGIN}
)


class UngroupedField(TypeError):
    """A shared field that declares no field group, or more than one."""


class GroupedField(NamedTuple):
    """A field of a record type, with the group it was declared in."""

    name: str
    group: FieldGroup


@cache
def grouped_fields(record_type: type[msgspec.Struct]) -> tuple[GroupedField, ...]:
    """The shared fields of `record_type` in order of declaration; internal ones are left out.

    Raises `UngroupedField` where a field declares no group.
    """
    hints = get_type_hints(record_type, include_extras=True)
    fields = []
    for field in msgspec.structs.fields(record_type):
        metadata = getattr(hints[field.name], "__metadata__", ())
        groups = [item for item in metadata if isinstance(item, FieldGroup)]
        if INTERNAL in metadata and not groups:
            continue
        if len(groups) != 1:
            raise UngroupedField(
                f"`{record_type.__name__}.{field.name}` declares {len(groups)} field groups: "
                "annotate it with exactly one FieldGroup, or with INTERNAL if it never leaves the gateway"
            )
        fields.append(GroupedField(field.name, groups[0]))
    return tuple(fields)


def is_grouped(value_type: type) -> bool:
    """Whether a value type declares groups of its own (as `SourceCode` does for its scheme)."""
    return issubclass(value_type, msgspec.Struct) and any(
        isinstance(item, FieldGroup)
        for hint in get_type_hints(value_type, include_extras=True).values()
        for item in getattr(hint, "__metadata__", ())
    )
