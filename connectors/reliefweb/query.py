"""What is asked of ReliefWeb: the body of `POST /v2/reports`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from connectors.reliefweb.options import Selection
from policies.condition import Condition, Field, Interval, Operator, Test, conjuncts

Filter: TypeAlias = dict[str, object]

FILTERS: Final = frozenset(
    {
        (Field.COUNTRY, Operator.IN),
        (Field.LANGUAGE, Operator.IN),
        (Field.SHARED, Operator.WITHIN),
        (Field.REPORTED, Operator.WITHIN),
    }
)
# Everything that the mapping reads, and nothing else: bodies apart, the most of a report's full profile is not shared.
_FIELDS: Final = (
    *("title", "body", "headline.summary", "url_alias", "file.url"),
    *("date.original", "date.created", "date.changed", "language.code", "format.name", "theme.name"),
    *("primary_country.iso3", "primary_country.name", "country.iso3", "country.name"),
    *("source.name", "source.shortname", "source.type.name", "disaster.name", "disaster.glide"),
)


def body(selection: Selection, narrowed: Sequence[Filter], offset: int, limit: int) -> dict[str, object]:
    """One page of a kind, newest on ReliefWeb first. Of reports of one second the newer id is first, on every page."""
    return {
        "offset": offset,
        "limit": limit,
        "fields": {"include": list(_FIELDS)},
        "filter": {"operator": "AND", "conditions": [*_selected(selection), *narrowed]},
        "sort": ["date.created:desc", "id:desc"],
    }


def pushed(condition: Condition | None) -> list[Filter]:
    """The filters that every record matching `condition` passes."""
    parts: list[Filter] = []
    for part in conjuncts(condition):
        match part:
            case Test(Field.COUNTRY, Operator.IN, frozenset() as countries):
                parts.append(_among("primary_country.iso3", _cased(countries)))
            case Test(Field.LANGUAGE, Operator.IN, frozenset() as languages):
                parts.append(_among("language.code", _cased(languages)))
            case Test(Field.SHARED, Operator.WITHIN, Interval(start, end)):
                parts += _between("date.created", start, end)
            case Test(Field.REPORTED, Operator.WITHIN, Interval(start, end)):
                parts += _between("date.original", _moved(start, -1), _moved(end, 1))
    return parts


def keyed(keys: Collection[str]) -> Filter:
    """The filter for reports of these ids."""
    return _among("id", sorted(keys))


def _selected(selection: Selection) -> list[Filter]:
    chosen = [_among("format.name", selection.formats)]
    return [*chosen, _among("theme.name", selection.themes)] if selection.themes else chosen


def _among(field: str, values: Sequence[str]) -> Filter:
    return {"field": field, "value": list(values), "operator": "OR"}


def _cased(codes: Collection[object]) -> list[str]:
    """Codes in both cases: ReliefWeb's are lower case, and nothing says that its filters are indifferent to it."""
    return sorted({case for code in codes for case in (str(code).lower(), str(code).upper())})


def _between(field: str, start: datetime | None, end: datetime | None) -> list[Filter]:
    """`[start, end)` widened to whole seconds: ReliefWeb refuses fractions, and has both ends in."""
    bounds: dict[str, str] = {}
    if start is not None:
        bounds["from"] = _second(start)
    if end is not None:
        bounds["to"] = _second(end + timedelta(seconds=1) if end.microsecond else end)
    return [{"field": field, "value": bounds}] if bounds else []


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _moved(moment: datetime | None, days: int) -> datetime | None:
    """Days away, since `date.original` is a day without a zone; None, no bound, beyond what dates can hold."""
    try:
        return None if moment is None else moment + timedelta(days=days)
    except OverflowError:
        return None
