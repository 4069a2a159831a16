from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from policies.condition import All, Field, Interval, Operator, Test
from policies.vocabulary import InformationKind
from tests.connectors.reliefweb.conftest import NOW, Running
from tests.connectors.source import calling, matches, natives, pages, records, tightest

SITUATIONS = InformationKind.SITUATION_REPORT
LESSONS = InformationKind.LESSON_LEARNED
KINDS = [SITUATIONS, LESSONS]


def of_format(reliefweb: Running, name: str) -> list[str]:
    return [str(item["id"]) for item in reliefweb.platform.reports if item["fields"]["format"][0]["name"] == name]


async def test_each_kind_is_what_its_formats_and_themes_select(reliefweb: Running) -> None:
    situations = records(await pages(reliefweb.connector(), reliefweb.url, FetchRequest(kind=SITUATIONS)))
    lessons = records(await pages(reliefweb.connector(), reliefweb.url, FetchRequest(kind=LESSONS)))

    assert sorted(natives(situations)) == sorted(of_format(reliefweb, "Situation Report"))
    # Lessons on other themes than the configured one are left out.
    assert 0 < len(lessons) < len(of_format(reliefweb, "Evaluation and Lessons Learned"))
    assert {"Safety and Security"} == {
        item.value for record in lessons for item in record.attributes if item.key == "theme"
    } - {"Mine Action"}


@pytest.mark.parametrize("kind", KINDS)
async def test_pages_are_newest_first_and_lose_and_repeat_nothing(reliefweb: Running, kind: InformationKind) -> None:
    whole = records(await pages(reliefweb.connector(), reliefweb.url, FetchRequest(kind=kind)))
    order = OrderKey(Field.SHARED)
    fetched = await pages(reliefweb.connector(page_size=7), reliefweb.url, FetchRequest(kind=kind, order=order))

    assert len(fetched) > 2
    assert natives(records(fetched)) == natives(whole)
    assert len(set(natives(whole))) == len(whole)
    assert not any(page.quarantined for page in fetched)
    assert {page.total for page in fetched} == {len(whole)}
    shared = [record.shared_at for record in records(fetched)]
    assert shared == sorted(shared, reverse=True)


async def test_no_page_more_is_asked_than_is_needed(reliefweb: Running) -> None:
    await pages(reliefweb.connector(), reliefweb.url, FetchRequest(kind=SITUATIONS))
    assert reliefweb.platform.calls == 1
    fetched = await pages(reliefweb.connector(page_size=7), reliefweb.url, FetchRequest(kind=SITUATIONS, limit=10))
    assert [len(page.records) for page in fetched] == [7, 3]
    assert reliefweb.platform.calls == 3


async def test_a_page_resumes_where_an_earlier_fetch_stopped(reliefweb: Running) -> None:
    connector = reliefweb.connector()
    (first,) = await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS, limit=5))
    rest = await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS, resume=first.resume))
    whole = await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS))

    assert natives([*first.records, *records(rest)]) == natives(records(whole))


