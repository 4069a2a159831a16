"""What a platform sends without end takes no memory without end: measured in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from pathlib import Path

import pytest

from tests.connectors.proxy import Fault, Passage, proxied, telling

MIB = 1024 * 1024
JSON = "200 OK\ncontent-type: application/json"
DEEP = b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def bomb() -> Fault:
    """A GiB of zeros in a MB of gzip: one MiB's worth, again and again."""
    deflate = zlib.compressobj(9, wbits=-15)
    block = deflate.compress(b"\0" * MIB) + deflate.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"

    async def fault(passage: Passage) -> None:
        await telling(JSON + "\ncontent-encoding: gzip", head)(passage)
        await passage.give(block * 1024)

    return fault


async def endless_head(passage: Passage) -> None:
    """A line of the head that is a GiB long."""
    await passage.head()
    await passage.give(b"HTTP/1.1 200 OK\r\nx-long: ")
    for _ in range(1024):
        await passage.give(b"y" * MIB)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (telling(JSON, b"x" * MIB, 1024), "SOURCE_UNUSABLE"),
        (telling(JSON + f"\ncontent-length: {1024 * MIB}", b"x" * MIB, 1024), "SOURCE_UNUSABLE"),
        (bomb(), "SOURCE_UNUSABLE"),
        (telling(JSON, DEEP), "SOURCE_UNUSABLE"),
        (endless_head, "SOURCE_UNREACHABLE"),
        (telling(JSON, b'{"items": "' + b"x" * 8 * MIB + b'"}'), None),
    ],
    ids=["1 GB without length", "1 GB announced", "gzip bomb", "100,000 nested arrays", "a head of 1 GB", "8 MB"],
)
async def test_memory_grows_by_less_than_64_mib(fault: Fault, code: str | None) -> None:
    async with proxied(fault=fault) as proxy:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.connectors.client.measured",
            proxy.url,
            cwd=Path(__file__).parents[3],
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
    found = json.loads(told)
    assert found["code"] == code
    assert found["grown"] < 64 * MIB
