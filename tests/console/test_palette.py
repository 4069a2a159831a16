"""The documentation's pictures stay small, and as the browser took them."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

from tests.console.palette import SIGNATURE, small
from tests.console.pictures import PICTURES

PAGES = PICTURES.parent


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_a_picture_keeps_its_pixels_whatever_its_rows_are_filtered_with() -> None:
    # Five rows of two pixels, red and blue, one of each filter type.
    rows = [
        bytes([0, 255, 0, 0, 0, 0, 255]),
        bytes([1, 255, 0, 0, 1, 0, 255]),
        bytes([2, 0, 0, 0, 0, 0, 0]),
        bytes([3, 128, 0, 0, 129, 0, 128]),
        bytes([4, 0, 0, 0, 0, 0, 0]),
    ]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 5, 8, 2, 0, 0, 0))
    made = small(SIGNATURE + header + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b""))
    assert made[16:26] == struct.pack(">IIBB", 2, 5, 8, 3)
    palette = made.index(b"PLTE") + 4
    assert made[palette : palette + 6] == bytes([255, 0, 0, 0, 0, 255])
    data = made.index(b"IDAT")
    (length,) = struct.unpack(">I", made[data - 4 : data])
    assert zlib.decompress(made[data + 4 : data + 4 + length]) == b"\0\0\1" * 5


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        Path(name).name
        for page in PAGES.glob("*.md")
        for name in re.findall(r"!\[[^\]]+\]\((pictures/[^)]+)\)", page.read_text("utf-8"))
    }
    kept = {path.name: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert kept.keys() == shown
    assert max(kept.values()) < 100_000
