"""What can't be taken in of a record: too long, out of the world or out of time. Every fault is told, not the first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Final

import msgspec

from connectors.records import Record
from gateway.sharing.records.fields import given_fields
from policies.groups import TEXT_GROUPS, grouped_fields
from policies.values import Country, Moment, Position, Quantity

LONGEST_TEXT: Final = 20_000
LONGEST_WORDS: Final = 500
MOST_ITEMS: Final = 50
LARGEST_COUNT: Final = 1_000_000
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
# What was reported or has happened lies in the past, up to a day for clocks and time zones.
PAST: Final = frozenset({"occurred", "reported_at"})
AHEAD: Final = timedelta(days=1)
# Titles and languages stand in a group of text and are words all the same.
_WORDS: Final = frozenset({"title", "language"})
_COUNTRY: Final = re.compile(r"[A-Z]{3}")

Path = tuple[str, ...]
Faulty = tuple[Path, str]


def faults(record: Record, now: datetime) -> Iterator[Faulty]:
    """Each fault of what was given: the path of record fields and places in lists, and what to do."""
    groups = dict(grouped_fields(type(record)))
    for field in given_fields(record.ref.kind):
        value = getattr(record, field.name)
        text = groups[field.name] in TEXT_GROUPS and field.name not in _WORDS
        yield from _faults((field.name,), value, LONGEST_TEXT if text else LONGEST_WORDS)
        if field.name in PAST and isinstance(value, Moment) and value.start > now + AHEAD:
            yield (field.name,), "lies in the future: see that its offset is right"


def _faults(path: Path, value: Any, longest: int) -> Iterator[Faulty]:
    match value:
        case str():
            yield from _text_faults(path, value, longest)
        case tuple():
            if len(value) > MOST_ITEMS:
                yield path, f"has {len(value)} items: give at most {MOST_ITEMS}"
            for number, item in enumerate(value[:MOST_ITEMS]):
                yield from _faults((*path, str(number)), item, longest)
        case Moment():
            if not EARLIEST <= value.start <= value.end <= LATEST:
                yield path, "is no span: give an `end` that is not before `start`, both after 1900 and before 2200"
        case Quantity():
            if not 0 <= value.at_least <= LARGEST_COUNT:
                yield path, f"is no count: give a number from 0 to {LARGEST_COUNT}"
        case Position():
            if not (_within(value.longitude, 180) and _within(value.latitude, 90)):
                yield path, "is no position: give `longitude` from -180 to 180 and `latitude` from -90 to 90"
        case Country() if not _COUNTRY.fullmatch(value.iso3):
            yield path, "is no country: give its ISO 3166-1 alpha-3 code"
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from _faults((*path, name), getattr(value, name), LONGEST_WORDS)


def _text_faults(path: Path, value: str, longest: int) -> Iterator[Faulty]:
    if not value.strip():
        yield path, "is empty: leave it out"
    elif len(value) > longest:
        yield path, f"has {len(value)} characters: give at most {longest}"
    elif not _storable(value):
        yield path, "holds a character that is none: send it as UTF-8"


def _storable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _within(degrees: float, most: int) -> bool:
    return isfinite(degrees) and -most <= degrees <= most
