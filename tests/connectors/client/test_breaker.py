"""The circuit breaker: opens at half of twenty in ten seconds, rests five, closes by one probe."""

from __future__ import annotations

import asyncio

import pytest

from connectors.client import Bounds, BreakerState, SourceClient
from connectors.errors import Late, NotAsked, SourceError, Unreachable, Unusable
from tests.connectors.client.opened import Clock, opened, soon
from tests.connectors.client.platform import Asked, Platform, Told, always, platform

ONCE = Bounds(attempts=1)


async def ask(client: SourceClient, times: int) -> None:
    for _ in range(times):
        try:
            await client.get("/", deadline=soon())
        except SourceError:
            continue


async def broken(running: Platform, client: SourceClient) -> None:
    """Has the breaker open."""
    running.tell = always(Told(500))
    await ask(client, 20)
    assert client.health.breaker is BreakerState.OPEN


async def test_half_of_twenty_opens_it_and_nothing_is_asked_then() -> None:
    async with platform(always(Told())) as running, opened(running.url, bounds=ONCE, clock=Clock()) as client:
        await ask(client, 10)
        running.tell = always(Told(500))
        await ask(client, 9)
        assert client.health.breaker is BreakerState.CLOSED
        await ask(client, 1)
        assert client.health.breaker is BreakerState.OPEN
        with pytest.raises(NotAsked) as caught:
            await client.get("/", deadline=soon())
        assert caught.value.after == 5.0
        assert len(running.asked) == 20


async def test_what_is_older_than_ten_seconds_does_not_count() -> None:
    clock = Clock()
    async with platform(always(Told(500))) as running, opened(running.url, bounds=ONCE, clock=clock) as client:
        await ask(client, 19)
        clock.now += 10
        await ask(client, 19)
        assert client.health.breaker is BreakerState.CLOSED


async def test_one_probe_closes_it() -> None:
    clock, asked, go = Clock(), asyncio.Event(), asyncio.Event()

    async def held(_asked: Asked) -> Told:
        asked.set()
        await go.wait()
        return Told(body=b"back")

    async with platform(always(Told())) as running, opened(running.url, bounds=ONCE, clock=clock) as client:
        await broken(running, client)
        clock.now += 5
        running.tell = held
        probe = asyncio.create_task(client.get("/probe", deadline=soon()))
        await asked.wait()
        assert client.health.breaker is BreakerState.PROBING
        for number in range(10):
            with pytest.raises(NotAsked):
                await client.get(f"/{number}", deadline=soon())
        go.set()
        assert await probe == b"back"
        assert client.health.breaker is BreakerState.CLOSED
        assert [item.target for item in running.asked[20:]] == ["/probe"]
        running.tell = always(Told(500))
        await ask(client, 19)
        assert client.health.breaker is BreakerState.CLOSED, "what was before the probe is forgotten"
        assert len(running.asked) == 40


async def test_a_probe_that_fails_opens_it_for_as_long_again() -> None:
    clock = Clock()
    async with platform(always(Told())) as running, opened(running.url, bounds=ONCE, clock=clock) as client:
        await broken(running, client)
        clock.now += 5
        with pytest.raises(Unreachable):
            await client.get("/", deadline=soon())
        clock.now += 4.9
        with pytest.raises(NotAsked):
            await client.get("/", deadline=soon())
        assert len(running.asked) == 21


async def test_a_probe_whose_caller_gave_up_leaves_the_next_one_to_go() -> None:
    clock, asked = Clock(), asyncio.Event()

    async def hung(_asked: Asked) -> Told:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with platform(always(Told())) as running, opened(running.url, bounds=ONCE, clock=clock) as client:
        await broken(running, client)
        clock.now += 5
        running.tell = hung
        probe = asyncio.create_task(client.get("/", deadline=soon()))
        await asked.wait()
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe
        assert client.health.breaker is BreakerState.OPEN, "nothing was learned"
        running.tell = always(Told(body=b"back"))
        assert await client.get("/", deadline=soon()) == b"back"


async def test_hanging_counts_also_where_the_caller_keeps_the_same_deadline() -> None:
    async def hung(_asked: Asked) -> Told:
        await asyncio.Event().wait()
        raise AssertionError

    bounds = Bounds(breaker_requests=2)
    async with platform(hung) as running, opened(running.url, bounds=bounds) as client:
        with pytest.raises(Late):
            await client.get("/", deadline=soon(0.1))
        deadline = soon(0.1)
        with pytest.raises((TimeoutError, Late)):
            await asyncio.wait_for(client.get("/", deadline=deadline), deadline - asyncio.get_running_loop().time())
        assert client.health.breaker is BreakerState.OPEN
        assert client.health.in_flight == 0


@pytest.mark.parametrize("status", [400, 401, 404, 429])
async def test_what_the_platform_says_of_a_request_is_no_failure_of_the_platform(status: int) -> None:
    async with platform(always(Told(status))) as running, opened(running.url, bounds=ONCE) as client:
        await ask(client, 40)
        assert client.health.breaker is BreakerState.CLOSED
        assert len(running.asked) == 40


async def test_a_body_found_unusable_later_counts_as_a_failure_once() -> None:
    bounds = Bounds(breaker_requests=4)
    clock = Clock()
    async with (
        platform(always(Told(body=b"<html>"))) as running,
        opened(running.url, bounds=bounds, clock=clock) as client,
    ):
        await ask(client, 4)
        error = Unusable("not the platform's JSON")
        client.note(error)
        client.note(error)
        assert client.health.breaker is BreakerState.CLOSED
        client.note(Unusable("not the platform's JSON"))
        assert client.health.breaker is BreakerState.OPEN
        assert client.health.last_error == "SOURCE_UNUSABLE"
        clock.now += 5
        await ask(client, 1)
        assert client.health.breaker is BreakerState.CLOSED
        client.note(Unusable("still not"))
        assert client.health.breaker is BreakerState.OPEN, "the probe proved nothing"
