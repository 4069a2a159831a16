"""Changes of the simulated ACLED: rows that change, vanish, or come out of the embargo."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.acled import AcledConnector
from connectors.acled.simulator import SimulatedAcled, simulate
from connectors.contract import ChangePage, FetchRequest
from connectors.errors import Unusable
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.acled.conftest import CREDENTIALS, NOW
from tests.connectors.source import calling, example, natives, pages, records


async def changes(connector: AcledConnector, url: str, since: str | None) -> list[ChangePage]:
    async with calling(url) as call:
        return [page async for page in connector.changes(since, call)]


def upserts(got: list[ChangePage]) -> set[str]:
    return {record.ref.native for page in got for record in page.records}


def removed(got: list[ChangePage]) -> set[str]:
    return {native for page in got for native in page.removed}


async def test_changes_carry_upserts_tombstones_and_what_the_embargo_released() -> None:
    app = simulate(160, 3, NOW, CREDENTIALS)
    platform: SimulatedAcled = app.state.acled
    with serving(app) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS, page_size=9))
        first = await changes(connector, url, None)
        fetch = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
        assert upserts(first) == set(natives(records(await pages(connector, url, fetch))))
        assert removed(first) == {row["event_id_cnty"] for row in platform.deleted}
        assert [page.watermark is not None for page in first] == [False] * (len(first) - 1) + [True]

        later = str(int(NOW.timestamp()) + 60)
        released = [row for row in platform.rows if row["event_date"] <= platform.embargo.isoformat()]
        changed, gone = released[0], released[1]
        changed |= {"fatalities": "9", "timestamp": later}
        platform.rows.remove(gone)
        platform.deleted.append({"event_id_cnty": gone["event_id_cnty"], "deleted_timestamp": later})
        hidden = {row["event_id_cnty"] for row in platform.rows if row["event_date"] > platform.embargo.isoformat()}
        assert hidden
        platform.embargo += timedelta(days=3)

        second = await changes(connector, url, first[-1].watermark)
        assert changed["event_id_cnty"] in upserts(second)
        assert hidden <= upserts(second)
        assert gone["event_id_cnty"] in removed(second)
        assert gone["event_id_cnty"] not in upserts(second)

        third = await changes(connector, url, second[-1].watermark)
        assert released[5]["event_id_cnty"] not in upserts(third)


async def test_a_row_that_was_deleted_and_taken_up_again_ends_as_what_it_is_now() -> None:
    app = simulate(40, 3, NOW, CREDENTIALS)
    platform: SimulatedAcled = app.state.acled
    again = next(row for row in platform.rows if row["event_date"] <= platform.embargo.isoformat())
    platform.deleted.append({"event_id_cnty": again["event_id_cnty"], "deleted_timestamp": "1"})
    with serving(app) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS, page_size=9))
        kept: set[str] = set()
        for page in await changes(connector, url, None):
            kept |= {record.ref.native for record in page.records}
            kept -= set(page.removed)
    assert again["event_id_cnty"] in kept


async def test_a_foreign_watermark_is_refused() -> None:
    app = simulate(4, 3, NOW, CREDENTIALS)
    with serving(app) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS))
        with pytest.raises(Unusable, match="watermark"):
            await changes(connector, url, "somebody else's")
