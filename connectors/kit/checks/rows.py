"""Rows with values that can't be read: what is lost, what is quarantined, and what is withheld."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import msgspec

from connectors.errors import SourceError
from connectors.kit.bench import Bench, Fetched, on_recording
from connectors.kit.check import Broken, require
from connectors.kit.wire import EACH, NO_ROWS, Change, Path, Rows, at_each, instead, rows_of
from connectors.records import Attribute, Record
from policies.groups import FieldGroup, grouped_fields
from policies.vocabulary import InformationKind

GARBAGE: Final = "\u2047 unreadable \u2047"
_WRONG_TYPE: Final = {"unexpected": [True]}


async def altered(bench: Bench, kind: InformationKind, rows: Rows, path: Path, change: Change) -> Fetched:
    """A fetch of rows of which the value at `path` is changed; raises `Broken` where that costs more than rows."""
    bench.tap.spoil = rows.altered(at_each(path, change))
    try:
        # Built anew: what a connector keeps of the platform's form must not stand against the altered rows.
        fetched = await bench.fetch(kind, bench.another())
    except SourceError as error:
        raise Broken(f"{kind.value}: one bad value in `{named(path)}` takes all records: {error}") from error
    finally:
        bench.tap.reset()
    return fetched


def named(path: Path) -> str:
    """A path in a row as text, without namespaces."""
    return ".".join(step.rpartition("}")[2] for step in path)


def garbage(rows: Rows) -> tuple[Any, ...]:
    """What a value is replaced by."""
    return (GARBAGE,) if rows.textual else (_WRONG_TYPE, GARBAGE)


@on_recording
async def faults(bench: Bench) -> str:
    """A value that can't be read withholds its group, the rest of the record stays, and no row vanishes."""
    tried = 0
    for kind in bench.kinds:
        rows = await rows_of(bench, kind)
        if rows is None:
            continue
        whole = await bench.fetch(kind)
        for path in rows.readable():
            for bad in garbage(rows):
                fetched = await altered(bench, kind, rows, path, instead(bad))
                what = f"{kind.value}, {bad!r} in `{named(path)}`"
                before = len(whole.records) + len(whole.quarantined)
                after = len(fetched.records) + len(fetched.quarantined)
                require(before <= after, f"{what}: of {before} rows only {after} are records or quarantined")
                for ref, record in fetched.by_ref.items():
                    if ref in whole.by_ref:
                        _told(what, whole.by_ref[ref], record)
                tried += 1
    return f"{tried} bad values" if tried else NO_ROWS


def _told(what: str, before: Record, after: Record) -> None:
    was, now = values_by_group(before), values_by_group(after)
    for group in FieldGroup:
        lost, gained = was[group] - now[group], now[group] - was[group]
        silent = bool(lost) and not gained and group not in after.faults
        where = f"{what}: record `{after.ref.native}`"
        require(not silent, f"{where} lost of {group.name} what {min(lost, default=())} told, with no fault noted")


@on_recording
async def quarantine(bench: Bench) -> str:
    """A bad value quarantines its row only where identity or marking come from it."""
    quarantining, tried = [], 0
    for kind in bench.kinds:
        rows = await rows_of(bench, kind)
        if rows is None:
            continue
        whole = await bench.fetch(kind)
        for path in rows.readable():
            for bad in garbage(rows):
                fetched = await altered(bench, kind, rows, path, instead(bad))
                tried += 1
                if len(fetched.quarantined) > len(whole.quarantined):
                    allowed = await _is_of_identity_or_marking(bench, kind, rows, path, whole)
                    told = f"{kind.value}: {bad!r} in `{named(path)}` quarantines the row"
                    require(allowed, f"{told}, though neither identity nor marking come from it: withhold its group")
                    quarantining.append(named(path))
    return f"by {', '.join(dict.fromkeys(quarantining))}" if quarantining else "by nothing" if tried else NO_ROWS


async def _is_of_identity_or_marking(
    bench: Bench, kind: InformationKind, rows: Rows, path: Path, whole: Fetched
) -> bool:
    """Whether the rows' own values, given to one another, change who a record is or its marking."""
    path = path[: path.index(EACH)] if EACH in path else path
    values = rows.values(path)
    distinct = [value for place, value in enumerate(values) if value not in values[:place]]
    if len(distinct) < 2:
        return True  # of values that never differ nothing can be told

    def next_row(_value: Any, number: int) -> Any:
        return values[(number + 1) % len(values)]

    def next_value(value: Any, _number: int) -> Any:
        return distinct[(distinct.index(value) + 1) % len(distinct)] if value in distinct else value

    for moved in (next_row, next_value):
        fetched = await altered(bench, kind, rows, path, moved)
        if fetched.by_ref.keys() != whole.by_ref.keys():
            return True
        if any(_identity(record) != _identity(whole.by_ref[ref]) for ref, record in fetched.by_ref.items()):
            return True
    return False


def _identity(record: Record) -> tuple[object, ...]:
    envelope = [name for name, group in grouped_fields(type(record)) if group is FieldGroup.ENVELOPE]
    return (record.version, record.marking, *(getattr(record, name) for name in envelope if name != "attributes"))


def values_by_group(record: Record) -> dict[FieldGroup, set[tuple[str, ...]]]:
    """What a record tells, in each group: the way to each value, and the value."""
    told: dict[FieldGroup, set[tuple[str, ...]]] = {group: set() for group in FieldGroup}
    for name, group in grouped_fields(type(record)):
        value = getattr(record, name)
        if name == "attributes":
            for item in value:
                assert isinstance(item, Attribute)
                told[item.group].add(("attributes", item.key, item.value))
        else:
            told[group] |= set(_values(value, (name,)))
    return told


def _values(value: Any, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _values(getattr(value, name), (*way, name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _values(item, (*way, str(number)))
    elif value is not None:
        yield (*way, value.name if isinstance(value, Enum) else str(value))
