"""Look-ups and changes tell of the same records as a fetch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from connectors.contract import ChangePage
from connectors.kit.bench import Bench
from connectors.kit.check import NOT_CLAIMED, require
from connectors.records import Record

# Keys that no platform gave: what parts values in many a query, and what belongs to another language.
_STRANGE: Final = (
    *("no-such-key", "", " ", ",", "|", "a,b", "a|b", '"', "'", "*", "%", "&id=1", "../..", "{}", "$ne", "\x00", "é"),
    "k" * 96,
)


async def lookup(bench: Bench) -> str:
    """A look-up gives each record as a fetch does, and None for every other key, in the order of the keys."""
    if not bench.connector.capabilities.lookup:
        return NOT_CLAIMED
    asked = 0
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        for size in (len(whole.records), 1):
            keys = [*whole.keys[:size], *_STRANGE, *whole.keys[:1]]
            found = await bench.connector.lookup(kind, keys, bench.call())
            require(len(found) == len(keys), f"{kind.value}: {len(found)} answers for {len(keys)} keys")
            by_key = {record.ref.native: record for record in whole.records}
            for key, record in zip(keys, found, strict=True):
                came = None if record is None else record.ref.native
                require(came in (None, key), f"{kind.value}: the look-up of {key!r} gives `{came}`")
                missing = record is None and key in by_key
                require(not missing, f"{kind.value}: the look-up of `{key}` gives nothing, a fetch gives it")
                require(record == by_key.get(key), f"{kind.value}: the look-up of {key!r} differs from the fetch")
            asked += len(keys)
        nothing = await bench.connector.lookup(kind, [], bench.call())
        require(list(nothing) == [], f"{kind.value}: a look-up of no keys gives something")
    return f"{asked} keys"


async def incremental(bench: Bench) -> str:
    """All changes from the beginning, or from any watermark onward, add up to what a fetch gives."""
    if not bench.connector.capabilities.changes:
        return NOT_CLAIMED
    full: dict[tuple[str, str], Record] = {}
    for kind in bench.kinds:
        full |= {(kind.value, key): record for key, record in _keyed((await bench.fetch(kind)).records)}
    changes = await bench.changes(None)
    _equal("from the beginning", full, _folded(changes))
    mark = changes[-1].watermark if changes else None
    require(mark is not None, "the last page of changes has no watermark: nothing can go on from it")
    marks = 0
    for number, page in enumerate(changes, 1):
        if page.watermark is not None:
            later = await bench.changes(page.watermark)
            _equal(f"going on from page {number}", full, _folded([*changes[:number], *later]))
            marks += 1
    return f"{len(full)} records, {marks} watermarks"


async def tombstones(bench: Bench) -> str:
    """A record that is told as gone is in no fetch and in no look-up."""
    if not bench.connector.capabilities.changes:
        return NOT_CLAIMED
    gone = {key for page in await bench.changes(None) for key in page.removed}
    require(bool(gone), "the simulator tells of no deletion: let it, so that tombstones are seen to work")
    for kind in bench.kinds:
        there = gone & set((await bench.fetch(kind)).keys)
        require(not there, f"{kind.value}: `{min(there, default='')}` is told as gone, and a fetch gives it")
        if bench.connector.capabilities.lookup:
            for key, record in zip(
                sorted(gone), await bench.connector.lookup(kind, sorted(gone), bench.call()), strict=True
            ):
                require(record is None, f"{kind.value}: `{key}` is told as gone, and a look-up gives it")
    return f"{len(gone)} gone"


def _keyed(records: Iterable[Record]) -> list[tuple[str, Record]]:
    return [(record.ref.native, record) for record in records]


def _folded(changes: Iterable[ChangePage]) -> dict[tuple[str, str], Record]:
    state: dict[tuple[str, str], Record] = {}
    for page in changes:
        for record in page.records:
            state[record.ref.kind.value, record.ref.native] = record
        for kind, key in list(state):
            if key in page.removed:
                del state[kind, key]
    return state


def _equal(how: str, full: dict[tuple[str, str], Record], folded: dict[tuple[str, str], Record]) -> None:
    for (kind, key), record in full.items():
        require((kind, key) in folded, f"{how}: the {kind} `{key}` is in a fetch and in no change")
        require(folded[kind, key] == record, f"{how}: the {kind} `{key}` differs from the one of a fetch")
    for kind, key in folded:
        require((kind, key) in full, f"{how}: the {kind} `{key}` is in the changes and in no fetch")
