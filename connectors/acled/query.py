"""What of a condition ACLED can filter: column values parted by `|`, and the operators of `<column>_where`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from connectors.acled.tables import Tables
from policies.condition import Condition, Field, Interval, Operator, Test, conjuncts
from policies.vocabulary import IncidentCategory

FILTERS: Final = frozenset(
    {
        (Field.COUNTRY, Operator.IN),
        (Field.CATEGORY, Operator.IN),
        (Field.OCCURRED, Operator.WITHIN),
        (Field.SHARED, Operator.WITHIN),
    }
)
# A code that no country has (ISO 3166-1 leaves 900 to 999 to users): no rows, but the envelope with its embargo.
_NOWHERE: Final = "999"
_NO_EVENT: Final = "-"


def parameters(condition: Condition | None, tables: Tables) -> dict[str, str]:
    """Query parameters that every record matching `condition` passes. Of tests on one column the first is taken.

    `event_date` is the day ACLED puts an event on, always inside the week or month it may stand for, so a record whose
    whole cell lies in an interval has its `event_date` there too.
    """
    pushed: dict[str, str] = {}
    for part in conjuncts(condition):
        match part:
            case Test(Field.COUNTRY, Operator.IN, frozenset() as countries) if "iso" not in pushed:
                codes = sorted(code.lstrip("0") for code, iso3 in tables.countries.items() if iso3 in countries)
                pushed["iso"] = "|".join(codes) or _NOWHERE
            case Test(Field.CATEGORY, Operator.IN, frozenset() as categories) if "sub_event_type" not in pushed:
                wanted = frozenset(item for item in categories if isinstance(item, IncidentCategory))
                pushed["sub_event_type"] = "|".join(tables.sub_events(wanted)) or _NO_EVENT
            case Test(Field.OCCURRED, Operator.WITHIN, Interval(start, end)) if "event_date" not in pushed:
                pushed |= _bounded("event_date", _day(start), _day(end))
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)) if "timestamp" not in pushed:
                pushed |= _bounded("timestamp", _second(start), _second(end, up=1))
    return pushed


def keys(natives: Iterable[str]) -> dict[str, str]:
    """The parameters that select rows by their keys."""
    return {"event_id_cnty": "|".join(natives)}


def since(column: str, value: str) -> dict[str, str]:
    """The parameters that select rows from `value` on."""
    return _bounded(column, value, None)


def between(column: str, first: str, last: str) -> dict[str, str]:
    """The parameters that select rows from `first` to `last`, both included."""
    return _bounded(column, first, last)


def _bounded(column: str, first: str | None, last: str | None) -> dict[str, str]:
    if first is not None and last is not None:
        return {column: f"{first}|{last}", f"{column}_where": "BETWEEN"}
    if first is not None:
        return {column: first, f"{column}_where": ">="}
    if last is not None:
        return {column: last, f"{column}_where": "<="}
    return {}


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.date().isoformat()


def _second(moment: datetime | None, up: int = 0) -> str | None:
    return None if moment is None else str(int(moment.timestamp()) + up)
