"""Quarantined rows are noted once while they are fresh, listed for the operator, and released when they are records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.contract import Quarantine
from gateway.quarantine.rows import Quarantines, Row, quarantined, released
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import InformationKind

KIND = InformationKind.INCIDENT_REPORT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    yield store
    store.close()


async def test_a_row_is_noted_with_when_it_was_met_first_and_last(store: Store) -> None:
    now = [1_800_000_000.0]
    quarantines = Quarantines(store, lambda: now[0])
    quarantines.start()
    row = Quarantine("`originator` is not mapped", "17")
    for seconds in (0, 10, 3_580):
        now[0] += seconds
        quarantines.note("forms", KIND, [row, Quarantine("no key")])
    now[0] += 20
    quarantines.note("forms", KIND, [row])
    quarantines.note("feed", KIND, [Quarantine("no key")])
    await quarantines.stop()
    found = {(item.source, item.native): item for item in quarantined(store)}
    assert set(found) == {("forms", "17"), ("forms", ""), ("feed", "")}
    noted = found["forms", "17"]
    assert noted.reason == "`originator` is not mapped"
    assert noted.first_seen.timestamp() == 1_800_000_000.0
    assert noted.last_seen.timestamp() == 1_800_003_610.0
    assert [item.native for item in quarantined(store, "feed")] == [""]


def test_what_is_a_record_now_is_released(store: Store) -> None:
    quarantines = Quarantines(store, lambda: 0.0)
    quarantines.write(
        0.0,
        [Row("forms", KIND, "17", "one reason"), Row("forms", KIND, "17", "another"), Row("forms", KIND, "18", "?")],
    )
    released(store, "forms", KIND, "17")
    assert [item.native for item in quarantined(store)] == ["18"]
