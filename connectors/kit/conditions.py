"""Conditions made of the values that occur, so that each claimed filter is asked what it could get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from connectors.kit.oracle import Seen, value_of
from policies.condition import All, Condition, Field, Interval, Not, Operator, Test
from policies.condition import Any as AnyOf
from policies.values import Moment

_OF_EACH: Final = 9
_WITH_OPEN_ENDS: Final = 3
_LEAST: Final = timedelta(microseconds=1)


def conditions(shown: Sequence[Seen], claims: frozenset[tuple[Field, Operator]], seed: int) -> Iterator[Condition]:
    """Conditions over `claims`, the smallest first: single tests, then tests joined and denied."""
    random = Random(seed)  # noqa: S311 - which values are asked, nothing secret
    ordered = sorted(claims, key=lambda claim: (claim[0].value, claim[1].value))
    single = {claim: list(_tests(claim, _sample(shown, claim[0], random))) for claim in ordered}
    for tests in single.values():
        yield from tests
    # A condition that no record meets must not be taken for no condition at all.
    yield from (Test(field, operator, frozenset()) for field, operator in ordered if operator is Operator.IN)
    for claim, tests in single.items():
        others = [test for other, several in single.items() if other != claim for test in several]
        for test in tests[:3]:
            yield All((test, random.choice(tests)))
            if others:
                yield All((test, random.choice(others)))
                yield AnyOf((test, random.choice(others)))
            yield Not(test)


def _sample(shown: Sequence[Seen], field: Field, random: Random) -> list[Any]:
    """A few values of a field, each once; the first and the last among them."""
    values = list(dict.fromkeys(value for value in (value_of(item.shown, field) for item in shown) if value))
    if len(values) <= _OF_EACH:
        return values
    return [values[0], values[-1], *random.sample(values[1:-1], _OF_EACH - 2)]


def _tests(claim: tuple[Field, Operator], values: Sequence[Any]) -> Iterator[Test]:
    field, operator = claim
    match operator:
        case Operator.IN:
            yield from (Test(field, operator, frozenset({value})) for value in values)
            yield Test(field, operator, frozenset(values))
        case Operator.WITHIN:
            for number, value in enumerate(values):
                few = None if number < _WITH_OPEN_ENDS else 1
                yield from (Test(field, operator, interval) for interval in list(_intervals(value))[:few])
        case Operator.AT_LEAST | Operator.AT_MOST:
            yield from (Test(field, operator, value) for value in values)
        case Operator.CONTAINS:
            yield from (Test(field, operator, word) for text in values for word in text.upper().split()[:2])
        case Operator.HAS:
            items = [item for attributes in values for item in attributes][:_OF_EACH]
            yield from (Test(field, operator, (item.key, frozenset({item.value}))) for item in items)
        case Operator.IS_NULL:
            yield from (Test(field, operator, empty) for empty in (True, False))


def _intervals(value: datetime | Moment) -> Iterator[Interval]:
    """The tightest interval around a time, open ones that end or start with it, and the cell's own days."""
    cell = value if isinstance(value, Moment) else Moment.instant(value)
    end = max(cell.end, cell.start + _LEAST)
    yield Interval(cell.start, end)
    yield Interval(cell.start, None)
    yield Interval(None, end)
    midnight = cell.start.replace(hour=0, minute=0, second=0, microsecond=0)
    yield Interval(midnight, midnight + max(timedelta(days=1), cell.end - midnight))
