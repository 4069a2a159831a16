"""Recorded answers of GDACS. Collected only where the samples are."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.gdacs.event_list import PATH
from policies.values import Country, Moment, Position
from policies.vocabulary import AlertCategory, Audience, Severity
from tests.connectors.formats.garbage import ALERTS, answering
from tests.connectors.gdacs.conftest import RSS, connector
from tests.connectors.source import pages
from tests.samples import found

# Items in each recording, and those that several countries share.
ITEMS = {"gdacs-1_fixture.xml": (4, 1), "gdacs-rss_2019.xml": (16, 7)}
FEEDS = found("gdacs/*.xml")


def recorded(path: Path) -> bytes:
    return path.read_bytes()


async def read(feed: Path, **options: Any) -> dict[str, Any]:
    with answering({RSS: (recorded(feed), "application/rss+xml")}) as url:
        (page,) = await pages(connector(url, **options), url, ALERTS)
    assert not page.quarantined
    records: dict[str, Any] = {record.ref.native: record for record in page.records}
    assert len(records) == len(page.records)
    return records


@pytest.mark.parametrize("feed", FEEDS, ids=lambda path: path.name)
@pytest.mark.parametrize("cap_files", [True, False])
async def test_every_recorded_item_becomes_a_record(feed: Path, cap_files: bool) -> None:
    records = await read(feed, cap_files=cap_files)
    items, shared = ITEMS[feed.name]
    assert len(records) == items
    assert not any(record.faults for record in records.values())
    assert sum(record.place is None for record in records.values()) == shared
    assert all(record.marking.audience is Audience.PUBLIC for record in records.values())
    assert all(record.expires is None and record.onset is not None for record in records.values())


@pytest.mark.parametrize("feed", FEEDS, ids=lambda path: path.name)
async def test_a_recorded_earthquake(feed: Path) -> None:
    record = (await read(feed))["EQ1199929"]
    assert record.place.country == Country("ZAF")
    assert record.place.point == Position(longitude=37.087, latitude=-44.5653)
    assert record.categories == (AlertCategory.GEO,)
    assert record.severity is Severity.MINOR
    assert record.onset == Moment.instant(datetime(2019, 12, 28, 15, 36, 35, tzinfo=UTC))
    kept = {item.key: item.value for item in record.attributes}
    assert kept["bbox"] == "33.087,-48.5653,41.087,-40.5653"


@pytest.mark.parametrize("feed", [path for path in FEEDS if "2019" in path.name], ids=lambda path: path.name)
async def test_recorded_levels_glide_numbers_and_countries(feed: Path) -> None:
    records = await read(feed)
    assert sorted(key for key, record in records.items() if record.severity is Severity.SEVERE) == [
        *("DR1012649", "DR1012728", "DR1012806", "DR1012926", "DR1013258", "DR1013281", "DR1013282", "TC1000641"),
    ]
    storm = records["TC1000641"]
    assert ("GLIDE", "TC-2019-000176-PHL") in {(item.type, item.value) for item in storm.references}
    assert sum(item.type == "GLIDE" for record in records.values() for item in record.references) == 1
    drought = records["DR1013682"]
    assert drought.area_description == "Bulgaria, Iraq, Iran, Turkey"
    assert drought.place is None, "its one code is Bulgaria's, and its point lies in Turkey"
    over = [key for key, record in records.items() if ("iscurrent", "false") in _told(record)]
    assert len(over) == 9


def _told(record: Any) -> set[tuple[str, str]]:
    return {(item.key, item.value) for item in record.attributes}


@pytest.mark.parametrize("answer", found("gdacs/*.geojson"), ids=lambda path: path.name)
async def test_a_recorded_feature(answer: Path) -> None:
    with answering({PATH: (recorded(answer), "application/json")}) as url:
        (page,) = await pages(connector(url, form="json"), url, ALERTS)
    assert (len(page.records), len(page.quarantined)) == (1, 0)
    record: Any = page.records[0]
    properties = json.loads(recorded(answer))["features"][0]["properties"]
    assert record.ref.native == "EQ1505491"
    assert record.title == properties["name"]
    assert record.place.country == Country("IDN")
    assert record.place.point == Position(longitude=139.0855, latitude=-2.1142)
    assert record.shared_at == datetime(2025, 10, 16, 17, 43, 2, tzinfo=UTC)
    assert (record.severity, record.expires, record.faults) == (Severity.MINOR, None, frozenset())
    assert ("severity", "Magnitude 5.1M, Depth:10km") in _told(record)
