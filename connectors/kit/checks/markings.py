"""No marking is looser than the source's default, unless the row itself or an agreed table says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.kit.bench import Bench, Fetched, on_recording
from connectors.kit.check import require
from connectors.kit.checks.rows import altered, garbage, named
from connectors.kit.looser import looser
from connectors.kit.wire import EACH, NO_ROWS, REMOVED, Path, Rows, instead, rows_of
from connectors.markings import read_marking
from connectors.records import RecordRef
from policies.marking import Marking
from policies.vocabulary import InformationKind

_WORDS: Final = 8


def agreed(settings: SourceSettings) -> Iterator[tuple[str, Marking, bool]]:
    """The markings that `[options]` agrees to beside the default: where, what, and whether a row has to ask for it.

    A table under a key `marking` holds for all records of its part; any other table of a marking's keys, such as one of
    `audiences`, only for rows that say so.
    """
    for path, table in _tables(settings.options, "options"):
        try:
            changed = read_marking({"originator": settings.marking.originator, **table})
        except Unconfigured:
            continue
        changes = {key: getattr(changed, key) for key in table}
        marking = msgspec.structs.replace(settings.marking, **changes)
        yield path, marking, not path.endswith(".marking")


def _tables(value: object, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, Mapping):
        if value and value.keys() <= set(Marking.__struct_fields__):
            yield path, dict(value)
        for key, item in value.items():
            yield from _tables(item, f"{path}.{key}")


@on_recording
async def default(bench: Bench) -> str:
    """A record is marked no looser than the default, unless by a word in its own row, which is gone with that word."""
    by_word = 0
    standing = [bench.settings.marking, *(marking for _, marking, asked in agreed(bench.settings) if not asked)]
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        loose = {
            ref: looser(record.marking, bench.settings.marking)
            for ref, record in whole.by_ref.items()
            if all(looser(record.marking, allowed) for allowed in standing)
        }
        rows = await rows_of(bench, kind) if loose else None
        for ref in sorted(await _unexplained(bench, kind, rows, frozenset(loose)), key=lambda ref: ref.native):
            keys = ", ".join(f"`{key}`" for key in loose[ref])
            require(False, f"{kind.value} `{ref.native}` is looser than the default in {keys}, and nothing says so")
        by_word += len(loose)
    return f"{by_word} records looser by their own word" if by_word else "none is looser"


async def _unexplained(
    bench: Bench, kind: InformationKind, rows: Rows | None, loose: frozenset[RecordRef]
) -> frozenset[RecordRef]:
    """Those of `loose` that stay so whichever word is taken from their rows, or changed for another row's."""
    if rows is None:
        return loose
    for path in rows.paths():
        without = await altered(bench, kind, rows, path, instead(REMOVED))
        loose -= _tight(bench, loose, without)
        if loose - without.by_ref.keys() and EACH not in path:
            # Without it there is no record: what another word makes of the row tells whether it is about handling.
            values = rows.values(path)
            distinct = [value for place, value in enumerate(values) if value not in values[:place]]
            for value in distinct[:_WORDS] if 1 < len(distinct) < len(values) else ():
                loose -= _tight(bench, loose, await altered(bench, kind, rows, path, instead(value)))
    return loose


def _tight(bench: Bench, loose: frozenset[RecordRef], fetched: Fetched) -> frozenset[RecordRef]:
    marked = {ref: fetched.by_ref[ref].marking for ref in loose if ref in fetched.by_ref}
    return frozenset(ref for ref, marking in marked.items() if not looser(marking, bench.settings.marking))


@on_recording
async def spoiled(bench: Bench) -> str:
    """A value that is taken away or can't be read never makes a marking looser, nor another the originator."""
    tried = 0
    for kind in bench.kinds:
        rows = await rows_of(bench, kind)
        if rows is None:
            continue
        whole = await bench.fetch(kind)
        for path in rows.paths():
            fetched = await altered(bench, kind, rows, path, instead(REMOVED))
            for ref, key in _loosened(whole, fetched):
                beyond = key in looser(fetched.by_ref[ref].marking, bench.settings.marking)
                told = f"{kind.value} `{ref.native}` without `{named(path)}` is looser in `{key}` than with it"
                require(not beyond, f"{told}, and than the default")
            for bad in garbage(rows) if path in rows.readable() else ():
                fetched = await altered(bench, kind, rows, path, instead(bad))
                for ref, key in _loosened(whole, fetched):
                    told = f"{kind.value} `{ref.native}`: {bad!r} in `{named(path)}` makes it looser in `{key}`"
                    require(False, f"{told}: quarantine a row whose marking can't be read")
                _same_originator(whole, fetched, path)
            tried += 1
    return f"{tried} fields" if tried else NO_ROWS


def _loosened(whole: Fetched, fetched: Fetched) -> Iterator[tuple[RecordRef, str]]:
    for ref, record in fetched.by_ref.items():
        if ref in whole.by_ref:
            for key in looser(record.marking, whole.by_ref[ref].marking):
                yield ref, key


def _same_originator(whole: Fetched, fetched: Fetched, path: Path) -> None:
    for ref, record in fetched.by_ref.items():
        if ref in whole.by_ref:
            was, now = whole.by_ref[ref].marking.originator, record.marking.originator
            require(was == now, f"`{ref.native}`: a bad value in `{named(path)}` makes `{now}` its originator")
