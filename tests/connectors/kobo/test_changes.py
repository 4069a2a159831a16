"""Changes by comparison: edits, validations and deletions, none of which KoBoToolbox gives a time or a feed."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import ChangePage, FetchRequest
from connectors.errors import Unclaimed, Unusable
from connectors.kobo import KoboConnector
from policies.vocabulary import InformationKind, Verification
from tests.connectors.kobo.conftest import Running
from tests.connectors.source import calling, natives, pages, records

EVERYTHING = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


async def changes(connector: KoboConnector, kobo: Running, since: str | None) -> list[ChangePage]:
    async with calling(kobo.url) as call:
        return [page async for page in connector.changes(since, call)]


def told(got: list[ChangePage]) -> list[Any]:
    return [record for page in got for record in page.records]


def compared(kobo: Running, **options: Any) -> KoboConnector:
    return kobo.connector(compared=True, page_size=20, **options)


async def test_from_the_beginning_changes_are_all_that_a_fetch_gives(kobo: Running) -> None:
    connector = compared(kobo)
    first = await changes(connector, kobo, None)
    whole = records(await pages(connector, kobo.url, EVERYTHING))
    assert {record.ref.native: record for record in told(first)} == {record.ref.native: record for record in whole}
    assert [page.watermark is not None for page in first] == [False] * (len(first) - 1) + [True]
    assert not any(page.removed for page in first)


async def test_nothing_is_told_again_that_did_not_change(kobo: Running) -> None:
    connector = compared(kobo)
    mark = (await changes(connector, kobo, None))[-1].watermark
    again = await changes(connector, kobo, mark)
    assert told(again) == []
    assert again[-1].watermark == mark


async def test_an_edit_keeps_the_key_and_is_told_with_its_new_answers(kobo: Running) -> None:
    connector, row = compared(kobo), kobo.platform.rows[7]
    mark = (await changes(connector, kobo, None))[-1].watermark
    (before,) = [record for record in records(await pages(connector, kobo.url, EVERYTHING)) if _is(record, row)]
    submitted = row["_submission_time"]
    kobo.platform.edit(row, "an-invented-instance", **{"event/title": "Edited"})
    assert row["_submission_time"] == submitted
    (record,) = told(await changes(connector, kobo, mark))
    assert (record.ref, record.title) == (before.ref, "Edited")
    assert record.version != before.version


async def test_a_validation_is_a_change(kobo: Running) -> None:
    connector, row = compared(kobo), kobo.platform.rows[7]
    mark = (await changes(connector, kobo, None))[-1].watermark
    kobo.platform.validate(row, "not_approved", 1_795_600_000)
    (record,) = told(await changes(connector, kobo, mark))
    assert _is(record, row)
    assert record.verification is Verification.REFUTED


async def test_a_deleted_submission_is_gone_and_a_new_one_told(kobo: Running) -> None:
    connector = compared(kobo)
    taken = kobo.platform.rows.pop(4)
    mark = (await changes(connector, kobo, None))[-1].watermark
    gone = kobo.platform.rows.pop(9)
    kobo.platform.rows.append(taken)
    second = await changes(connector, kobo, mark)
    assert [_key(taken)] == natives(told(second))
    assert [native for page in second for native in page.removed] == [_key(gone)]


async def test_what_is_deleted_while_pages_are_read_hides_no_other_submission(kobo: Running) -> None:
    connector, kept = compared(kobo), {_key(row) for row in kobo.platform.rows[3:]}
    found: set[str] = set()
    async with calling(kobo.url) as call:
        async for page in connector.changes(None, call):
            found |= set(natives(list(page.records)))
            del kobo.platform.rows[:1]
    assert len(kobo.platform.rows) > 60
    assert kept & {_key(row) for row in kobo.platform.rows} <= found


async def test_a_submission_that_can_no_longer_be_marked_is_taken_out(kobo: Running) -> None:
    connector, row = compared(kobo), kobo.platform.rows[7]
    mark = (await changes(connector, kobo, None))[-1].watermark
    kobo.platform.edit(row, "an-invented-instance", **{"handling/share_with": "unheard"})
    second = await changes(connector, kobo, mark)
    assert [native for page in second for native in page.removed] == [_key(row)]
    assert [item.native for page in second for item in page.quarantined] == [_key(row)]


async def test_without_the_comparison_changes_are_not_claimed(kobo: Running) -> None:
    connector = kobo.connector()
    assert not connector.capabilities.changes
    with pytest.raises(Unclaimed, match="`changes`"):
        await changes(connector, kobo, None)


@pytest.mark.parametrize("mark", ["", "{}", '{"known": []}', "somebody else's"])
async def test_a_foreign_watermark_is_refused(kobo: Running, mark: str) -> None:
    with pytest.raises(Unusable, match="watermark"):
        await changes(compared(kobo), kobo, mark)


async def test_rows_that_the_comparison_does_not_find_are_not_taken_for_deleted(kobo: Running) -> None:
    mark = (await changes(compared(kobo), kobo, None))[-1].watermark
    kobo.platform.rows[5]["_id"] = "70000001"
    with pytest.raises(Unusable, match="more submissions than were read"):
        await changes(compared(kobo), kobo, mark)


def _key(row: dict[str, Any]) -> str:
    return str(row["meta/rootUuid"]).removeprefix("uuid:")


def _is(record: Any, row: dict[str, Any]) -> bool:
    return bool(record.ref.native == _key(row))
