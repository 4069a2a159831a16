"""Single flight and the cache: what equal reads share, and what nobody shares."""

from __future__ import annotations

import asyncio

import pytest

from connectors.client import Bounds
from connectors.errors import Late, Unreachable, Unusable
from tests.connectors.client.opened import opened, soon
from tests.connectors.client.platform import Asked, Platform, Told, always, platform
from tests.connectors.proxy import never_read, proxied

ALICE, BOB = {"authorization": "Bearer alice"}, {"authorization": "Bearer bob"}


class Held:
    """Answers every request with its number, when it is let go."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.count = 0

    async def __call__(self, _asked: Asked) -> Told:
        self.count += 1
        number = self.count
        self.asked.set()
        await self.go.wait()
        return Told(body=b"%d" % number)


async def test_equal_reads_under_way_are_one_request() -> None:
    held = Held()
    async with platform(held) as running, opened(running.url) as client:
        reads = [
            asyncio.create_task(client.get("/x", deadline=soon(), parameters={"a": "1"}, headers=ALICE))
            for _ in range(20)
        ]
        await held.asked.wait()
        held.go.set()
        assert await asyncio.gather(*reads) == [b"1"] * 20
        assert len(running.asked) == 1
        assert await client.get("/x", deadline=soon(), parameters={"a": "1"}, headers=ALICE) == b"2", "it had ended"


async def test_reads_that_differ_in_anything_are_requests_of_their_own() -> None:
    held = Held()
    async with platform(held) as running, opened(running.url) as client:
        reads = [
            client.get("/x", deadline=soon(), headers=ALICE),
            client.get("/x", deadline=soon(), headers=BOB),
            client.get("/x", deadline=soon()),
            client.get("/y", deadline=soon(), headers=ALICE),
            client.get("/x", deadline=soon(), headers=ALICE, parameters={"a": "1"}),
            client.send("POST", "/x", deadline=soon(), headers=ALICE, content=b"1", read=True),
            client.send("POST", "/x", deadline=soon(), headers=ALICE, content=b"2", read=True),
            client.send("POST", "/z", deadline=soon(), content=b""),
            client.send("POST", "/z", deadline=soon(), content=b""),
        ]
        held.go.set()
        assert len(set(await asyncio.gather(*reads))) == len(reads) == len(running.asked)


async def test_a_caller_that_gives_up_takes_nothing_from_the_others() -> None:
    held = Held()
    async with platform(held) as running, opened(running.url) as client:
        first, second = (asyncio.create_task(client.get("/x", deadline=soon())) for _ in range(2))
        await held.asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        held.go.set()
        assert await second == b"1"
        assert len(running.asked) == 1


async def test_when_the_last_caller_gives_up_the_connection_is_closed() -> None:
    async with proxied(fault=never_read) as proxy, opened(proxy.url) as client:
        reads = [asyncio.create_task(client.get("/x", deadline=soon())) for _ in range(3)]
        await proxy.reached(1)
        for read in reads:
            read.cancel()
        assert [type(end) for end in await asyncio.gather(*reads, return_exceptions=True)] == [
            asyncio.CancelledError
        ] * 3
        assert client.health.in_flight == 0


async def test_a_caller_cancelled_twice_still_returns_only_when_the_request_is_over() -> None:
    async with proxied(fault=never_read) as proxy, opened(proxy.url) as client:
        read = asyncio.create_task(client.get("/x", deadline=soon()))
        await proxy.reached(1)
        read.cancel()
        await asyncio.sleep(0)  # it is cleaning up now
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read
        assert client.health.in_flight == 0


async def test_a_failure_is_shared_as_well() -> None:
    async with platform(always(Told(500))) as running, opened(running.url, bounds=Bounds(attempts=1)) as client:
        ends = await asyncio.gather(*(client.get("/x", deadline=soon()) for _ in range(5)), return_exceptions=True)
        assert [type(end) for end in ends] == [Unreachable] * 5
        assert len(running.asked) == 1


async def test_a_flight_lasts_as_long_as_whoever_has_most_time() -> None:
    held = Held()
    async with platform(held) as running, opened(running.url) as client:
        hurried = asyncio.create_task(client.get("/x", deadline=soon(0.2)))
        await held.asked.wait()
        patient = asyncio.create_task(client.get("/x", deadline=soon()))
        with pytest.raises(Late):
            await hurried
        held.go.set()
        assert await patient == b"1"
        assert len(running.asked) == 1


VALIDATORS = [("ETag", '"one"'), ("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")]


def validating(running: Platform, headers: list[tuple[str, str]], body: bytes = b"whole") -> None:
    """Answers 304 to whoever has what is there now."""
    conditions = {"etag": "if-none-match", "last-modified": "if-modified-since"}

    async def tell(asked: Asked) -> Told:
        held = [
            asked.headers.get(conditions[name.lower()]) == value
            for name, value in headers
            if name.lower() in conditions
        ]
        return Told(304, b"", headers) if held and all(held) else Told(200, body, headers)

    running.tell = tell


@pytest.mark.parametrize("validator", VALIDATORS)
async def test_an_unchanged_body_is_not_sent_again_and_a_changed_one_is(validator: tuple[str, str]) -> None:
    async with platform(always(Told())) as running, opened(running.url) as client:
        validating(running, [validator, ("Cache-Control", "max-age=3600")])
        for _ in range(3):
            assert await client.get("/x", deadline=soon(), headers=ALICE) == b"whole"
        assert len(running.asked) == 3, "the platform is asked each time: what it withdrew is gone at once"
        validating(running, [(validator[0], '"two"')], b"other")
        for _ in range(2):
            assert await client.get("/x", deadline=soon(), headers=ALICE) == b"other"


async def test_what_one_account_was_told_is_not_told_to_another() -> None:
    async with platform(always(Told())) as running, opened(running.url) as client:
        validating(running, VALIDATORS)
        await client.get("/x", deadline=soon(), headers=ALICE)
        await client.get("/x", deadline=soon(), headers=BOB)
        assert not [asked for asked in running.asked if "if-none-match" in asked.headers]


@pytest.mark.parametrize("header", [("Cache-Control", "private, No-Store"), ("Vary", "*")])
async def test_what_may_not_be_stored_is_not(header: tuple[str, str]) -> None:
    async with platform(always(Told())) as running, opened(running.url) as client:
        validating(running, [*VALIDATORS, header])
        for _ in range(2):
            assert await client.get("/x", deadline=soon()) == b"whole"
        assert not [asked for asked in running.asked if "if-none-match" in asked.headers]


async def test_what_may_be_stored_no_longer_is_forgotten() -> None:
    async with platform(always(Told())) as running, opened(running.url) as client:
        validating(running, VALIDATORS)
        await client.get("/x", deadline=soon())
        running.tell = always(Told(200, b"secret", [("Cache-Control", "no-store")]))
        for _ in range(2):
            assert await client.get("/x", deadline=soon()) == b"secret"
        assert ["if-none-match" in asked.headers for asked in running.asked] == [False, True, False]


async def test_the_cache_is_bounded_in_bytes_and_keeps_what_was_used_last() -> None:
    bounds = Bounds(cache_bytes=1_000)
    async with platform(always(Told())) as running, opened(running.url, bounds=bounds) as client:
        validating(running, VALIDATORS, b"x" * 250)

        async def conditional(path: str) -> bool:
            await client.get(path, deadline=soon())
            return "if-none-match" in running.asked[-1].headers

        assert [await conditional(f"/{number}") for number in range(4)] == [False] * 4
        assert await conditional("/0")
        assert not await conditional("/4")
        assert await conditional("/0")
        assert not await conditional("/1"), "the one used longest ago made room"
        validating(running, VALIDATORS, b"x" * 251)
        assert not await conditional("/large")
        assert not await conditional("/large"), "more than its part of the whole"


async def test_a_304_that_was_not_asked_for_is_no_answer() -> None:
    async with platform(always(Told(304, b""))) as running, opened(running.url) as client:
        for headers in ({}, {"if-none-match": '"its own"'}):
            with pytest.raises(Unusable) as caught:
                await client.get("/x", deadline=soon(), headers=headers)
            assert caught.value.status == 304
