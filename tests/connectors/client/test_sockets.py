"""No socket outlives its request, whatever the platform does and whenever the caller gives up.

The platforms' side runs in a loop of its own, so that all tasks of the test's loop are the client's: when they are
over, everything that it will ever close is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from connectors.client import Bounds, SourceClient
from connectors.errors import SourceError
from tests.connectors.client.opened import opened, soon
from tests.connectors.client.platform import Told, always, platform
from tests.connectors.proxy import FAILING, HANGING, Fault, never_read, passing, proxied, stalled

BOUNDS = Bounds(breaker_requests=1_000, longest_pause_seconds=0.0)
# More turns of the loop than a request takes to its answer's head.
TURNS = 60


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as running:
        yield running


@pytest.fixture(scope="module")
def upstream(portal: BlockingPortal) -> Iterator[str]:
    with portal.wrap_async_context_manager(platform(always(Told(body=b"x" * 5_000)))) as running:
        yield running.url


def sockets_to(*urls: str) -> int:
    """How many sockets of this process are connected to these addresses, by the kernel's own lists."""
    ports = {int(url.rpartition(":")[2]) for url in urls}
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]]
    there = {f"socket:[{row[9]}]" for row in rows if int(row[2].rpartition(":")[2], 16) in ports}
    held = []
    for descriptor in list(Path("/proc/self/fd").iterdir()):
        with suppress(FileNotFoundError):  # the one that the list itself was read by
            held.append(str(descriptor.readlink()))
    return sum(link in there for link in held)


async def over() -> None:
    """Returns when nothing is under way in this loop but the test itself; what never ends fails it."""
    async with asyncio.timeout(60):
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left)


async def test_sockets_are_seen(portal: BlockingPortal, upstream: str) -> None:
    """What the other tests here rest on: a connection that is kept for the next request is one."""
    with portal.wrap_async_context_manager(proxied(upstream, passing)) as proxy:
        async with opened(proxy.url) as client:
            await client.get("/", deadline=soon())
            await over()
            assert sockets_to(proxy.url) == 1
        await over()
        assert sockets_to(proxy.url) == 0


@pytest.mark.parametrize(
    "fault", [*HANGING.values(), *(fault for fault, _ in FAILING.values())], ids=[*HANGING, *FAILING]
)
async def test_no_fault_leaves_a_socket(portal: BlockingPortal, upstream: str, fault: Fault) -> None:
    with portal.wrap_async_context_manager(proxied(upstream, fault)) as proxy:
        async with opened(proxy.url, bounds=BOUNDS) as client:
            await asyncio.gather(*(asked(client, number) for number in range(6)))
            await over()
            assert sockets_to(proxy.url) == 0
            assert client.health.in_flight == 0


async def asked(client: SourceClient, number: int) -> None:
    """As the federation asks: with a timeout of its own at the same moment."""
    deadline = soon(0.3)
    with suppress(SourceError, TimeoutError):
        async with asyncio.timeout_at(deadline):
            await client.get(f"/{number}", deadline=deadline)


@pytest.mark.parametrize(
    ("fault", "scheme"),
    [(never_read, "http"), (stalled, "http"), (never_read, "https")],
    ids=["no answer", "an answer without its body", "a handshake that hangs"],
)
async def test_in_whatever_turn_of_the_loop_a_caller_gives_up(
    portal: BlockingPortal, upstream: str, fault: Fault, scheme: str
) -> None:
    async with AsyncExitStack() as stack:
        proxy = stack.enter_context(portal.wrap_async_context_manager(proxied(upstream, fault)))
        client = await stack.enter_async_context(opened(proxy.url.replace("http", scheme), bounds=BOUNDS))
        seen = 0
        for turns in range(TURNS):
            read = asyncio.create_task(client.get(f"/{turns}", deadline=soon()))
            for _ in range(turns):
                await asyncio.sleep(0)
            seen += sockets_to(proxy.url)
            read.cancel()
            await asyncio.gather(read, return_exceptions=True)
            await over()
            assert sockets_to(proxy.url) == 0, f"cancelled in turn {turns}"
        assert seen, "none was cancelled while it was connected"
