"""One key told twice, with one content or two: one record comes of it, the same one every time."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable

import pytest
from opentelemetry.trace import NoOpTracer

from connectors.contract import FetchRequest
from connectors.kit.bench import Bench, Subject, bench, simulated
from connectors.kit.bodies import Row, XmlRows
from connectors.kit.wire import Rows, at_each, instead, rows_of
from connectors.records import Record
from connectors.records.base import RecordRef
from connectors.registry import installed
from gateway.federation.sources.fetch import fetch
from gateway.federation.sources.plan import Asked
from gateway.federation.sources.source import Source
from gateway.federation.viewed import SourceReport
from policies.vocabulary import InformationKind, SourceState

# Of these a row is a document of its own, which an index can name twice: their own tests have that.
KINDS = [kind for kind in installed() if kind not in ("cap", "gdacs")]


Change = Callable[[list[Row]], list[Row]]


async def gathered(at: Bench, kind: InformationKind) -> list[Record]:
    """What the gateway takes from the source."""
    source = Source(name=at.settings.name, connector=at.another(), client=at.call().client)
    report = SourceReport(name=source.name)
    asked = Asked(source, FetchRequest(kind=kind), ordered=False)
    deadline = asyncio.get_running_loop().time() + 60
    pages = fetch(asked, report, deadline=deadline, budget=10_000, tracer=NoOpTracer())
    records = [record async for page in pages for record in page]
    assert report.state is SourceState.OK, report.fault
    return records


@pytest.mark.parametrize("connector", KINDS)
async def test_of_a_key_told_twice_one_record_comes(connector: str) -> None:
    subject = Subject.of(connector)
    with simulated(subject, records=24) as (settings, tap):
        async with bench(subject, settings, tap) as at, at.recorded() as recorded:
            tried = 0
            for kind in recorded.kinds:
                recorded.tap.reset()
                once = {record.ref: record for record in await gathered(recorded, kind)}
                rows = await rows_of(recorded, kind)
                if rows is None or isinstance(rows.format, XmlRows):
                    continue
                changed = await other_content(recorded, kind, rows, once)
                for twice in both(changed):
                    recorded.tap.reset()
                    recorded.tap.spoil = rows.altered(twice)
                    first, second = [await gathered(recorded, kind) for _ in range(2)]
                    assert first == second
                    assert sorted(record.ref.native for record in first) == sorted(ref.native for ref in once)
                    tried += 1
            assert tried, "no rows that could be told twice"


def both(changed: Change) -> list[Change]:
    """Every row and the same again; every row and then its other content; and the other way round."""
    return [
        lambda found: [*found, *copy.deepcopy(found)],
        lambda found: [*found, *changed(copy.deepcopy(found))],
        lambda found: [*changed(copy.deepcopy(found)), *found],
    ]


async def other_content(at: Bench, kind: InformationKind, rows: Rows, once: dict[RecordRef, Record]) -> Change:
    """A change to rows that leaves every record its key and gives at least one of them another content."""
    for path in rows.leaves():
        change = at_each(path, instead("Something else"))
        at.tap.reset()
        at.tap.spoil = rows.altered(change)
        try:
            other = {record.ref: record for record in await gathered(at, kind)}
        except AssertionError:
            continue
        if other.keys() == once.keys() and other != once:
            return change
    raise AssertionError(f"{kind.value}: no value of a row could be another")
