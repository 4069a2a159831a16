from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.graphql import GraphqlConnector
from policies.condition import All, Field, Interval, Operator, Test
from policies.vocabulary import InformationKind
from tests.connectors.graphql.conftest import NOW, Running, settings
from tests.connectors.source import calling, matches, natives, pages, records

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
ALERTS = FetchRequest(kind=InformationKind.SECURITY_ALERT)


@pytest.mark.parametrize(("request_", "rows"), [(INCIDENTS, 88), (ALERTS, 18)])
async def test_every_node_becomes_a_record_or_is_quarantined_newest_first(
    platform: Running, request_: FetchRequest, rows: int
) -> None:
    plain = settings(platform.url)
    connector = GraphqlConnector(msgspec.structs.replace(plain, options={**plain.options, "page_size": 20}))
    fetched = await pages(connector, platform.url, request_)

    found, quarantined = records(fetched), [item for page in fetched for item in page.quarantined]
    assert len(found) + len(quarantined) == rows
    assert len(fetched) == -(-rows // 20)
    assert {page.total for page in fetched} == {rows}
    assert {item.native for item in quarantined} == {
        node["ref"]
        for node in (platform.platform.notes if request_ is INCIDENTS else platform.platform.warnings)
        if node["contributor"]["handle"] == "guest"
    }
    shared = [record.shared_at for record in found]
    assert shared == sorted(shared, reverse=True)
    assert len(set(natives(found))) == len(found)


async def test_a_page_resumes_where_an_earlier_fetch_stopped_though_notes_arrive(platform: Running) -> None:
    connector = platform.connector()
    whole = records(await pages(connector, platform.url, INCIDENTS))
    (first,) = await pages(connector, platform.url, FetchRequest(kind=INCIDENTS.kind, limit=7))
    assert len(first.records) + len(first.quarantined) == 7
    platform.platform.notes.append(platform.platform.notes[0] | {"ref": "new", "postedOn": "2026-11-24T10:31:00+00:00"})
    rest = await pages(connector, platform.url, FetchRequest(kind=INCIDENTS.kind, resume=first.resume))

    assert natives([*first.records, *records(rest)]) == natives(whole)


@pytest.mark.parametrize(
    "test",
    [
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD", "MLI"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"TCD"})),
        Test(Field.SHARED, Operator.WITHIN, Interval(NOW - timedelta(days=3), NOW)),
        Test(Field.SHARED, Operator.WITHIN, Interval(None, NOW - timedelta(days=7))),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW)),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(None, NOW - timedelta(days=7))),
        Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW.replace(hour=0), NOW.replace(hour=12))),
    ],
    ids=str,
)
async def test_a_pushed_filter_loses_nothing(platform: Running, test: Test) -> None:
    connector = platform.connector()
    assert (test.field, test.operator) in connector.capabilities.filters
    everything = records(await pages(connector, platform.url, INCIDENTS))
    fetched = records(await pages(connector, platform.url, FetchRequest(kind=INCIDENTS.kind, condition=test)))

    assert {record.ref.native for record in everything if matches(record, test)} <= set(natives(fetched))
    assert len(fetched) < len(everything), "the filter was pushed to the platform"


async def test_conjuncts_are_pushed_together(platform: Running) -> None:
    connector = platform.connector()
    country = Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"}))
    recent = Test(Field.OCCURRED, Operator.WITHIN, Interval(NOW - timedelta(days=7), NOW))
    title = Test(Field.TITLE, Operator.CONTAINS, "no title has this")
    condition = All((country, All((recent, title))))
    everything = records(await pages(connector, platform.url, INCIDENTS))
    fetched = records(await pages(connector, platform.url, FetchRequest(kind=INCIDENTS.kind, condition=condition)))

    expected = {record.ref.native for record in everything if matches(record, country) and matches(record, recent)}
    assert expected
    assert expected <= set(natives(fetched))
    assert {record.place.country.iso3 for record in fetched} == {"SSD"}


async def test_filters_are_claimed_only_where_the_configuration_declares_variables() -> None:
    query = """
    query Notes($first: Int!, $after: String) {
      fieldNotes(first: $first, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { ref postedOn sort } }
      }
    }
    """
    plain = settings()
    bare = {
        "query": query,
        "connection": "fieldNotes",
        "scheme": "Notes",
        "fields": {"ref": "key", "postedOn": "shared", "sort": "category"},
    }
    connector = GraphqlConnector(msgspec.structs.replace(plain, options={"incidents": bare}))

    capabilities = connector.capabilities
    assert capabilities.kinds == {InformationKind.INCIDENT_REPORT}
    assert capabilities.filters == frozenset()
    assert capabilities.orders == frozenset()
    assert not capabilities.counts
    assert not capabilities.lookup


async def test_lookup_keeps_the_order_of_the_keys(platform: Running) -> None:
    connector = platform.connector()
    found = records(await pages(connector, platform.url, INCIDENTS))
    async with calling(platform.url) as call:
        looked_up = await connector.lookup(
            INCIDENTS.kind, [found[5].ref.native, 'absent "key"', found[2].ref.native], call
        )
    assert looked_up == [found[5], None, found[2]]


async def test_what_is_not_claimed_is_refused_by_name(platform: Running) -> None:
    connector = platform.connector()
    with pytest.raises(Unclaimed, match="`LESSON_LEARNED`"):
        await pages(connector, platform.url, FetchRequest(kind=InformationKind.LESSON_LEARNED))
    with pytest.raises(Unclaimed, match="`orders`"):
        await pages(connector, platform.url, FetchRequest(kind=INCIDENTS.kind, order=OrderKey(Field.OCCURRED)))
    async with calling(platform.url) as call:
        with pytest.raises(Unclaimed, match="`changes`"):
            connector.changes(None, call)
