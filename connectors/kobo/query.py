"""What of a condition a form's rows can be filtered by, as KoBoToolbox's Mongo-style `query`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from policies.condition import Condition, Field, Interval, Operator, Test, conjuncts

SUBMITTED: Final = "_submission_time"
NEWEST: Final[Mapping[str, int]] = {SUBMITTED: -1}


def filters(fields: FieldMap) -> frozenset[tuple[Field, Operator]]:
    """The field-operator pairs that this form's questions allow."""
    claimed = {(Field.SHARED, Operator.WITHIN)}
    if fields.paths(Target.COUNTRY):
        claimed.add((Field.COUNTRY, Operator.IN))
    if fields.paths(Target.CATEGORY) and Target.CATEGORY in fields.words:
        claimed.add((Field.CATEGORY, Operator.IN))
    if fields.paths(Target.OCCURRED):
        claimed.add((Field.OCCURRED, Operator.WITHIN))
    return frozenset(claimed)


def pushed(condition: Condition | None, fields: FieldMap) -> dict[str, object]:
    """The `query` that every record matching `condition` passes; empty where nothing can be asked."""
    claimed = filters(fields)
    parts: list[dict[str, object]] = []
    for part in conjuncts(condition):
        match part:
            case Test(field, operator) if (field, operator) not in claimed:
                continue
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)):
                parts += _compared([SUBMITTED], _second(start), _second(end, up=True))
            case Test(Field.OCCURRED, Operator.WITHIN, Interval(start, end)):
                # Answers hold the reporter's local day, up to a day away from the day in UTC.
                parts += _compared(fields.paths(Target.OCCURRED), _day(start, -1), _day(end, 2))
            case Test(Field.COUNTRY, Operator.IN, frozenset() as countries):
                parts.append(_among(fields.paths(Target.COUNTRY), fields.codes_of(Target.COUNTRY, countries)))
            case Test(Field.CATEGORY, Operator.IN, frozenset() as categories):
                parts.append(_among(fields.paths(Target.CATEGORY), fields.codes_of(Target.CATEGORY, categories)))
    return _joined("$and", parts) if parts else {}


def keyed(natives: Collection[str]) -> dict[str, object]:
    """The `query` for rows of these native keys."""
    keys = sorted(natives)
    return {"$or": [{"meta/rootUuid": {"$in": [f"uuid:{key}" for key in keys]}}, {"_uuid": {"$in": keys}}]}


def _among(paths: Sequence[str], codes: Sequence[str]) -> dict[str, object]:
    return _joined("$or", [{path: {"$in": list(codes)}} for path in paths])


def _compared(paths: Sequence[str], start: str | None, end: str | None) -> list[dict[str, object]]:
    """`[start, end)` on text that sorts like time; a day sorts before every time of that day."""
    bounds = {key: value for key, value in (("$gte", start), ("$lt", end)) if value is not None}
    return [_joined("$or", [{path: bounds} for path in paths])] if bounds else []


def _joined(operator: str, parts: list[dict[str, object]]) -> dict[str, object]:
    return parts[0] if len(parts) == 1 else {operator: parts}


def _second(moment: datetime | None, *, up: bool = False) -> str | None:
    """The whole second at or before `moment`, or the next one; rows hold UTC without a zone."""
    if moment is None:
        return None
    moment = moment.astimezone(UTC)
    if up and moment.microsecond:
        moment += timedelta(seconds=1)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _day(moment: datetime | None, days: int) -> str | None:
    """The day of `moment` and `days` more; None, no bound, beyond what dates can hold."""
    if moment is None:
        return None
    try:
        return (moment.astimezone(UTC).date() + timedelta(days=days)).isoformat()
    except OverflowError:
        return None
