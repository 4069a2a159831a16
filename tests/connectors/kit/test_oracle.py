"""The kit reads a condition as the gateway does: two readings written apart, over every view of every record."""

from __future__ import annotations

import asyncio

import pytest

from connectors.kit.bench import Bench, Subject, bench, simulated
from connectors.kit.conditions import conditions
from connectors.kit.oracle import Seen, holds, seen
from gateway.federation.answer.match import evaluate
from gateway.federation.viewed import Viewed
from policies.condition import All, Any, Condition, Field, Not, Operator, Test
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import Impact, InformationKind

PRECISIONS = (
    None,
    Precisions(where=PlacePrecision.ADMIN2, when=TimePrecision.DAY),
    Precisions(where=PlacePrecision.ADMIN1, when=TimePrecision.WEEK),
    Precisions(where=PlacePrecision.COUNTRY, when=TimePrecision.MONTH),
)
CLAIMS = frozenset(
    {
        *((field, Operator.IN) for field in (Field.COUNTRY, Field.ADMIN1, Field.ADMIN2, Field.CATEGORY, Field.STATUS)),
        *((field, Operator.IN) for field in (Field.ORIGINATOR, Field.SOURCE, Field.STAGE, Field.URGENCY)),
        *((field, Operator.WITHIN) for field in (Field.SHARED, Field.OCCURRED, Field.ONSET, Field.EXPIRES)),
        *((field, Operator.IS_NULL) for field in (Field.OCCURRED, Field.ADMIN2, Field.ADMIN1, Field.SUMMARY)),
        *((field, Operator.CONTAINS) for field in (Field.TITLE, Field.NARRATIVE)),
        *((Field.IMPACT, operator) for operator in (Operator.AT_LEAST, Operator.AT_MOST)),
        (Field.ATTRIBUTES, Operator.HAS),
    }
)


def by_the_gateway(condition: Condition, what: Seen) -> bool | None:
    viewed = Viewed(
        view=what.shown,
        kind=InformationKind.INCIDENT_REPORT,
        id="",
        tie=b"",
        clearance=what.clearance,
        source="",
        reference=b"",
        accountable="",
    )
    return evaluate(condition, viewed)


@pytest.mark.parametrize("kind", ["unsms", "kobo", "acled"])
def test_both_readings_agree(kind: str) -> None:
    subject = Subject.of(kind)
    with simulated(subject) as (settings, tap):

        async def records() -> list[Seen]:
            async with bench(subject, settings, tap) as at:
                return await _seen(at)

        shown = asyncio.run(records())
    told: set[bool | None] = set()
    asked = [*conditions(shown, CLAIMS, 1), Test(Field.IMPACT, Operator.AT_LEAST, Impact.SERIOUS), All(()), Any(())]
    for condition in [*asked, *map(Not, asked)]:
        for what in shown:
            told.add(holds(condition, what))
            assert holds(condition, what) == by_the_gateway(condition, what), (condition, what)
    assert told == {True, False, None}


async def _seen(at: Bench) -> list[Seen]:
    fetched = [record for kind in at.kinds for record in (await at.fetch(kind)).records[:8]]
    return [seen(record, precision) for record in fetched for precision in PRECISIONS]
