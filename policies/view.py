"""Views: redacted copies of records. A withheld value is absent from the copy, not masked in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import Any, Final, NamedTuple, NewType, TypeGuard

import msgspec

from policies.clearance import Clearance, Redaction, RedactionReason
from policies.groups import Effect, FieldGroup, grouped_fields, is_grouped
from policies.values import Coarsenable, Precisions

View = NewType("View", object)

# A platform's own fields: each item of this field carries its own group and says whether it is free text.
_ITEMS_WITH_GROUPS: Final = "attributes"
# Ways to make views of records; a requester meets as many as its decisions differ in effects.
_KEPT: Final = 4096


def view(record: msgspec.Struct, clearance: Clearance) -> View | None:
    """The copy of `record` that `clearance` allows; None where it is not listed.

    `record` may be any struct whose fields carry groups. Idempotent: a view seen through the same clearance is equal.
    """
    if not clearance.listed:
        return None
    seen = _Seen(clearance.effects, clearance.free_text, clearance.precision, clearance.advice)
    return View(_redaction(type(record), seen).of(record))


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


class _Redaction(NamedTuple):
    """How the records of one type become views: fields that stand empty, and fields made of their values."""

    empty: Mapping[str, object]
    made: Sequence[tuple[str, Callable[[Any], object]]]

    def of(self, struct: msgspec.Struct) -> msgspec.Struct:
        changes = dict(self.empty)
        for name, make in self.made:
            changes[name] = make(getattr(struct, name))
        return msgspec.structs.replace(struct, **changes) if changes else struct


class _Seen(NamedTuple):
    """What of a clearance a view is made by. Many clearances have it in common."""

    effects: tuple[Effect, ...]
    free_text: bool
    precision: Precisions
    advice: str | None


@lru_cache(_KEPT)
def _redaction(struct_type: type[msgspec.Struct], seen: _Seen) -> _Redaction:
    empty: dict[str, object] = {}
    made: list[tuple[str, Callable[[Any], object]]] = []
    advised = False
    for name, group, nothing, nested in _fields(struct_type):
        effect = seen.effects[group]
        if name == _ITEMS_WITH_GROUPS:
            made.append((name, partial(_shown_items, seen)))
        elif effect is Effect.WITHHOLD:
            empty[name] = nothing
        elif effect is Effect.GENERALIZE:
            made.append((name, partial(_generalized, seen.precision, nothing)))
        elif seen.advice is not None and group is FieldGroup.RESPONSE:
            # The declaration's clean text stands in the first field of the group, and nothing in any other.
            empty[name] = nothing if advised else seen.advice
            advised = True
        elif nested:
            made.append((name, partial(_nested, seen)))
    return _Redaction(empty, made)


def _nested(seen: _Seen, value: Any) -> Any:
    """A value that declares groups of its own."""
    return _redaction(type(value), seen).of(value) if isinstance(value, msgspec.Struct) else value


def _shown_items(seen: _Seen, items: tuple[Any, ...]) -> tuple[Any, ...]:  # attributes of any connector's record
    effects, free_text = seen.effects, seen.free_text
    return tuple([item for item in items if effects[item.group] is Effect.SHOW and (free_text or not item.text)])


def _generalized(precision: Precisions, nothing: object, value: object) -> object:
    """`value` no finer than `precision`; what can't coarsen itself has no general form and is left out."""
    if value is None:
        return nothing
    if isinstance(value, tuple):
        if all(_coarsens(item) for item in value):
            return tuple(dict.fromkeys(item.at(precision) for item in value))
    elif _coarsens(value):
        return value.at(precision)
    return nothing


def _coarsens(value: Any) -> TypeGuard[Coarsenable]:
    """As `isinstance` says, which is slow with protocols."""
    return _known_to_coarsen(value.__class__)


@cache
def _known_to_coarsen(kind: type[object]) -> bool:
    return issubclass(kind, Coarsenable)


@cache
def _fields(struct_type: type[msgspec.Struct]) -> tuple[tuple[str, FieldGroup, object, bool], ...]:
    """Name, group, what stands for nothing, and whether the value has groups of its own, a shared field each."""
    defaults = {field.name: field for field in msgspec.structs.fields(struct_type)}
    rows = []
    for name, group in grouped_fields(struct_type):
        nothing = () if isinstance(defaults[name].default, tuple) else None
        rows.append((name, group, nothing, _holds_groups(defaults[name].type)))
    return tuple(rows)


def _holds_groups(hint: Any) -> bool:
    """Whether a field's type is, or may be, a struct that declares groups of its own."""
    arguments = getattr(hint, "__args__", ())
    if isinstance(hint, type):
        return is_grouped(hint)
    return any(_holds_groups(argument) for argument in arguments)
