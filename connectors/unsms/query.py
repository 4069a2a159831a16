"""What of a condition the feed's contract can filter. Alerts take none: their index is short."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from policies.condition import Condition, Field, Interval, Operator, Test, conjuncts

FILTERS: Final = frozenset(
    {(Field.COUNTRY, Operator.IN), (Field.OCCURRED, Operator.WITHIN), (Field.SHARED, Operator.WITHIN)}
)
# A code that no country has (ISO 3166-1 leaves it to users), for a condition that no country fits.
_NOWHERE: Final = "XXX"


def parameters(condition: Condition | None) -> dict[str, str]:
    """Query parameters that every record matching `condition` passes. Of tests on one field the first is taken.

    `occurred_from` and `occurred_to` speak of the day on which an incident started. The cell of a record starts no
    later than that day and ends after it, so a record whose whole cell lies in an interval started inside it.
    """
    pushed: dict[str, str] = {}
    for part in conjuncts(condition):
        match part:
            case Test(Field.COUNTRY, Operator.IN, frozenset() as countries) if "country" not in pushed:
                pushed["country"] = ",".join(sorted(str(country) for country in countries)) or _NOWHERE
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)) if not pushed.keys() & {"since", "until"}:
                pushed |= _bounds("since", _instant(start), "until", _instant(end))
            case Test(Field.OCCURRED, Operator.WITHIN, Interval(start, end)) if not pushed.keys() & {
                "occurred_from",
                "occurred_to",
            }:
                pushed |= _bounds("occurred_from", _day(start), "occurred_to", _day(end))
    return pushed


def _bounds(lower: str, first: str | None, upper: str, last: str | None) -> dict[str, str]:
    return {key: value for key, value in ((lower, first), (upper, last)) if value is not None}


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).date().isoformat()
