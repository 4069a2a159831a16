"""A bounded load: so many requests over so many kept-alive connections, and the server's processor time meanwhile."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit


class Round(NamedTuple):
    """One round's figures."""

    requests_per_second: float
    processor_milliseconds: float  # a request, of the server's process
    milliseconds: Sequence[float]  # each request's, from its first byte to its answer's last


async def measured(url: str, pid: int, body: bytes, headers: str, requests: int, connections: int) -> Round:
    """`requests` POSTs of `body`, every answer 200 and without errors."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    message = head.encode() + body
    left, milliseconds = iter(range(requests)), []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
        for _ in left:
            sent = time.perf_counter()
            writer.write(message)
            answer = await reader.readuntil(b"\r\n\r\n")
            content = await body_of(answer, reader)
            milliseconds.append((time.perf_counter() - sent) * 1_000)
            if not answer.startswith(b"HTTP/1.1 200") or content.startswith(b'{"errors"'):
                raise RuntimeError(f"the server refused: {answer[:40]!r} {content[:200]!r}")
        writer.close()

    before, began = processor_seconds(pid), time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    seconds = time.perf_counter() - began
    return Round(requests / seconds, (processor_seconds(pid) - before) / requests * 1_000, milliseconds)


async def body_of(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """The body that an answer's head announces: of a known length, else in chunks."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return await reader.readexactly(int(line[15:]))
    chunks = []
    while size := int(await reader.readline(), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(chunks)


def processor_seconds(pid: int) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
