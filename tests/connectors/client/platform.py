"""A platform that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from connectors.simulation.server import HOST


class Asked(NamedTuple):
    """One request as it arrived; `at` is the loop's time."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    at: float


class Told(NamedTuple):
    """What is answered."""

    status: int = 200
    body: bytes = b"{}"
    headers: Sequence[tuple[str, str]] = ()


Telling = Callable[[Asked], Awaitable[Told]]


class Platform:
    """Keeps connections alive, as platforms do."""

    def __init__(self, tell: Telling) -> None:
        self.tell = tell
        self.url = ""
        self.asked: list[Asked] = []
        self.connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                method, target, _ = head[0].split(" ")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.asked.append(Asked(method, target, headers, body, asyncio.get_running_loop().time()))
                told = await self.tell(self.asked[-1])
                lines = [f"HTTP/1.1 {told.status} X", *(f"{name}: {value}" for name, value in told.headers)]
                if told.status != 304:
                    lines.append(f"content-length: {len(told.body)}")
                writer.write("\r\n".join([*lines, "", ""]).encode() + told.body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self.connections.discard(task)

    async def left(self) -> None:
        """Returns when every client has closed its connection."""
        await asyncio.gather(*self.connections)


def always(*told: Told) -> Telling:
    """Those answers in their order, the last one for ever."""
    left = list(told)

    async def tell(_asked: Asked) -> Told:
        return left.pop(0) if len(left) > 1 else left[0]

    return tell


@asynccontextmanager
async def platform(tell: Telling) -> AsyncIterator[Platform]:
    """A platform in this loop for the time of the block."""
    running = Platform(tell)
    server = await asyncio.start_server(running.serve, HOST, 0)
    running.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    try:
        yield running
    finally:
        server.close()
        for task in list(running.connections):
            task.cancel()
        await asyncio.gather(*running.connections, return_exceptions=True)
        await server.wait_closed()
