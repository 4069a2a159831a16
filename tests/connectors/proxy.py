"""A TCP proxy between a client and a platform that injects one fault into each connection. Loopback only."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from connectors.simulation.server import HOST

_PIECE = 64 * 1024


class Passage:
    """One connection. What the client sends goes to the platform unless the fault never calls `answer`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: tuple[str, int], number: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._upstream = upstream
        self.number = number  # of the connections so far, from 1
        self._pumps: list[asyncio.Task[None]] = []
        self._open: list[asyncio.StreamWriter] = [writer]
        self._put_back = b""

    async def answer(self) -> AsyncIterator[bytes]:
        """What the platform answers, as it comes, until either side closes."""
        reader, writer = await asyncio.open_connection(*self._upstream)
        self._open.append(writer)
        self._pumps.append(asyncio.create_task(_pump(self._reader, writer)))
        while piece := await reader.read(_PIECE):
            yield piece

    async def give(self, piece: bytes) -> None:
        """Hands bytes to the client."""
        self._writer.write(piece)
        await self._writer.drain()

    async def head(self) -> bytes:
        """The client's request up to its body, or what was put back of it."""
        if self._put_back:
            head, self._put_back = self._put_back, b""
            return head
        return await self._reader.readuntil(b"\r\n\r\n")

    def unread(self, head: bytes) -> None:
        """Puts a head back for the next who asks for it."""
        self._put_back = head

    async def gone(self) -> None:
        """Returns when the client has closed its side."""
        if self._pumps:
            await asyncio.wait(self._pumps)
        while not self._pumps and await self._reader.read(_PIECE):
            pass

    def reset(self) -> None:
        """Ends the connection by a reset instead of a close."""
        raw: socket.socket = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        """Closes both sides."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for writer in self._open:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


Fault = Callable[[Passage], Awaitable[None]]


class Proxy:
    """Where it listens, what it does to connections from now on, and how many there were and are."""

    def __init__(self, upstream: str, fault: Fault) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = parts.hostname, parts.port
        self.fault = fault
        self.url = ""
        self.accepted = 0
        self._running: dict[asyncio.Task[None], asyncio.Task[None]] = {}  # connections and their faults
        self._changed = asyncio.Condition()

    @property
    def open(self) -> int:
        """Connections that the client has not closed yet."""
        return len(self._running)

    async def reached(self, open_: int) -> None:
        """Returns as soon as at least `open_` connections are open."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.open >= open_)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the fault is through with it."""
        task = asyncio.current_task()
        assert task is not None
        self.accepted += 1
        passage = Passage(reader, writer, self._upstream, self.accepted)
        self._running[task] = asyncio.create_task(self._suffer(passage))
        await self._notify()
        await asyncio.wait({self._running[task]})
        await passage.close()
        del self._running[task]
        await self._notify()

    async def _suffer(self, passage: Passage) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await self.fault(passage)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def end(self) -> None:
        """Ends every connection."""
        for fault in self._running.values():
            fault.cancel()
        await asyncio.gather(*self._running)


async def passing(passage: Passage) -> None:
    """No fault."""
    async for piece in passage.answer():
        await passage.give(piece)


def late(seconds: float) -> Fault:
    """Everything comes, `seconds` later."""

    async def fault(passage: Passage) -> None:
        async for piece in passage.answer():
            await asyncio.sleep(seconds)
            await passage.give(piece)

    return fault


async def stalled(passage: Passage) -> None:
    """The head comes and the body never does."""
    seen = b""
    async for piece in passage.answer():
        seen += piece
        if b"\r\n\r\n" in seen:
            await passage.give(seen[: seen.index(b"\r\n\r\n") + 4])
            await passage.gone()
            return


def trickling(seconds: float) -> Fault:
    """A byte every `seconds`."""

    async def fault(passage: Passage) -> None:
        async for piece in passage.answer():
            for byte in piece:
                await passage.give(bytes([byte]))
                await asyncio.sleep(seconds)

    return fault


async def reset(passage: Passage) -> None:
    """The request is taken and the connection reset."""
    await passage.head()
    passage.reset()


def truncated(count: int) -> Fault:
    """`count` bytes of the answer, then a close in good order."""

    async def fault(passage: Passage) -> None:
        left = count
        async for piece in passage.answer():
            await passage.give(piece[:left])
            left -= len(piece)
            if left <= 0:
                return

    return fault


async def never_closed(passage: Passage) -> None:
    """A whole answer without a length, which only the close would end: it does not come (RFC 9112, section 6.3)."""
    await passage.head()
    await passage.give(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{}")
    await passage.gone()


async def never_read(passage: Passage) -> None:
    """The connection is taken and nothing is read of it."""
    await asyncio.Event().wait()


def telling(head: str, piece: bytes, times: int = 1) -> Fault:
    """What a platform may answer instead: `head` (lines after the status line's version), then `piece` so many times."""

    async def fault(passage: Passage) -> None:
        await passage.head()
        await passage.give(b"HTTP/1.1 " + head.replace("\n", "\r\n").encode() + b"\r\nconnection: close\r\n\r\n")
        for _ in range(times):
            await passage.give(piece)

    return fault


JSON = "200 OK\ncontent-type: application/json"
_DEEP = b"[" * 100_000 + b"]" * 100_000

# The fault table's rows that a platform's answer can show; of those that fail, the state that they amount to.
HANGING: Mapping[str, Fault] = {
    "ten-seconds-late": late(10.0),
    "hung-after-headers": stalled,
    "one-byte-a-second": trickling(1.0),
    "never-read": never_read,
    "never-closed": never_closed,
}
FAILING: Mapping[str, tuple[Fault, str]] = {
    "reset": (reset, "BROKEN"),
    "cut-in-the-head": (truncated(20), "BROKEN"),
    "cut-in-the-body": (truncated(900), "BROKEN"),
    "html": (telling("200 OK\ncontent-type: text/html", b"<html>maintenance</html>"), "BROKEN"),
    "truncated-json": (telling(JSON, b'{"items": [{"id"'), "BROKEN"),
    "wrong-types": (telling(JSON, b'{"items": 7, "count": "x", "content": []}'), "BROKEN"),
    "deep": (telling(JSON, b'{"items": [' + _DEEP + b'], "results": [' + _DEEP + b"]}"), "BROKEN"),
    "redirect": (telling("302 Found\nlocation: http://127.0.0.1:1/", b""), "BROKEN"),
    "no-http": (telling("never mind", b""), "BROKEN"),
    "rate-limited": (telling("429 Too Many Requests\nretry-after: 60", b""), "RATE_LIMITED"),
    "unauthenticated": (telling("401 Unauthorized", b""), "AUTH_FAILED"),
}


@asynccontextmanager
async def proxied(
    upstream: str = "http://127.0.0.1:9", fault: Fault = passing, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """A proxy to `upstream` for the time of the block; with `tls`, towards the client only."""
    proxy = Proxy(upstream, fault)
    server = await asyncio.start_server(proxy.serve, HOST, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    proxy.url = f"{'http' if tls is None else 'https'}://{HOST}:{port}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
        await server.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
