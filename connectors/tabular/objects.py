"""Rows of a JSON array of flat objects, as SiND publishes: the first row is the header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.client import decode_json


def rows(body: bytes) -> Iterator[list[str]]:
    """The keys of all objects, in order of first meeting, then a row each; raises `Unusable`."""
    told = decode_json(body, list[dict[str, Any]])
    columns = list(dict.fromkeys(key for item in told for key in item))
    yield columns
    for item in told:
        yield [_text(item.get(column)) for column in columns]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
