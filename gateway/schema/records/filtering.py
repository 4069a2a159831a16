"""What all filters are made of: spans of time, codes, words; and filters as they go to the federation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Protocol

import msgspec
import strawberry
from pydantic import TypeAdapter, ValidationError

from gateway.errors import BadInput
from policies.condition import Any as AnyOf
from policies.condition import Condition, Field, Interval, Operator, Test
from policies.values import utc
from policies.vocabulary import (
    Impact,
    RecordStatus,
)

MAXIMUM_NESTING = 8
ACTUAL_ONLY = (RecordStatus.ACTUAL,)
LONGEST_LAST = timedelta(days=36_525)
_DURATIONS = TypeAdapter(timedelta)


class Filter(Protocol):
    """A filter of one kind of record."""

    def condition(self, at: float) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        ...


@strawberry.input(description="A span of time: `from` and `to`, or `last` up to now and open.")
class TimeFilter:
    """Times whose whole span lies in `[from, to)`."""

    from_: datetime | None = strawberry.field(name="from", default=None, description="Start, with its offset.")
    to: datetime | None = strawberry.field(default=None, description="End, excluded, with its offset.")
    last: str | None = strawberry.field(
        default=None,
        description="ISO 8601 duration in weeks, days, hours, minutes, seconds, such as P7D: no upper end.",
    )

    def test(self, field: Field, at: float) -> Test:
        """Raises `BadInput` for a time without offset, an empty span, or a duration that can't be read."""
        start, end = _instant(self.from_, "from"), _instant(self.to, "to")
        if self.last is not None:
            if start is not None or end is not None:
                raise BadInput("`last` stands alone: leave out `from` and `to`")
            start = datetime.fromtimestamp(at, UTC) - _duration(self.last)
        if start is not None and end is not None and start >= end:
            raise BadInput("`from` is not before `to`: nothing can lie between them")
        return Test(field, Operator.WITHIN, Interval(start, end))


@strawberry.input(description="Impact at least and at most.")
class ImpactFilter:
    """Impact in a range."""

    at_least: Impact | None = strawberry.field(default=None, description="This or graver.")
    at_most: Impact | None = strawberry.field(default=None, description="This or less grave.")


@strawberry.input(description="A platform's own field with one of these values.")
class AttributeFilter:
    """One attribute."""

    key: str = strawberry.field(description="The platform's name of the field.")
    values: list[str] = strawberry.field(description="Any of these.")


def resolving(asked: Filter | None, empty: Filter) -> Callable[[float], Condition | None]:
    """The filter, or the default one, as a condition of the time it is resolved against."""
    chosen = empty if asked is None else asked
    return chosen.condition


def canonical(asked: Filter | None) -> bytes:
    """The filter as it was asked: the same bytes for the same question."""
    return msgspec.json.encode(None if asked is None else _plain(asked), order="deterministic")


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.name
        case list():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {name: _plain(item) for name, item in vars(value).items() if item is not None}
        case _:
            return value


def among(field: Field, values: Iterable[object] | None) -> Iterable[Test]:
    """One of `values`; anything where they are None."""
    return () if values is None else (Test(field, Operator.IN, frozenset(values)),)


def upper(codes: Iterable[str] | None) -> list[str] | None:
    """Codes as they are written."""
    return None if codes is None else [code.upper() for code in codes]


def area(codes: Iterable[str] | None) -> Iterable[Condition]:
    """P-codes of either level."""
    if codes is None:
        return ()
    wanted = frozenset(code.upper() for code in codes)
    return (AnyOf((Test(Field.ADMIN1, Operator.IN, wanted), Test(Field.ADMIN2, Operator.IN, wanted))),)


def time(field: Field, asked: TimeFilter | None, at: float) -> Iterable[Test]:
    """A span; raises `BadInput`."""
    return () if asked is None else (asked.test(field, at),)


def impact(asked: ImpactFilter | None) -> Iterable[Test]:
    """Impact in a range."""
    if asked is None:
        return
    if asked.at_least is not None:
        yield Test(Field.IMPACT, Operator.AT_LEAST, asked.at_least)
    if asked.at_most is not None:
        yield Test(Field.IMPACT, Operator.AT_MOST, asked.at_most)


def text(words: str | None, *fields: Field) -> Iterable[Condition]:
    """`words` in title, summary, or one of `fields`."""
    if words is None:
        return ()
    if not words.strip():
        raise BadInput("`text` is empty: leave it out, or give it words")
    fields = (Field.TITLE, Field.SUMMARY, *fields)
    return (AnyOf(tuple(Test(field, Operator.CONTAINS, words) for field in fields)),)


def attributes(asked: Iterable[AttributeFilter] | None) -> Iterable[Test]:
    """A platform's own fields, all of them."""
    return [Test(Field.ATTRIBUTES, Operator.HAS, (item.key, frozenset(item.values))) for item in asked or ()]


def status_of(asked: list[RecordStatus] | None, nesting: int) -> list[RecordStatus] | None:
    """The statuses asked for; raises `BadInput` where a filter nests too deep.

    The default is for the filter as a whole, so that `not: {category: …}` does not mean "not ACTUAL".
    """
    if nesting > MAXIMUM_NESTING:
        raise BadInput(f"`filter` nests deeper than {MAXIMUM_NESTING}: write it flatter")
    return None if nesting and tuple(asked or ()) == ACTUAL_ONLY else asked


def _instant(moment: datetime | None, name: str) -> datetime | None:
    if moment is None:
        return None
    try:
        return utc(moment)
    except ValueError as error:
        raise BadInput(f"`{name}` is {error}") from error


def _duration(text: str) -> timedelta:
    """ISO 8601 in weeks, days and below: months and years have no fixed length."""
    try:
        length = _DURATIONS.validate_python(text)
    except ValidationError as error:
        raise BadInput("`last` is no ISO 8601 duration: write P7D") from error
    date_part = text.partition("T")[0]
    if not text.startswith("P") or "Y" in date_part or "M" in date_part:
        raise BadInput("`last` takes an ISO 8601 duration in weeks, days, hours, minutes or seconds: write P7D")
    if not timedelta(0) < length <= LONGEST_LAST:
        raise BadInput("`last` is not a length between nothing and a century: write P7D")
    return length
