from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from policies.condition import All, Condition, Field, Interval, Operator, Test
from policies.vocabulary import IncidentCategory, InformationKind
from tests.connectors.kobo.conftest import NOW, Running
from tests.connectors.source import calling, matches, natives, pages, records

INCIDENTS = InformationKind.INCIDENT_REPORT
EVERYTHING = FetchRequest(kind=INCIDENTS)


async def test_every_submission_becomes_a_record_newest_first(kobo: Running) -> None:
    fetched = await pages(kobo.connector(page_size=20), kobo.url, EVERYTHING)

    found = records(fetched)
    assert len(found) == len(kobo.platform.rows) == 92
    assert [len(page.records) for page in fetched] == [20, 20, 20, 20, 12]
    assert not any(page.quarantined for page in fetched)
    assert {page.total for page in fetched} == {92}
    shared = [record.shared_at for record in found]
    assert shared == sorted(shared, reverse=True)
    assert len(set(natives(found))) == 92


async def test_a_page_resumes_where_an_earlier_fetch_stopped(kobo: Running) -> None:
    connector = kobo.connector(page_size=20)
    (first,) = await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, limit=7))
    rest = await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, resume=first.resume))
    whole = await pages(connector, kobo.url, EVERYTHING)

    assert len(first.records) == 7
    assert natives([*first.records, *records(rest)]) == natives(records(whole))


async def test_a_limit_bounds_what_is_fetched_over_pages(kobo: Running) -> None:
    fetched = await pages(kobo.connector(page_size=20), kobo.url, FetchRequest(kind=INCIDENTS, limit=30))

    assert [len(page.records) for page in fetched] == [20, 10]


async def test_a_submission_that_arrives_between_pages_repeats_no_record(kobo: Running) -> None:
    connector = kobo.connector(page_size=50)
    async with calling(kobo.url) as call:
        found = connector.fetch(EVERYTHING, call)
        first = await anext(found)
        kobo.platform.rows.append(
            kobo.platform.rows[0]
            | {"meta/rootUuid": "uuid:arrived-meanwhile", "_submission_time": "2026-11-24T10:31:00"}
        )
        rest = [page async for page in found]

    keys = natives([*first.records, *records(rest)])
    assert len(keys) == len(set(keys)) == 92
    assert [item.native for page in rest for item in page.quarantined] == [first.records[-1].ref.native]


@pytest.mark.parametrize(
    "test",
    [
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD", "MLI"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"TCD"})),
        Test(Field.CATEGORY, Operator.IN, frozenset({IncidentCategory.ATTACK, IncidentCategory.CONFINE})),
        Test(Field.SHARED, Operator.WITHIN, Interval(NOW - timedelta(days=3), NOW)),
        Test(Field.SHARED, Operator.WITHIN, Interval(None, NOW - timedelta(days=7))),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW)),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW.replace(hour=0), NOW.replace(hour=12))),
    ],
    ids=str,
)
async def test_a_pushed_filter_loses_nothing(kobo: Running, test: Test) -> None:
    connector = kobo.connector()
    assert (test.field, test.operator) in connector.capabilities.filters
    everything = records(await pages(connector, kobo.url, EVERYTHING))
    fetched = records(await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, condition=test)))

    expected = {record.ref.native for record in everything if matches(record, test)}
    assert expected <= set(natives(fetched))
    assert len(fetched) < len(everything), "the filter was pushed to the platform"


@pytest.mark.parametrize("microsecond", [0, 400_000])
async def test_the_last_second_of_an_interval_is_not_lost(kobo: Running, microsecond: int) -> None:
    connector = kobo.connector()
    newest = records(await pages(connector, kobo.url, EVERYTHING))[0]
    end = newest.shared_at + timedelta(seconds=0 if microsecond else 1, microseconds=microsecond)
    within = Test(Field.SHARED, Operator.WITHIN, Interval(newest.shared_at, end))

    fetched = records(await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, condition=within)))
    assert newest.ref.native in natives(fetched)


async def test_conjuncts_are_pushed_together_and_the_rest_is_left_to_the_gateway(kobo: Running) -> None:
    connector = kobo.connector()
    country = Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"}))
    recent = Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW))
    title = Test(Field.TITLE, Operator.CONTAINS, "no title has this")
    condition: Condition = All((country, All((recent, title))))
    everything = records(await pages(connector, kobo.url, EVERYTHING))
    fetched = records(await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, condition=condition)))

    expected = {record.ref.native for record in everything if matches(record, country) and matches(record, recent)}
    assert expected
    assert expected <= set(natives(fetched))
    assert {record.place.country.iso3 for record in fetched} == {"SSD"}


async def test_lookup_keeps_the_order_of_the_keys_and_knows_edited_submissions_by_their_root(kobo: Running) -> None:
    connector = kobo.connector()
    found = records(await pages(connector, kobo.url, EVERYTHING))
    edited = next(row for row in kobo.platform.rows if "meta/deprecatedID" in row)
    key, instance = edited["meta/rootUuid"].removeprefix("uuid:"), edited["_uuid"]
    other = next(native for native in natives(found) if native != key)

    async with calling(kobo.url) as call:
        looked_up = await connector.lookup(INCIDENTS, [other, "absent", key, instance], call)

    assert [None if record is None else record.ref.native for record in looked_up] == [other, None, key, None]
    assert {looked_up[0], looked_up[2]} <= set(found)


async def test_an_edit_and_a_validation_change_the_version_and_keep_the_key(kobo: Running) -> None:
    connector = kobo.connector()
    row = next(row for row in kobo.platform.rows if not row["_validation_status"])
    key = row["meta/rootUuid"].removeprefix("uuid:")
    versions = []
    for change in (
        {},
        {"meta/deprecatedID": row["meta/instanceID"], "meta/instanceID": "uuid:edited", "_uuid": "edited"},
        {"_validation_status": {"uid": "validation_status_approved", "timestamp": 1795514400}},
    ):
        row |= change
        async with calling(kobo.url) as call:
            (record,) = await connector.lookup(INCIDENTS, [key], call)
        assert record is not None
        versions.append(record.version)
    assert len(set(versions)) == 3


async def test_what_is_not_claimed_is_refused_by_name(kobo: Running) -> None:
    connector = kobo.connector()
    with pytest.raises(Unclaimed, match="`SECURITY_ALERT`"):
        await pages(connector, kobo.url, FetchRequest(kind=InformationKind.SECURITY_ALERT))
    with pytest.raises(Unclaimed, match="`orders`"):
        await pages(connector, kobo.url, FetchRequest(kind=INCIDENTS, order=OrderKey(Field.OCCURRED)))
    async with calling(kobo.url) as call:
        with pytest.raises(Unclaimed, match="`changes`"):
            connector.changes(None, call)


async def test_fields_that_no_question_fills_are_not_claimed(kobo: Running) -> None:
    connector = kobo.connector(fields={"event/what": "category"}, values={}, special={})
    assert connector.capabilities.filters == {(Field.SHARED, Operator.WITHIN)}
    assert msgspec.structs.asdict(connector.capabilities)["counts"] is True
