"""Whether a condition holds on a view: the kit's own reading of `policies.condition`, apart from the gateway's.

Two readings that were written apart and agree (tests/connectors/kit) are a better judge of connectors than one.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from connectors.records import Record
from policies.clearance import Clearance, Handling
from policies.condition import All, Condition, Field, Interval, Not, Operator, Test
from policies.groups import GENERALIZABLE_GROUPS, Effect, FieldGroup, grouped_fields
from policies.marking import PermittedActions
from policies.values import Moment, PlacePrecision, Precisions, TimePrecision
from policies.view import view
from policies.vocabulary import TrafficLight, UnMarking

FULL: Final = Precisions(where=PlacePrecision.POSITION, when=TimePrecision.INSTANT)
_LEVELS: Final = {Field.ADMIN1: PlacePrecision.ADMIN1, Field.ADMIN2: PlacePrecision.ADMIN2}
_NAMES: Final = frozenset({Field.ORIGINATOR, Field.SOURCE})


class Seen(msgspec.Struct, frozen=True):
    """A record as it is shown by a clearance."""

    record: Record
    shown: Any  # a view: a copy of any record type
    clearance: Clearance


def seen(record: Record, precision: Precisions | None = None) -> Seen:
    """The record as it is, or with each group that has a general form generalised to `precision`."""
    general = frozenset[FieldGroup]() if precision is None else GENERALIZABLE_GROUPS
    clearance = Clearance(
        listed=True,
        effects=tuple(Effect.GENERALIZE if group in general else Effect.SHOW for group in FieldGroup),
        free_text=True,
        precision=precision or FULL,
        redactions=(),
        handling=Handling(TrafficLight.RED, UnMarking.UNCLASSIFIED, PermittedActions()),
        obligations=(),
        rules=(),
        valid_until=None,
        policy_version="conformance kit",
    )
    return Seen(record, view(record, clearance), clearance)


def value_of(shown: Any, field: Field) -> Any:  # a view of any record type, and any of its values
    """What a view shows of a field; None where there is nothing."""
    value = shown
    for name in field.value.split("."):
        value = getattr(value, name, None)
    return value


def holds(condition: Condition, what: Seen) -> bool | None:
    """True, False, or None where the view does not tell."""
    if isinstance(condition, Test):
        return _told(condition, what)
    if isinstance(condition, Not):
        inner = holds(condition.part, what)
        return inner if inner is None else not inner
    parts = {holds(part, what) for part in condition.parts}
    decided = not isinstance(condition, All)
    if decided in parts:
        return decided
    return None if None in parts else not decided


def _told(test: Test, what: Seen) -> bool | None:
    group = dict(grouped_fields(type(what.record))).get(test.field.value.partition(".")[0])
    if group is None or what.clearance.effects[group] is Effect.WITHHOLD:
        return None
    general = what.clearance.effects[group] is Effect.GENERALIZE
    if general and (test.field in _NAMES or what.clearance.precision.where > _LEVELS.get(test.field, 99)):
        return None
    value: Any = value_of(what.shown, test.field)
    asked: Any = test.value
    match test.operator, asked:
        case Operator.IS_NULL, _:
            return bool((value is None) == asked)
        case Operator.HAS, (key, values):
            said = [item.value for item in value if item.key == key]
            return any(item in values for item in said) if said else None
        case _ if value is None:
            return None
        case Operator.IN, frozenset():
            return bool(value in asked)
        case Operator.WITHIN, Interval():
            return _inside(value if isinstance(value, Moment) else Moment.instant(value), asked)
        case Operator.CONTAINS, str():
            return asked.casefold() in value.casefold()
        case Operator.AT_LEAST, _:
            return bool(value >= asked)
        case _:
            return bool(value <= asked)


def _inside(cell: Moment, interval: Interval) -> bool | None:
    """Of a cell, whether all of it lies in the interval, or none of it."""
    start, end = interval.start, interval.end
    instant = cell.start == cell.end
    too_late = end is not None and (cell.end >= end if instant else cell.end > end)
    if not too_late and (start is None or cell.start >= start):
        return True
    before = start is not None and (cell.end < start if instant else cell.end <= start)
    after = end is not None and cell.start >= end
    return False if before or after else None
