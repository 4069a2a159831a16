"""Times have their zone, and no value is finer than the platform gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import msgspec

from connectors.kit.bench import Bench, Fetched, on_recording
from connectors.kit.check import require
from connectors.kit.checks.rows import altered, named
from connectors.kit.tap import Answer
from connectors.kit.wire import EACH, rows_of
from connectors.records import Record
from policies.values import Moment, Place, PlacePrecision, TimePrecision

# A comma parts decimals in some tables, and values in others.
_NUMBERS: Final = (re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"), re.compile(rb"-?\d+,\d+"))
_ELSEWHERE: Final = timezone(timedelta(hours=5, minutes=30))
_OFFSET: Final = re.compile(r"[+-]\d\d:\d\d$")
_TEXTUAL: Final = re.compile(r"json|xml|csv")
_DAY: Final = len("2026-01-31")


@on_recording
async def zones(bench: Bench) -> str:
    """Every time is in UTC and says so, whatever offset it was told with; one without an offset is not guessed."""
    times = 0
    for kind in bench.kinds:
        fetched = await bench.fetch(kind)
        for page in fetched.pages:
            _is_utc(f"{kind.value}: `as_of`", page.as_of)
        for record in fetched.records:
            for way, value in walk(record, ()):
                if isinstance(value, datetime):
                    _is_utc(f"{kind.value} `{record.ref.native}`: `{'.'.join(way)}`", value)
                    times += 1
                if isinstance(value, Moment):
                    _is_cell(f"{kind.value} `{record.ref.native}`: `{'.'.join(way)}`", value)
        rows = await rows_of(bench, kind)
        if rows is None:
            continue
        for path in rows.leaves():
            if EACH not in path and any(_offset_of(value) for value in rows.values(path)):
                what = f"{kind.value}, `{named(path)}`"
                moved = await altered(bench, kind, rows, path, lambda value, _number: _moved(value))
                _same_times(f"{what} told with another offset", fetched, moved)
                bare = await altered(bench, kind, rows, path, lambda value, _number: _without_offset(value))
                _not_guessed(f"{what} told without its offset", fetched, bare)
    return f"{times} times"


def _same_times(what: str, before: Fetched, after: Fetched) -> None:
    for ref, record in after.by_ref.items():
        if ref in before.by_ref:
            was, now = _times(before.by_ref[ref]), _times(record)
            other = next((".".join(way) for way in was if now.get(way) != was[way]), None)
            require(other is None, f"{what}: `{ref.native}` has another `{other}`")


def _not_guessed(what: str, before: Fetched, after: Fetched) -> None:
    """What a time without its offset changes is gone; a day may be left of it."""
    for ref, record in after.by_ref.items():
        if ref in before.by_ref:
            was, now = _times(before.by_ref[ref]), _times(record)
            for way in was.keys() & now.keys():
                guessed = was[way] != now[way] and now[way].precision is TimePrecision.INSTANT
                require(not guessed, f"{what}: `{ref.native}` has a `{'.'.join(way)}` in a zone that was guessed")


def _times(record: Record) -> dict[tuple[str, ...], Moment]:
    times = {way: value for way, value in walk(record, ()) if isinstance(value, Moment)}
    return {**times, ("shared_at",): Moment.instant(record.shared_at)}


def _is_utc(what: str, at: datetime | None) -> None:
    require(at is None or at.tzinfo is not None, f"{what} has no zone")
    require(at is None or at.utcoffset() == timedelta(0), f"{what} is not in UTC")


def _is_cell(what: str, moment: Moment) -> None:
    require(moment.start <= moment.end, f"{what} ends before it starts")
    if moment.precision is not TimePrecision.INSTANT:
        require(moment.start < moment.end, f"{what} is of precision {moment.precision.name} and one instant")
        midnights = [at.replace(hour=0, minute=0, second=0, microsecond=0) for at in (moment.start, moment.end)]
        whole = midnights == [moment.start, moment.end]
        require(whole, f"{what} is of precision {moment.precision.name} and tells a time of day")


@on_recording
async def precision(bench: Bench) -> str:
    """A date is no instant, an area no point, and no coordinate is one the platform did not give."""
    dates = 0
    for kind in bench.kinds:
        bench.tap.reset()
        whole = await bench.fetch(kind)
        texts = [answer for answer in bench.tap.answers if _TEXTUAL.search(answer.media_type)]
        # Digits of a packed file are none of its values.
        whole_in_text = len(texts) == len(bench.tap.answers)
        numbers = {number for answer in texts for number in _numbers(answer)} if whole_in_text else set()
        for record in whole.records:
            _place(f"{kind.value} `{record.ref.native}`", record, numbers)
        rows = await rows_of(bench, kind)
        if rows is None:
            continue
        for path in rows.paths():
            if EACH in path or not any(_is_time(value) for value in rows.values(path)):
                continue
            fetched = await altered(
                bench, kind, rows, path, lambda value, _number: value[:_DAY] if _is_time(value) else value
            )
            for ref, record in fetched.by_ref.items():
                if ref in whole.by_ref:
                    _no_instant(f"{kind.value} `{ref.native}`, a date in `{named(path)}`", whole.by_ref[ref], record)
            dates += 1
    return f"{dates} fields cut to a date"


def _no_instant(what: str, before: Record, after: Record) -> None:
    was = {way: value for way, value in walk(before, ()) if isinstance(value, Moment)}
    for way, value in walk(after, ()):
        if isinstance(value, Moment) and was.get(way) != value:
            instant = value.precision is TimePrecision.INSTANT
            require(not instant, f"{what}: `{'.'.join(way)}` is an instant: give it the precision of a day")


def _place(what: str, record: Record, numbers: set[float]) -> None:
    place = record.place
    if not isinstance(place, Place):
        return
    if place.point is not None:
        for told in (place.point.longitude, place.point.latitude):
            require(not numbers or told in numbers, f"{what}: the coordinate {told} is none the platform gave")
        area = place.precision >= PlacePrecision.ADMIN1
        require(not area, f"{what}: a point where the precision is {place.precision.name}")
    elif place.admin1 is None and place.admin2 is None and place.name is None:
        require(place.precision is PlacePrecision.COUNTRY, f"{what}: more precise than the country that it tells")


def walk(value: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value inside a record, with the way to it."""
    yield way, value
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if name != "marking":
                yield from walk(getattr(value, name), (*way, name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, item in enumerate(value):
            yield from walk(item, (*way, str(number)))


def _numbers(answer: Answer) -> Iterator[float]:
    for pattern in _NUMBERS:
        for match in pattern.findall(answer.body):
            yield float(match.replace(b",", b"."))


def _offset_of(value: object) -> bool:
    return _is_time(value) and isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _moved(value: Any) -> Any:
    return datetime.fromisoformat(value).astimezone(_ELSEWHERE).isoformat() if _offset_of(value) else value


def _without_offset(value: Any) -> Any:
    """The time of day that a clock elsewhere shows, with no word of where it is."""
    return _OFFSET.sub("", _moved(value)) if _offset_of(value) else value


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or len(value) <= _DAY:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
