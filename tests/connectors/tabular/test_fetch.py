from __future__ import annotations

import pytest

from connectors.contract import FetchRequest, OrderKey
from connectors.errors import Unclaimed
from connectors.simulation.server import serving
from policies.condition import Field
from policies.groups import FieldGroup
from policies.values import PlacePrecision, TimePrecision
from policies.vocabulary import Audience, InformationKind, SpecialCategory
from tests.connectors.source import calling, natives, pages, records
from tests.connectors.tabular.conftest import Running
from tests.connectors.tabular.table import EVERYTHING, connector, dropped, resident

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_every_row_becomes_a_record_whatever_the_form(drop: Running, form: str) -> None:
    source = drop.connector(path=f"/drops/incidents.{form}", page_size=100)
    fetched = await pages(source, drop.url, EVERYTHING)

    assert [len(page.records) for page in fetched] == [100, 100, 40]
    assert not any(page.quarantined for page in fetched)
    assert natives(records(fetched)) == [row["Incident No."] for row in drop.place.rows]
    assert {record.faults for record in records(fetched)} == {frozenset()}


async def test_csv_and_xlsx_of_one_table_are_the_same_records(drop: Running) -> None:
    csv = records(await pages(drop.connector(), drop.url, EVERYTHING))
    xlsx = records(await pages(drop.connector(path="/drops/incidents.xlsx"), drop.url, EVERYTHING))
    assert csv == xlsx


async def test_the_noise_of_the_sheet_is_understood(drop: Running) -> None:
    found = records(await pages(drop.connector(), drop.url, EVERYTHING))

    assert {record.place.precision for record in found} == {
        PlacePrecision.POSITION,
        PlacePrecision.KM_25,
        PlacePrecision.ADMIN2,
        PlacePrecision.ADMIN1,
    }
    # A point that stands for a province is none.
    assert all(record.place.point is None for record in found if record.place.precision >= PlacePrecision.ADMIN2)
    assert {record.occurred.precision for record in found} == {TimePrecision.DAY, TimePrecision.INSTANT}
    assert {record.marking.audience for record in found} == {Audience.PARTNERS, Audience.ORIGINATOR}
    assert {special for record in found for special in record.marking.special} == {
        SpecialCategory.SEXUAL_VIOLENCE,
        SpecialCategory.UNMAPPED_SENSITIVE_CODE,
    }
    assert {(item.key, item.label, item.group) for record in found for item in record.attributes} == {
        ("Grade", "Grade of the report", FieldGroup.WHAT)
    }


async def test_a_limit_bounds_what_is_fetched_and_resume_goes_on(drop: Running) -> None:
    source = drop.connector(page_size=20)
    first = await pages(source, drop.url, FetchRequest(kind=EVERYTHING.kind, limit=30))
    rest = await pages(source, drop.url, FetchRequest(kind=EVERYTHING.kind, resume=first[-1].resume))
    whole = await pages(source, drop.url, EVERYTHING)

    assert [len(page.records) for page in first] == [20, 10]
    assert natives(records([*first, *rest])) == natives(records(whole))
    assert rest[-1].resume is None


async def test_resuming_knows_the_keys_of_rows_before(drop: Running) -> None:
    drop.place.rows.append(drop.place.rows[0])
    rest = await pages(drop.connector(), drop.url, FetchRequest(kind=EVERYTHING.kind, resume="239"))
    assert [len(page.records) for page in rest] == [1]
    assert [item.native for page in rest for item in page.quarantined] == [drop.place.rows[0]["Incident No."]]


async def test_lookup_gives_records_in_the_order_asked(drop: Running) -> None:
    keys = [str(drop.place.rows[200]["Incident No."]), "none", str(drop.place.rows[3]["Incident No."])]
    async with calling(drop.url) as call:
        found = await drop.connector().lookup(EVERYTHING.kind, keys, call)
    assert [record and record.ref.native for record in found] == [keys[0], None, keys[2]]


async def test_what_is_not_claimed_is_refused(drop: Running) -> None:
    source = drop.connector()
    with pytest.raises(Unclaimed, match="orders"):
        await pages(source, drop.url, FetchRequest(kind=EVERYTHING.kind, order=OrderKey(Field.SHARED)))
    with pytest.raises(Unclaimed, match="SITUATION_REPORT"):
        await pages(source, drop.url, FetchRequest(kind=InformationKind.SITUATION_REPORT))
    async with calling(drop.url) as call:
        with pytest.raises(Unclaimed, match="changes"):
            source.changes(None, call)


async def test_a_hundred_thousand_rows_are_read_in_bounded_memory() -> None:
    body = b"No,Date,Title\n" + b"".join(b"%d,2026-11-%02d,Event %d\n" % (n, n % 28 + 1, n) for n in range(100_000))
    with serving(dropped(body)) as url:
        async with calling(url, 120) as call:
            count, before, peak = 0, resident(), 0
            async for page in connector(url).fetch(EVERYTHING, call):
                count += len(page.records)
                peak = max(peak, resident())
    assert count == 100_000
    assert peak - before < 64 * MEGABYTE
