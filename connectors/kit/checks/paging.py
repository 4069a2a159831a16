"""Paging, in whichever way the platform has it: numbers, offsets, links, cursors, or one whole array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connectors.contract import Connector, Page
from connectors.kit.bench import Bench, Fetched
from connectors.kit.check import require
from policies.vocabulary import InformationKind

_SIZES: Final = (1, 2, 7)


async def pages(bench: Bench) -> str:
    """Every page size gives the same records: none lost, none twice."""
    tried = 0
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        for size in _SIZES:
            connector = bench.paged(size)
            if connector is None:
                continue
            fetched = await bench.fetch(kind, connector)
            _same(f"{kind.value}, pages of {size}", whole, fetched)
            largest = max(len(page.records) for page in fetched.pages)
            tried += largest <= size
    return f"{tried} ways of cutting" if tried else "no option `page_size`"


async def resume(bench: Bench) -> str:
    """Every page's `resume` leads to exactly what follows it, and `limit` is never exceeded."""
    places = 0
    for kind in bench.kinds:
        whole = await bench.fetch(kind)
        for limit in (1, 3, len(whole.records) + len(whole.quarantined)):
            walked = await _walk(bench, kind, limit, 2 * len(whole.records) + len(whole.quarantined) + 2)
            for page in walked.pages:
                more = len(page.records) > limit
                require(not more, f"{kind.value}: a fetch of at most {limit} gave {len(page.records)} records")
            _same(f"{kind.value}, resumed after every {limit}", whole, walked)
            places += len(walked.pages)
        connector = bench.paged(5) or bench.connector
        paged = await bench.fetch(kind, connector)
        for number, page in enumerate(paged.pages[:-1], 1):
            require(page.resume is not None, f"{kind.value}: page {number} is not the last and has no `resume`")
            rest = await bench.fetch(kind, connector, resume=page.resume)
            _same(f"{kind.value}, from page {number}'s `resume`", Fetched(paged.pages[number:]), rest)
        last = paged.pages[-1].resume
        require(last is None, f"{kind.value}: the last page has a `resume`")
    return f"{places} places to go on from"


async def _walk(bench: Bench, kind: InformationKind, limit: int, at_most: int) -> Fetched:
    walked: list[Page] = []
    place = None
    for _ in range(at_most):
        fetched = await bench.fetch(kind, limit=limit, resume=place)
        came = len(fetched.records)
        require(came <= limit, f"{kind.value}: a fetch of at most {limit} gave {came} records")
        walked += fetched.pages
        place = fetched.pages[-1].resume if fetched.pages else None
        if place is None:
            return Fetched(walked)
    require(False, f"{kind.value}: `resume` leads on without end, {at_most} fetches of {limit} were not enough")
    return Fetched(walked)


def _same(how: str, expected: Fetched, got: Fetched) -> None:
    twice = _twice(got.keys)
    require(not twice, f"{how}: `{''.join(twice[:1])}` comes twice")
    lost = [key for key in expected.keys if key not in got.keys]
    require(not lost, f"{how}: {len(lost)} records are lost, the first is `{''.join(lost[:1])}`")
    strange = [key for key in got.keys if key not in expected.keys]
    require(not strange, f"{how}: `{''.join(strange[:1])}` comes that a whole fetch does not give")
    for ref, record in got.by_ref.items():
        require(record == expected.by_ref[ref], f"{how}: `{ref.native}` differs from the one of a whole fetch")


def _twice(keys: Sequence[str]) -> list[str]:
    return [key for place, key in enumerate(keys) if key in keys[:place]]


async def order(bench: Bench) -> str:
    """Records come in each claimed order, and those that tie come in one order whatever the pages' size."""
    tried = 0
    for kind in bench.kinds:
        for key in bench.connector.capabilities.orders:
            told = f"{kind.value} by `{key.field.name}` {'down' if key.descending else 'up'}"
            whole = await bench.fetch(kind, order=key)
            values = [_value(record, key.field.value) for record in whole.records]
            for one, other, record in zip(values, values[1:], whole.records[1:], strict=False):
                right = one >= other if key.descending else one <= other
                require(right, f"{told}: `{record.ref.native}` comes out of order")
            connectors: list[Connector | None] = [bench.connector, *(bench.paged(size) for size in _SIZES)]
            for connector in connectors:
                if connector is not None:
                    again = await bench.fetch(kind, connector, order=key)
                    require(again.keys == whole.keys, f"{told}: another size of pages gives another order")
            unordered = await bench.fetch(kind)
            same = sorted(unordered.keys) == sorted(whole.keys)
            require(same, f"{told}: other records come than without an order")
            tried += 1
    return f"{tried} orders" if tried else "not claimed"


def _value(record: object, path: str) -> Any:  # a time or a word, of any field
    value: object = record
    for name in path.split("."):
        value = getattr(value, name)
    return getattr(value, "start", value)
