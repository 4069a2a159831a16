"""Filters and orders as clients write them, turned into conditions. Every part of a filter must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
import strawberry
from pydantic import TypeAdapter, ValidationError

from gateway.errors import BadInput
from gateway.federation.operation import ListOrder
from gateway.schema.enums import OrderDirection
from policies.condition import All, Condition, Field, Interval, Not, Operator, Test
from policies.condition import Any as AnyOf
from policies.values import utc
from policies.vocabulary import (
    AlertMessageType,
    Certainty,
    Impact,
    IncidentCategory,
    RecordStatus,
    ReportStage,
    Severity,
    Urgency,
    Verification,
)

MAXIMUM_NESTING = 8
ACTUAL_ONLY = (RecordStatus.ACTUAL,)
LONGEST_LAST = timedelta(days=36_525)
_DURATIONS = TypeAdapter(timedelta)


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


@strawberry.input(description="Which incidents: every part given must hold on what the requester sees.")
class IncidentFilter:
    """A filter of incidents."""

    country: list[str] | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3 codes.")
    area: list[str] | None = strawberry.field(default=None, description="P-codes of admin-1 or admin-2 areas.")
    occurred: TimeFilter | None = strawberry.field(default=None, description="When it happened.")
    reported: TimeFilter | None = strawberry.field(default=None, description="When it was reported.")
    shared: TimeFilter | None = strawberry.field(default=None, description="When it was shared.")
    category: list[IncidentCategory] | None = strawberry.field(default=None, description="Any of these categories.")
    impact: ImpactFilter | None = strawberry.field(default=None, description="How grave.")
    status: list[RecordStatus] | None = strawberry.field(
        default_factory=lambda: list(ACTUAL_ONLY), description="Any of these statuses."
    )
    stage: list[ReportStage] | None = strawberry.field(default=None, description="Any of these stages.")
    verification: list[Verification] | None = strawberry.field(default=None, description="Any of these.")
    originator: list[strawberry.ID] | None = strawberry.field(default=None, description="Any of these organizations.")
    source: list[str] | None = strawberry.field(default=None, description="Any of these sources, by name.")
    text: str | None = strawberry.field(default=None, description="Words in title, summary or narrative.")
    language: list[str] | None = strawberry.field(default=None, description="Any of these languages (BCP 47).")
    attributes: list[AttributeFilter] | None = strawberry.field(default=None, description="All of these.")
    and_: list[IncidentFilter] | None = strawberry.field(name="and", default=None, description="All of these hold.")
    or_: list[IncidentFilter] | None = strawberry.field(name="or", default=None, description="One of these holds.")
    not_: IncidentFilter | None = strawberry.field(name="not", default=None, description="This is known not to hold.")

    def condition(self, at: float, nesting: int = 0) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        if nesting > MAXIMUM_NESTING:
            raise BadInput(f"`filter` nests deeper than {MAXIMUM_NESTING}: write it flatter")
        # The default of `status` is for the filter as a whole, so that `not: {category: …}` does not mean "not ACTUAL".
        status = None if nesting and tuple(self.status or ()) == ACTUAL_ONLY else self.status
        parts: list[Condition] = [
            *_among(Field.COUNTRY, _upper(self.country)),
            *_area(self.area),
            *_time(Field.OCCURRED, self.occurred, at),
            *_time(Field.REPORTED, self.reported, at),
            *_time(Field.SHARED, self.shared, at),
            *_among(Field.CATEGORY, self.category),
            *_impact(self.impact),
            *_among(Field.STATUS, status),
            *_among(Field.STAGE, self.stage),
            *_among(Field.VERIFICATION, self.verification),
            *_among(Field.ORIGINATOR, None if self.originator is None else [str(item) for item in self.originator]),
            *_among(Field.SOURCE, self.source),
            *_text(self.text),
            *_among(Field.LANGUAGE, self.language),
            *(
                Test(Field.ATTRIBUTES, Operator.HAS, (item.key, frozenset(item.values)))
                for item in self.attributes or ()
            ),
            *(item.condition(at, nesting + 1) for item in self.and_ or ()),
        ]
        if self.or_ is not None:
            parts.append(AnyOf(tuple(item.condition(at, nesting + 1) for item in self.or_)))
        if self.not_ is not None:
            parts.append(Not(self.not_.condition(at, nesting + 1)))
        return All(tuple(parts))


@strawberry.input(description="Which alerts: every part given must hold on what the requester sees.")
class AlertFilter:
    """A filter of alerts."""

    country: list[str] | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3 codes.")
    area: list[str] | None = strawberry.field(default=None, description="P-codes of admin-1 or admin-2 areas.")
    sent: TimeFilter | None = strawberry.field(default=None, description="When it was sent.")
    shared: TimeFilter | None = strawberry.field(default=None, description="When it was shared.")
    onset: TimeFilter | None = strawberry.field(default=None, description="When its event begins.")
    expires: TimeFilter | None = strawberry.field(default=None, description="When it expires.")
    status: list[RecordStatus] | None = strawberry.field(
        default_factory=lambda: list(ACTUAL_ONLY), description="Any of these statuses."
    )
    msg_type: list[AlertMessageType] | None = strawberry.field(default=None, description="Any of these.")
    urgency: list[Urgency] | None = strawberry.field(default=None, description="Any of these.")
    severity: list[Severity] | None = strawberry.field(default=None, description="Any of these.")
    certainty: list[Certainty] | None = strawberry.field(default=None, description="Any of these.")
    source: list[str] | None = strawberry.field(default=None, description="Any of these sources, by name.")
    text: str | None = strawberry.field(default=None, description="Words in headline, summary or description.")

    def condition(self, at: float) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        return All(
            (
                *_among(Field.COUNTRY, _upper(self.country)),
                *_area(self.area),
                *_time(Field.REPORTED, self.sent, at),
                *_time(Field.SHARED, self.shared, at),
                *_time(Field.ONSET, self.onset, at),
                *_time(Field.EXPIRES, self.expires, at),
                *_among(Field.STATUS, self.status),
                *_among(Field.MESSAGE_TYPE, self.msg_type),
                *_among(Field.URGENCY, self.urgency),
                *_among(Field.SEVERITY, self.severity),
                *_among(Field.CERTAINTY, self.certainty),
                *_among(Field.SOURCE, self.source),
                *_text(self.text),
            )
        )


@strawberry.input(description="Order of a list of incidents; records that show nothing to order by come last.")
class IncidentOrder:
    """An order of incidents."""

    field: ListOrder = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end comes first.")


def resolving(
    asked: IncidentFilter | AlertFilter | None, empty: IncidentFilter | AlertFilter
) -> Callable[[float], Condition | None]:
    """The filter, or the default one, as a condition of the time it is resolved against."""
    chosen = empty if asked is None else asked
    return chosen.condition


def canonical(asked: IncidentFilter | AlertFilter | None) -> bytes:
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


def _among(field: Field, values: Iterable[object] | None) -> Iterable[Test]:
    return () if values is None else (Test(field, Operator.IN, frozenset(values)),)


def _upper(codes: Iterable[str] | None) -> list[str] | None:
    return None if codes is None else [code.upper() for code in codes]


def _area(codes: Iterable[str] | None) -> Iterable[Condition]:
    if codes is None:
        return ()
    wanted = frozenset(code.upper() for code in codes)
    return (AnyOf((Test(Field.ADMIN1, Operator.IN, wanted), Test(Field.ADMIN2, Operator.IN, wanted))),)


def _time(field: Field, asked: TimeFilter | None, at: float) -> Iterable[Test]:
    return () if asked is None else (asked.test(field, at),)


def _impact(asked: ImpactFilter | None) -> Iterable[Test]:
    if asked is None:
        return
    if asked.at_least is not None:
        yield Test(Field.IMPACT, Operator.AT_LEAST, asked.at_least)
    if asked.at_most is not None:
        yield Test(Field.IMPACT, Operator.AT_MOST, asked.at_most)


def _text(words: str | None) -> Iterable[Condition]:
    if words is None:
        return ()
    if not words.strip():
        raise BadInput("`text` is empty: leave it out, or give it words")
    fields = (Field.TITLE, Field.SUMMARY, Field.NARRATIVE)
    return (AnyOf(tuple(Test(field, Operator.CONTAINS, words) for field in fields)),)


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
