"""Conditions matched on views, in Kleene's three-valued logic: True, False, or None for unknown.

A withheld value, and a value finer than what is shown, is unknown. A generalised value matches where its whole cell
does. So no answer to any filter depends on a value beneath the view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final, TypeAlias

import msgspec

from gateway.federation.viewed import Viewed
from policies.condition import All, Condition, Field, Interval, Not, Operator, Test
from policies.condition import Any as AnyOf
from policies.groups import Effect, FieldGroup, grouped_fields
from policies.values import Moment, PlacePrecision

_PATHS: Final[Mapping[Field, Sequence[str]]] = {field: field.value.split(".") for field in Field}
# Looked up once: an enumeration's members are looked up slowly.
_WITHHOLD, _GENERALIZE, _IS_NULL, _HAS = Effect.WITHHOLD, Effect.GENERALIZE, Operator.IS_NULL, Operator.HAS
# Where WHERE is generalised, an area finer than the clearance's precision is unknown rather than null.
_AREA_PRECISION: Final[Mapping[Field, PlacePrecision]] = {
    Field.ADMIN1: PlacePrecision.ADMIN1,
    Field.ADMIN2: PlacePrecision.ADMIN2,
}

# Where ORIGIN is generalised, only the type of the originator is left of it.
_FINER_THAN_GENERAL: Final = frozenset({Field.ORIGINATOR, Field.SOURCE})


# What a condition says of a view: True, False, or None where the view does not tell.
Known: TypeAlias = Callable[[Viewed], bool | None]


def matching(condition: Condition | None) -> Known:
    """Whether `condition` is known to hold on a view, as a function: it is read once for all views."""
    if condition is None:
        return lambda _viewed: True
    match condition:
        case Test():
            return partial(_test, condition, _PATHS[condition.field], _AREA_PRECISION.get(condition.field))
        case Not(part):
            return partial(_not, matching(part))
        case All(parts) if len(parts) == 1:
            return matching(parts[0])
        case All(parts):
            return partial(_weakest, False, [matching(part) for part in parts])
        case AnyOf(parts):
            return partial(_weakest, True, [matching(part) for part in parts])


def evaluate(condition: Condition, viewed: Viewed) -> bool | None:
    """What `condition` says of one view."""
    return matching(condition)(viewed)


def _not(part: Known, viewed: Viewed) -> bool | None:
    known = part(viewed)
    return None if known is None else not known


def _weakest(decisive: bool, parts: Sequence[Known], viewed: Viewed) -> bool | None:
    """`decisive` where any part has it, unknown where any part is unknown, else its opposite."""
    told: bool | None = not decisive
    for part in parts:
        known = part(viewed)
        if known is decisive:
            return decisive
        if known is None:
            told = None
    return told


def _test(test: Test, path: Sequence[str], area: PlacePrecision | None, viewed: Viewed) -> bool | None:
    value: Any = viewed.view
    group = _group(value.__class__, path[0])
    if group is None:
        return None
    clearance = viewed.clearance
    effect = clearance.effects[group]
    if effect is _WITHHOLD:
        return None
    if effect is _GENERALIZE and (
        test.field in _FINER_THAN_GENERAL or (area is not None and clearance.precision.where > area)
    ):
        return None
    for name in path:
        value = getattr(value, name, None)
        if value is None:
            break
    operator = test.operator
    if operator is _IS_NULL:
        return (value is None) is test.value
    if operator is _HAS:
        return _has(value, test.value)
    return None if value is None else _COMPARISONS[operator](value, test.value)


@cache
def _group(record_type: type[msgspec.Struct], name: str) -> FieldGroup | None:
    """The group of a kind's field; None where the kind has none of that name."""
    return dict(grouped_fields(record_type)).get(name)


def _has(attributes: Any, asked: Any) -> bool | None:
    """A key that is not among those shown is unknown: it may be withheld."""
    key, values = asked
    found = [item.value for item in attributes if item.key == key]
    if not found:
        return None
    return any(value in values for value in found)


def _within(value: Any, interval: Any) -> bool | None:
    """Whether the whole cell lies in the interval; unknown where only a part does, as the moment may be in either."""
    start, end = (value.start, value.end) if isinstance(value, Moment) else (value, value)
    after = interval.start is None or start >= interval.start
    before = interval.end is None or _ends_before(start, end, interval)
    if after and before:
        return True
    outside_before = interval.start is not None and (end <= interval.start if end > start else end < interval.start)
    outside_after = interval.end is not None and start >= interval.end
    return False if outside_before or outside_after else None


def _ends_before(start: datetime, end: datetime, interval: Interval) -> bool:
    """`[start, end)` ends within an interval that excludes its own end; an instant must lie before it."""
    assert interval.end is not None
    return end <= interval.end if end > start else end < interval.end


_COMPARISONS: Final[Mapping[Operator, Callable[[Any, Any], bool | None]]] = {
    Operator.IN: lambda value, asked: value in asked,
    Operator.WITHIN: _within,
    Operator.AT_LEAST: lambda value, asked: value >= asked,
    Operator.AT_MOST: lambda value, asked: value <= asked,
    Operator.CONTAINS: lambda value, asked: asked.casefold() in value.casefold(),
}
