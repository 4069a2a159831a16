"""Makes a browser's picture small: PNG with a palette (PNG 1.2, section 11.2.3) of its most common colours."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256


def small(png: bytes) -> bytes:
    """The same picture; a colour beyond the most common ones becomes the nearest of them. RGB of 8 bits only."""
    parts = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    assert (depth, kind) == (8, 2)
    pixels = _pixels(zlib.decompress(b"".join(data for name, data in parts if name == b"IDAT")), width, height)
    common = [colour for colour, _ in Counter(pixels).most_common(_COLOURS)]

    @cache
    def nearest(colour: bytes) -> int:
        return min(
            range(len(common)), key=lambda at: sum((a - b) ** 2 for a, b in zip(common[at], colour, strict=True))
        )

    rows = (bytes(map(nearest, pixels[at : at + width])) for at in range(0, len(pixels), width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    written = ((b"IHDR", header), (b"PLTE", b"".join(common)), (b"IDAT", body), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in written
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _pixels(raw: bytes, width: int, height: int) -> list[bytes]:
    """The pixels row by row, each row's filter undone (section 9)."""
    length, above, pixels = 3 * width, bytes(3 * width), []
    for row in range(height):
        start = row * (length + 1)
        line = bytearray(raw[start + 1 : start + 1 + length])
        for at in range(length):
            left, corner = (line[at - 3], above[at - 3]) if at >= 3 else (0, 0)
            line[at] = (line[at] + _predicted(raw[start], left, above[at], corner)) & 255
        above = bytes(line)
        pixels += [above[at : at + 3] for at in range(0, length, 3)]
    return pixels


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    """Filter types 0 to 4."""
    if kind < 3:
        return (0, left, up)[kind]
    if kind == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
