"""Asking again: reads only, three times at most, within the budget and the deadline, as patiently as was asked for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.client import Bounds
from connectors.client.retries import RetryBudget, backoff
from connectors.errors import RateLimited, SourceError, Unreachable, Unusable
from tests.connectors.client.opened import Clock, opened, soon
from tests.connectors.client.platform import Asked, Told, always, platform
from tests.connectors.proxy import Passage, passing, proxied, reset

BUSY = Told(503)
QUICK = Bounds(first_backoff_seconds=0.001, longest_backoff_seconds=0.001)


def patient(seconds: str) -> Told:
    return Told(429, headers=[("Retry-After", seconds)])


async def test_a_read_is_asked_again_until_it_goes_through() -> None:
    async with (
        platform(always(BUSY, BUSY, Told(body=b"there"))) as running,
        opened(running.url, bounds=QUICK) as client,
    ):
        assert await client.get("/", deadline=soon()) == b"there"
        assert client.health.retries == 2


async def test_a_read_is_asked_three_times_and_no_more() -> None:
    async with platform(always(BUSY)) as running:
        async with opened(running.url, bounds=QUICK) as client:
            with pytest.raises(Unreachable, match="503"):
                await client.get("/", deadline=soon())
        assert len(running.asked) == 3


async def test_a_connection_that_was_reset_is_tried_again() -> None:
    async def first_reset(passage: Passage) -> None:
        await (reset if passage.number == 1 else passing)(passage)

    async with (
        platform(always(Told(body=b"there"))) as running,
        proxied(running.url, first_reset) as proxy,
        opened(proxy.url, bounds=QUICK) as client,
    ):
        assert await client.get("/", deadline=soon()) == b"there"


@pytest.mark.parametrize("told", [BUSY, patient("0")])
async def test_what_may_change_something_is_asked_once(told: Told) -> None:
    async with platform(always(told)) as running:
        async with opened(running.url, bounds=QUICK) as client:
            with pytest.raises(SourceError):
                await client.send("POST", "/", deadline=soon(), content=b"{}")
        assert len(running.asked) == 1


async def test_a_query_by_post_is_a_read_where_it_is_said_to_be() -> None:
    async with platform(always(BUSY, Told(body=b"there"))) as running:
        async with opened(running.url, bounds=QUICK) as client:
            assert await client.send("POST", "/", deadline=soon(), content=b"{}", read=True) == b"there"
        assert [asked.body for asked in running.asked] == [b"{}", b"{}"]


@pytest.mark.parametrize(
    "told", [Told(400), Told(401), Told(404), Told(301), Told(headers=[("Content-Encoding", "br")])]
)
async def test_what_asking_again_does_not_mend_is_asked_once(told: Told) -> None:
    async with platform(always(told)) as running:
        async with opened(running.url, bounds=QUICK) as client:
            with pytest.raises(SourceError):
                await client.get("/", deadline=soon())
        assert len(running.asked) == 1


async def test_retry_after_is_waited_for() -> None:
    async with platform(always(patient("1"), Told(body=b"there"))) as running:
        async with opened(running.url, bounds=QUICK) as client:
            assert await client.get("/", deadline=soon()) == b"there"
        first, second = running.asked
        assert second.at - first.at >= 1.0


async def test_a_retry_after_beyond_the_deadline_ends_it_at_once() -> None:
    async with platform(always(patient("60"))) as running:
        async with opened(running.url) as client:
            deadline = soon(30)
            with pytest.raises(RateLimited) as caught:
                await client.get("/", deadline=deadline)
            assert caught.value.after == 60
            assert asyncio.get_running_loop().time() < deadline - 15
        assert len(running.asked) == 1


async def test_a_retry_after_as_a_date_is_read() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with platform(always(patient(later))) as running, opened(running.url) as client:
        with pytest.raises(RateLimited) as caught:
            await client.get("/", deadline=soon())
    assert 3_500 < (caught.value.after or 0) <= 3_600


async def test_no_storm_meets_a_platform_that_asked_for_patience() -> None:
    clock = Clock()
    bounds = Bounds(concurrent=4)
    async with (
        platform(always(patient("60"))) as running,
        opened(running.url, bounds=bounds, clock=clock) as client,
    ):
        ends = await asyncio.gather(
            *(client.get(f"/{number}", deadline=soon()) for number in range(100)), return_exceptions=True
        )
        assert all(isinstance(end, RateLimited) for end in ends)
        asked = len(running.asked)
        assert asked <= bounds.concurrent, "those that were under way when it was said"
        with pytest.raises(RateLimited, match="patience"):
            await client.send("POST", "/", deadline=soon(), content=b"")
        assert len(running.asked) == asked
        assert client.health.patient_seconds == 60
        clock.now += 60
        running.tell = always(Told(body=b"there"))
        assert await client.get("/", deadline=soon()) == b"there"


async def test_an_absurd_retry_after_is_asked_again_after_a_while() -> None:
    async with platform(always(patient("9" * 400))) as running, opened(running.url, clock=Clock()) as client:
        with pytest.raises(RateLimited):
            await client.get("/", deadline=soon())
        assert client.health.patient_seconds == Bounds().longest_pause_seconds


async def test_the_budget_is_a_share_of_the_requests_and_a_few_a_second() -> None:
    bounds = Bounds(retries_a_second=0, first_backoff_seconds=0.0, longest_backoff_seconds=0.0, breaker_requests=1_000)
    async with platform(always(BUSY)) as running, opened(running.url, bounds=bounds) as client:
        for _ in range(50):
            with pytest.raises(Unreachable):
                await client.get("/", deadline=soon())
        assert len(running.asked) == 60, "each fifth read was asked once more"
        assert client.health.retries == 10


def test_the_budgets_two_parts() -> None:
    clock, budget = Clock(), None
    budget = RetryBudget(Bounds(), clock)
    assert [budget.spend() for _ in range(11)] == [True] * 10 + [False]
    clock.now += 0.5
    assert [budget.spend() for _ in range(6)] == [True] * 5 + [False]
    for _ in range(25):
        budget.earn()
    assert [budget.spend() for _ in range(6)] == [True] * 5 + [False]
    assert budget.spent == 20
    for _ in range(10_000):
        budget.earn()
    clock.now += 3_600
    granted = 0
    while budget.spend():
        granted += 1
    assert granted == 110, "an old quiet buys no storm"


def test_backoff_doubles_and_is_spread_over_all_of_it() -> None:
    bounds = Bounds()
    for attempt, longest in ((1, 0.1), (2, 0.2), (3, 0.4), (20, 2.0)):
        pauses = [backoff(attempt, bounds) for _ in range(2_000)]
        assert 0 <= min(pauses) < 0.1 * longest
        assert 0.9 * longest < max(pauses) <= longest


async def test_no_more_requests_than_places_are_under_way() -> None:
    bounds, held, most = Bounds(concurrent=3), asyncio.Event(), 0
    under_way = 0

    async def tell(_asked: Asked) -> Told:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == bounds.concurrent:
            held.set()
        await held.wait()
        under_way -= 1
        return Told()

    async with platform(tell) as running, opened(running.url, bounds=bounds) as client:
        await asyncio.gather(*(client.get(f"/{number}", deadline=soon()) for number in range(20)))
    assert most == bounds.concurrent
    assert len(running.asked) == 20


async def test_an_unusable_next_page_costs_no_request() -> None:
    async with platform(always(Told())) as running:
        async with opened(running.url) as client:
            with pytest.raises(Unusable):
                await client.get("http://192.0.2.1/", deadline=soon())
        assert not running.asked
