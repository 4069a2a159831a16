"""What a platform sends without end takes no memory without end: measured in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import zlib
from pathlib import Path
from typing import Any

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
        found = await measured(proxy.url)
    assert found["code"] == code
    assert found["grown"] < 64 * MIB


async def measured(*words: str) -> Any:
    """What a process of its own tells, which asks a platform and measures itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.connectors.client.measured",
        *words,
        cwd=Path(__file__).parents[3],
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return json.loads(told)


def indexed(file: Fault) -> Fault:
    """An index that names twenty files, each of which is `file`."""
    entries = b"".join(
        b"<entry><id>urn:%d</id><updated>2026-11-24T00:00:00Z</updated>"
        b'<link type="application/cap+xml" href="/files/%d.xml"/></entry>' % (number, number)
        for number in range(20)
    )
    index = b'<feed xmlns="http://www.w3.org/2005/Atom">' + entries + b"</feed>"

    async def fault(passage: Passage) -> None:
        request = await passage.head()
        passage.unread(request)
        if b" /files/" in request.partition(b"\r\n")[0]:
            await file(passage)
        else:
            await telling("200 OK\ncontent-type: application/atom+xml", index)(passage)

    return fault


@pytest.mark.parametrize(
    "file", [telling("200 OK\ncontent-type: application/cap+xml", b"x" * MIB, 1024), bomb()], ids=["1 GB", "gzip bomb"]
)
@pytest.mark.parametrize("kind", ["cap"])
async def test_many_files_side_by_side_take_no_more(kind: str, file: Fault) -> None:
    async with proxied(fault=indexed(file)) as proxy:
        found = await measured(proxy.url, kind)
    assert (found["code"], len(found["reasons"])) == (None, 20)
    assert all("a body of more than" in reason for reason in found["reasons"])
    assert found["grown"] < 64 * MIB
