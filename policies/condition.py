"""Conditions: what an operation asks of records, as data. Matched on views, pushed down to sources by the plan.

The logic is Kleene's: a predicate on a value that is withheld, or finer than what is shown, is unknown, and matches
neither the value, nor its negation, nor `Operator.IS_NULL`. So a condition that holds on a view holds on the record
beneath it, and pushing any conjunct down to a source loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import TypeAlias

import msgspec


class Operator(Enum):
    """How a field is compared."""

    IN = "in"  # value: frozenset of plain values (enumeration members, codes, ids)
    WITHIN = "within"  # value: Interval; the whole cell of a time lies in it
    AT_LEAST = "at_least"  # value: an IntEnum member; ordered fields
    AT_MOST = "at_most"
    CONTAINS = "contains"  # value: str; case-folded substring of free text
    HAS = "has"  # value: (key, frozenset of values); attributes
    IS_NULL = "is_null"  # value: bool


class Field(Enum):
    """The fields that can be asked for; the value is the path from the record, through its value types."""

    COUNTRY = "place.country.iso3"
    ADMIN1 = "place.admin1.pcode"
    ADMIN2 = "place.admin2.pcode"
    OCCURRED = "occurred"
    ONSET = "onset"
    EXPIRES = "expires"
    REPORTED = "reported_at"
    SHARED = "shared_at"
    CATEGORY = "category"
    IMPACT = "impact"
    STATUS = "status"
    STAGE = "stage"
    VERIFICATION = "verification"
    ORIGINATOR = "originator.id"
    SOURCE = "source.name"
    TITLE = "title"
    SUMMARY = "summary"
    NARRATIVE = "narrative"
    TEXT = "text"
    LESSON = "lesson"
    MEASURE = "measure"
    LANGUAGE = "language"
    ATTRIBUTES = "attributes"
    MESSAGE_TYPE = "msg_type"
    URGENCY = "urgency"
    SEVERITY = "severity"
    CERTAINTY = "certainty"
    EVENT = "event"


class Interval(msgspec.Struct, frozen=True):
    """`[start, end)` in UTC; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class Test(msgspec.Struct, frozen=True, tag=True):
    """One comparison of one field."""

    __test__ = False  # a name pytest would otherwise collect

    field: Field
    operator: Operator
    value: object


class All(msgspec.Struct, frozen=True, tag=True):
    """Every part holds; of none, true."""

    parts: tuple[Condition, ...]


class Any(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds; of none, false."""

    parts: tuple[Condition, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The part is known not to hold."""

    part: Condition


Condition: TypeAlias = "Test | All | Any | Not"


def conjuncts(condition: Condition | None) -> Iterator[Condition]:
    """The parts that must all hold, nested conjunctions opened."""
    match condition:
        case None:
            return
        case All(parts):
            for part in parts:
                yield from conjuncts(part)
        case _:
            yield condition
