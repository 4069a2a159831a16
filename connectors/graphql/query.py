"""What of a condition the query's own variables can narrow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.errors import Unconfigured
from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from connectors.graphql.options import Bound, KindOptions
from policies.condition import Condition, Field, Interval, Operator, Test, conjuncts

_CLAIMS: Final[Mapping[Bound, tuple[Field, Operator]]] = {
    Bound.SHARED_FROM: (Field.SHARED, Operator.WITHIN),
    Bound.SHARED_UNTIL: (Field.SHARED, Operator.WITHIN),
    Bound.OCCURRED_FROM: (Field.OCCURRED, Operator.WITHIN),
    Bound.OCCURRED_UNTIL: (Field.OCCURRED, Operator.WITHIN),
    Bound.COUNTRIES: (Field.COUNTRY, Operator.IN),
    Bound.CATEGORIES: (Field.CATEGORY, Operator.IN),
}


def filters(options: KindOptions) -> frozenset[tuple[Field, Operator]]:
    """The field-operator pairs that the query's variables allow."""
    return frozenset(_CLAIMS[bound] for bound in options.variables.values() if bound in _CLAIMS)


def check(options: KindOptions, fields: FieldMap) -> None:
    """Raises `Unconfigured` for a variable that narrows what no field fills."""
    if Bound.CATEGORIES in options.variables.values() and Target.CATEGORY not in fields.words:
        raise Unconfigured("`variables`: `categories` needs the table `values.category`")
    for bound, target in (
        (Bound.CATEGORIES, Target.CATEGORY),
        (Bound.COUNTRIES, Target.COUNTRY),
        (Bound.OCCURRED_FROM, Target.OCCURRED),
        (Bound.OCCURRED_UNTIL, Target.OCCURRED),
    ):
        if bound in options.variables.values() and len(fields.paths(target)) != 1:
            raise Unconfigured(f"`variables`: `{bound.value}` needs one field that fills `{target.value}`")


def pushed(condition: Condition | None, options: KindOptions, fields: FieldMap) -> dict[str, object]:
    """Variables that every record matching `condition` passes. Of tests on one field the first is taken."""
    bounds: dict[Bound, object] = {}
    for part in conjuncts(condition):
        match part:
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)):
                _take(bounds, {Bound.SHARED_FROM: _instant(start), Bound.SHARED_UNTIL: _instant(end)})
            case Test(Field.OCCURRED, Operator.WITHIN, Interval(start, end)):
                # Whose day the platform means it does not say: a day more on each side.
                _take(bounds, {Bound.OCCURRED_FROM: _day(start, -1), Bound.OCCURRED_UNTIL: _day(end, 1)})
            case Test(Field.COUNTRY, Operator.IN, frozenset() as countries) if Bound.COUNTRIES in _named(options):
                _take(bounds, {Bound.COUNTRIES: fields.codes_of(Target.COUNTRY, countries)})
            case Test(Field.CATEGORY, Operator.IN, frozenset() as words) if Bound.CATEGORIES in _named(options):
                _take(bounds, {Bound.CATEGORIES: fields.codes_of(Target.CATEGORY, words)})
    return {name: bounds[bound] for name, bound in options.variables.items() if bound in bounds}


def keyed(options: KindOptions, keys: list[str]) -> dict[str, object]:
    """Variables for the records of these keys."""
    return {name: keys for name, bound in options.variables.items() if bound is Bound.KEYS}


def _named(options: KindOptions) -> frozenset[Bound]:
    return frozenset(options.variables.values())


def _take(bounds: dict[Bound, object], more: Mapping[Bound, object]) -> None:
    if not bounds.keys() & more.keys():
        bounds.update({bound: value for bound, value in more.items() if value is not None})


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(moment: datetime | None, days: int) -> str | None:
    """The day of `moment` and `days` more; None, no bound, beyond what dates can hold."""
    if moment is None:
        return None
    try:
        return (moment.astimezone(UTC).date() + timedelta(days=days)).isoformat()
    except OverflowError:
        return None
