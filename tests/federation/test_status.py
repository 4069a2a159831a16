"""The status table: written where something changed, the newest of what any process knows, read when none runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.client import SourceClient
from connectors.errors import NotAsked, RateLimited, Unreachable
from connectors.simulation.server import serving
from gateway.federation.sources.health import health, together
from gateway.federation.sources.source import Source
from gateway.federation.sources.status import COLUMNS, CONFIRMED_SECONDS, Statuses, status_table
from gateway.federation.viewed import SourceHealth
from gateway.quarantine.rows import Quarantines, Row
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import BreakerState, InformationKind, SourceState
from tests.adversarial.platform import MemoryConnector

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIGURED = [("forms", "memory"), ("feed", "memory")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def platform() -> Iterator[str]:
    async def well(_request: Request) -> Response:
        return Response("{}", media_type="application/json")

    with serving(Starlette(routes=[Route("/", well)])) as url:
        yield url


def opened(name: str, url: str = "http://127.0.0.1:9") -> Source:
    http = httpx.AsyncClient(trust_env=False)
    return Source(name=name, connector=MemoryConnector(), client=SourceClient(url, http))


class Running:
    """One process of the gateway and its clock."""

    def __init__(self, store: Store, url: str = "http://127.0.0.1:9") -> None:
        self.forms, self.feed = opened("forms", url), opened("feed", url)
        self.now = NOON.timestamp()
        self.statuses = Statuses(store, [self.forms, self.feed], lambda: self.now)

    async def ask(self) -> None:
        """Asks the forms' platform, which answers."""
        await self.forms.client.get("/", deadline=asyncio.get_running_loop().time() + 60)
        await self.forms.client.aclose()


def lines(store: Store) -> dict[str, dict[str, str]]:
    table = status_table(store, CONFIGURED)
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in table.rows}


def test_before_any_gateway_ran_nothing_is_known_and_that_is_said(store: Store) -> None:
    table = status_table(store, CONFIGURED)
    assert [row[2] for row in table.rows] == ["not asked", "not asked"]
    assert table.age(NOON) == "no gateway has served these sources from this database yet"


async def test_a_failure_changes_its_own_line_and_success_mends_it(store: Store, platform: str) -> None:
    running = Running(store, platform)
    running.statuses.write()
    before = lines(store)
    assert {line["state"] for line in before.values()} == {"not asked"}
    running.forms.client.note(RateLimited("status 429"))
    running.statuses.write()
    after = lines(store)
    assert after["feed"] == before["feed"]
    assert (after["forms"]["state"], after["forms"]["error"]) == ("RATE_LIMITED", "SOURCE_RATE_LIMITED")
    await running.ask()
    running.statuses.write()
    assert (lines(store)["forms"]["state"], lines(store)["forms"]["error"]) == ("OK", "")
    assert lines(store)["forms"]["last success"] != ""


def test_why_the_breaker_is_open_is_told_and_not_only_that_it_is(store: Store) -> None:
    running = Running(store)
    running.forms.client.note(Unreachable("status 503"))
    running.forms.client.note(NotAsked("too many failed"))
    running.statuses.write()
    assert lines(store)["forms"]["error"] == "SOURCE_UNREACHABLE"


def test_the_table_is_written_only_where_something_changed_or_is_to_be_confirmed(store: Store) -> None:
    running = Running(store)

    def observed() -> datetime | None:
        running.statuses.write()
        return status_table(store, CONFIGURED).observed

    assert observed() == NOON
    running.now += CONFIRMED_SECONDS - 1
    assert observed() == NOON
    running.forms.client.note(Unreachable("status 503"))
    assert observed() == NOON + timedelta(seconds=CONFIRMED_SECONDS - 1)
    running.now += CONFIRMED_SECONDS
    assert observed() == NOON + timedelta(seconds=2 * CONFIRMED_SECONDS - 1)


async def test_of_several_processes_the_one_that_asked_last_is_believed(store: Store, platform: str) -> None:
    first, second = Running(store), Running(store, platform)
    first.forms.client.note(Unreachable("status 503"))
    first.statuses.write()
    second.statuses.write()
    assert lines(store)["forms"]["state"] == "BROKEN", "who has not asked knows nothing better"
    await second.ask()
    second.statuses.write()
    first.now += CONFIRMED_SECONDS
    first.statuses.write()
    assert lines(store)["forms"]["state"] == "OK", "what was true before is not written again"


def known(at: datetime | None, state: SourceState | None, **more: Any) -> SourceHealth:
    (told,) = health([opened("forms")])
    times = {"last_success": at} if state is SourceState.OK else {"last_failure": at}
    return msgspec.structs.replace(told, state=state, **times, **more)


def test_times_of_both_are_kept_whoever_is_believed() -> None:
    older = known(NOON, SourceState.OK, watermark="7", breaker=BreakerState.CLOSED)
    newer = known(NOON + timedelta(seconds=1), SourceState.BROKEN, breaker=BreakerState.OPEN, error="SOURCE_LATE")
    told = together(older, newer)
    assert told == together(newer, older)
    assert (told.state, told.breaker, told.error, told.watermark) == (
        *(SourceState.BROKEN, BreakerState.OPEN, "SOURCE_LATE", "7"),
    )
    assert (told.last_success, told.last_failure) == (NOON, NOON + timedelta(seconds=1))
    assert together(known(None, None), older) == older


def test_the_table_says_how_old_it_is_and_counts_what_is_in_quarantine(store: Store) -> None:
    Running(store).statuses.write()
    rows = [Row("feed", InformationKind.INCIDENT_REPORT, str(number), "a reason") for number in range(3)]
    Quarantines(store).write(NOON.timestamp(), rows)
    assert [line["quarantined"] for line in lines(store).values()] == ["0", "3"]
    table = status_table(store, CONFIGURED)
    assert table.age(NOON + timedelta(seconds=8)) == "as told 0:00:08 ago"
    assert table.age(NOON + timedelta(hours=26)) == "no gateway runs: this is how it was 1 day, 2:00:00 ago"


async def test_what_happened_last_is_written_when_the_gateway_stops(store: Store) -> None:
    running = Running(store)
    running.statuses.start()
    running.forms.client.note(Unreachable("status 503"))
    await running.statuses.stop()
    assert lines(store)["forms"]["state"] == "BROKEN"
