"""Views: redacted copies of records. A withheld value is absent from the copy, not masked in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NewType

import msgspec

from policies.clearance import Clearance, Redaction, RedactionReason
from policies.groups import Effect, FieldGroup, grouped_fields, is_grouped
from policies.values import Coarsenable, Precisions

View = NewType("View", object)

# A platform's own fields: each item of this field carries its own group and says whether it is free text.
_ITEMS_WITH_GROUPS: Final = "attributes"


def view(record: msgspec.Struct, clearance: Clearance) -> View | None:
    """The copy of `record` that `clearance` allows; None where it is not listed.

    `record` may be any struct whose fields carry groups. Idempotent: a view seen through the same clearance is equal.
    """
    if not clearance.listed:
        return None
    return View(_redacted(record, clearance))


def with_faults(clearance: Clearance, faults: frozenset[FieldGroup]) -> Clearance:
    """`clearance` with `faults` withheld: a value that could not be read is withheld like any other.

    Groups that were withheld anyway keep their reason, so that a fault is told only to who would have seen the value.
    """
    effects = list(clearance.effects)
    redactions = {redaction.group: redaction for redaction in clearance.redactions}
    for group in faults:
        if effects[group] is not Effect.WITHHOLD:
            effects[group] = Effect.WITHHOLD
            redactions[group] = Redaction(group, Effect.WITHHOLD, RedactionReason.SOURCE_FAULT, ())
    ordered = tuple(redactions[group] for group in FieldGroup if group in redactions)
    return msgspec.structs.replace(clearance, effects=tuple(effects), redactions=ordered)


def _redacted(struct: msgspec.Struct, clearance: Clearance) -> msgspec.Struct:
    changes: dict[str, object] = {}
    advised = None
    for name, group, empty, nested in _fields(type(struct)):
        value = getattr(struct, name)
        if name == _ITEMS_WITH_GROUPS:
            changes[name] = tuple(item for item in value if _shows_item(item, clearance))
            continue
        effect = clearance.effects[group]
        if effect is Effect.WITHHOLD:
            changes[name] = empty()
        elif effect is Effect.GENERALIZE:
            changes[name] = _generalized(value, clearance.precision, empty)
        elif clearance.advice is not None and group is FieldGroup.RESPONSE:
            # The declaration's clean text stands in the first field of the group, and nothing in any other.
            changes[name] = clearance.advice if advised is None else empty()
            advised = name
        elif nested and isinstance(value, msgspec.Struct):
            changes[name] = _redacted(value, clearance)
    return msgspec.structs.replace(struct, **changes) if changes else struct


def _shows_item(item: Any, clearance: Clearance) -> bool:  # an attribute of any connector's record
    return clearance.effects[item.group] is Effect.SHOW and (clearance.free_text or not item.text)


def _generalized(value: object, precision: Precisions, empty: Callable[[], object]) -> object:
    """`value` no finer than `precision`; what can't coarsen itself has no general form and is left out."""
    if isinstance(value, Coarsenable):
        return value.at(precision)
    if isinstance(value, tuple) and all(isinstance(item, Coarsenable) for item in value):
        return tuple(dict.fromkeys(item.at(precision) for item in value))
    return empty()


@cache
def _fields(struct_type: type[msgspec.Struct]) -> tuple[tuple[str, FieldGroup, Callable[[], object], bool], ...]:
    """Name, group, what stands for nothing, and whether the value has groups of its own, a shared field each."""
    defaults = {field.name: field for field in msgspec.structs.fields(struct_type)}
    rows = []
    for name, group in grouped_fields(struct_type):
        default = defaults[name].default
        nothing = () if isinstance(default, tuple) else None
        rows.append((name, group, lambda nothing=nothing: nothing, _holds_groups(defaults[name].type)))
    return tuple(rows)


def _holds_groups(hint: Any) -> bool:
    """Whether a field's type is, or may be, a struct that declares groups of its own."""
    arguments = getattr(hint, "__args__", ())
    if isinstance(hint, type):
        return is_grouped(hint)
    return any(_holds_groups(argument) for argument in arguments)
