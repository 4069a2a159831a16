"""Fetching from the simulated ACLED: all rows, pages, limits, the embargo, and filters that lose nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from policies.condition import All, Field, Interval, Operator, Test
from policies.vocabulary import IncidentCategory, InformationKind
from tests.connectors.acled.conftest import NOW, Running
from tests.connectors.source import calling, matches, natives, pages, records, tightest

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


async def test_every_row_that_the_embargo_has_released_becomes_a_record(acled: Running) -> None:
    fetched = await pages(acled.connector(page_size=17), acled.url, INCIDENTS)
    released = [row for row in acled.platform.rows if row["event_date"] <= acled.platform.embargo.isoformat()]
    assert len(released) > 50
    assert sorted(natives(records(fetched))) == sorted(row["event_id_cnty"] for row in released)
    assert not any(page.quarantined for page in fetched)
    assert {page.total for page in fetched} == {len(released)}


async def test_the_embargo_is_told_and_the_last_week_has_rows_before_it(acled: Running) -> None:
    fetched = await pages(acled.connector(), acled.url, INCIDENTS)
    assert {page.embargoed_until for page in fetched} == {(NOW - timedelta(days=3)).date()}
    days = {record.occurred.start for record in records(fetched)}
    assert any(day > NOW - timedelta(days=7) for day in days)
    assert all(day <= NOW - timedelta(days=3) for day in days)
    assert len(acled.platform.rows) > len(records(fetched))


async def test_a_limit_bounds_the_rows_and_the_rest_follows_by_resume(acled: Running) -> None:
    connector = acled.connector(page_size=10)
    everything = natives(records(await pages(connector, acled.url, INCIDENTS)))
    got: list[str] = []
    resume: str | None = None
    while True:
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, limit=25, resume=resume)
        fetched = await pages(connector, acled.url, request)
        assert len(records(fetched)) <= 25
        got += natives(records(fetched))
        resume = fetched[-1].resume
        if resume is None:
            break
    assert got == everything


moments = st.datetimes(
    min_value=(NOW - timedelta(days=70)).replace(tzinfo=None), max_value=NOW.replace(tzinfo=None)
).map(lambda moment: moment.replace(tzinfo=NOW.tzinfo))
intervals = st.builds(Interval, start=st.none() | moments, end=st.none() | moments)
tests_of_rows = st.one_of(
    st.builds(
        Test,
        st.just(Field.COUNTRY),
        st.just(Operator.IN),
        st.frozensets(st.sampled_from(["SSD", "SOM", "MLI", "SDN", "FRA", "nonsense"]), max_size=3),
    ),
    st.builds(
        Test,
        st.just(Field.CATEGORY),
        st.just(Operator.IN),
        st.frozensets(st.sampled_from(list(IncidentCategory)), max_size=3),
    ),
    st.builds(Test, st.sampled_from([Field.OCCURRED, Field.SHARED]), st.just(Operator.WITHIN), intervals),
)


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(tests_of_rows, max_size=3))
def test_filters_lose_no_record_that_matches(acled: Running, parts: list[Test]) -> None:
    async def both() -> tuple[set[str], set[str]]:
        connector = acled.connector()
        everything = records(await pages(connector, acled.url, INCIDENTS))
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=All(tuple(parts)))
        filtered = await pages(connector, acled.url, request)
        assert all(page.embargoed_until is not None for page in filtered)
        wanted = {record.ref.native for record in everything if all(matches(record, part) for part in parts)}
        return wanted, set(natives(records(filtered)))

    wanted, got = asyncio.run(both())
    assert wanted <= got


@pytest.mark.parametrize("field", [Field.OCCURRED, Field.SHARED])
async def test_the_smallest_interval_around_a_record_finds_it(acled: Running, field: Field) -> None:
    reader = acled.connector()
    everything = records(await pages(reader, acled.url, INCIDENTS))
    for record in everything[:25]:
        request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=tightest(record, field))
        found = records(await pages(reader, acled.url, request))
        assert record.ref.native in natives(found)
        assert len(found) < len(everything)


@pytest.mark.parametrize(
    ("test", "fewer"),
    [
        (Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"})), True),
        (Test(Field.CATEGORY, Operator.IN, frozenset({IncidentCategory.CIVIL_UNREST})), True),
        (Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW)), True),
        (Test(Field.SHARED, Operator.WITHIN, Interval(NOW - timedelta(days=7), None)), True),
        (Test(Field.STAGE, Operator.IN, frozenset()), False),
    ],
)
async def test_what_is_claimed_is_filtered_by_the_platform(acled: Running, test: Test, fewer: bool) -> None:
    connector = acled.connector()
    everything = records(await pages(connector, acled.url, INCIDENTS))
    request = FetchRequest(kind=InformationKind.INCIDENT_REPORT, condition=test)
    filtered = records(await pages(connector, acled.url, request))
    assert ((test.field, test.operator) in connector.capabilities.filters) is fewer
    assert (0 < len(filtered) < len(everything)) is fewer


async def test_lookup_gives_records_in_the_order_of_the_keys(acled: Running) -> None:
    connector = acled.connector()
    known = natives(records(await pages(connector, acled.url, INCIDENTS)))[:2]
    embargoed = next(
        row["event_id_cnty"] for row in acled.platform.rows if row["event_date"] > acled.platform.embargo.isoformat()
    )
    async with calling(acled.url) as call:
        keys = [known[1], "SSD999999", embargoed, f"{known[0]}|{known[1]}", known[0]]
        found = await connector.lookup(InformationKind.INCIDENT_REPORT, keys, call)
    assert [record and record.ref.native for record in found] == [known[1], None, None, None, known[0]]


async def test_what_is_not_claimed_is_refused(acled: Running) -> None:
    connector = acled.connector()
    with pytest.raises(Unclaimed, match="`acled` does not claim `orders`"):
        await pages(
            connector,
            acled.url,
            FetchRequest(kind=InformationKind.INCIDENT_REPORT, order=OrderKey(Field.SHARED)),
        )
    with pytest.raises(Unclaimed, match="`acled` does not claim `SECURITY_ALERT`"):
        await pages(connector, acled.url, FetchRequest(kind=InformationKind.SECURITY_ALERT))