async def test_a_report_that_arrives_between_pages_repeats_no_record(reliefweb: Running) -> None:
    async with calling(reliefweb.url) as call:
        found = reliefweb.connector(page_size=7).fetch(FetchRequest(kind=SITUATIONS), call)
        first = await anext(found)
        newest = next(item for item in reliefweb.platform.reports if str(item["id"]) == first.records[0].ref.native)
        date = newest["fields"]["date"] | {"created": "2026-11-24T10:31:00+00:00"}
        fields = newest["fields"] | {"date": date}
        reliefweb.platform.reports.append({**newest, "id": "9999999", "fields": fields})
        rest = [page async for page in found]

    keys = natives([*first.records, *records(rest)])
    assert len(keys) == len(set(keys)) == len(of_format(reliefweb, "Situation Report")) - 1
    assert [item.native for page in rest for item in page.quarantined] == [first.records[-1].ref.native]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "test",
    [
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"SSD", "MLI"})),
        Test(Field.COUNTRY, Operator.IN, frozenset({"NPL"})),
        Test(Field.LANGUAGE, Operator.IN, frozenset({"fr"})),
        Test(Field.SHARED, Operator.WITHIN, Interval(NOW - timedelta(days=3), NOW)),
        Test(Field.SHARED, Operator.WITHIN, Interval(None, NOW - timedelta(days=7, microseconds=5))),
        Test(Field.REPORTED, Operator.WITHIN, Interval(NOW - timedelta(days=7), None)),
        Test(Field.REPORTED, Operator.WITHIN, Interval(None, NOW - timedelta(days=7))),
    ],
    ids=str,
)
async def test_a_pushed_filter_loses_nothing(reliefweb: Running, kind: InformationKind, test: Test) -> None:
    connector = reliefweb.connector()
    assert (test.field, test.operator) in connector.capabilities.filters
    everything = records(await pages(connector, reliefweb.url, FetchRequest(kind=kind)))
    fetched = records(await pages(connector, reliefweb.url, FetchRequest(kind=kind, condition=All((test,)))))

    assert {record.ref.native for record in everything if matches(record, test)} <= set(natives(fetched))
    assert len(fetched) < len(everything), "the filter was pushed to the platform"


@pytest.mark.parametrize("field", [Field.SHARED, Field.REPORTED])
async def test_the_smallest_interval_around_a_records_time_finds_it(reliefweb: Running, field: Field) -> None:
    connector = reliefweb.connector()
    for record in records(await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS)))[::9]:
        asked = FetchRequest(kind=SITUATIONS, condition=tightest(record, field))
        assert record.ref.native in natives(records(await pages(connector, reliefweb.url, asked)))


async def test_an_interval_at_the_end_of_time_is_no_bound(reliefweb: Running) -> None:
    far = Interval(NOW - timedelta(days=3), NOW.replace(year=9999, month=12, day=31, hour=23))
    asked = FetchRequest(kind=SITUATIONS, condition=Test(Field.REPORTED, Operator.WITHIN, far))
    assert records(await pages(reliefweb.connector(), reliefweb.url, asked))


async def test_codes_are_found_whatever_case_the_platform_has(reliefweb: Running) -> None:
    for item in reliefweb.platform.reports:
        primary = item["fields"]["primary_country"]
        item["fields"]["primary_country"] = primary | {"iso3": primary["iso3"].upper()}
    condition = Test(Field.COUNTRY, Operator.IN, frozenset({"SSD"}))
    asked = FetchRequest(kind=SITUATIONS, condition=condition)
    assert records(await pages(reliefweb.connector(), reliefweb.url, asked))


async def test_lookup_gives_records_in_the_order_asked_and_of_their_kind_only(reliefweb: Running) -> None:
    connector = reliefweb.connector()
    whole = records(await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS)))
    lesson = records(await pages(connector, reliefweb.url, FetchRequest(kind=LESSONS)))[0].ref.native
    keys = [whole[3].ref.native, "1", lesson, "no number", whole[0].ref.native]
    async with calling(reliefweb.url) as call:
        found = await connector.lookup(SITUATIONS, keys, call)

    assert [None if record is None else msgspec.structs.astuple(record) for record in found] == [
        msgspec.structs.astuple(whole[3]),
        None,
        None,
        None,
        msgspec.structs.astuple(whole[0]),
    ]


async def test_what_is_not_claimed_is_refused(reliefweb: Running) -> None:
    connector = reliefweb.connector(lessons=None)
    assert connector.capabilities.kinds == {SITUATIONS}
    assert not connector.capabilities.changes
    async with calling(reliefweb.url) as call:
        with pytest.raises(Unclaimed, match="LESSON_LEARNED"):
            await connector.lookup(LESSONS, ["1"], call)
        with pytest.raises(Unclaimed, match="changes"):
            connector.changes(None, call)
    with pytest.raises(Unclaimed, match="orders"):
        await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS, order=OrderKey(Field.REPORTED)))
