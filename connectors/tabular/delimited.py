"""Rows of a CSV file (RFC 4180), as spreadsheets of any country write them."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice
from statistics import median
from typing import Final

from connectors.errors import Unusable
from connectors.formats.attributes import shortened

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE_BYTES: Final = 64 * 1024
_SAMPLE_ROWS: Final = 25
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def rows(body: bytes, encoding: str, delimiter: str | None) -> Iterator[list[str]]:
    """The rows, read as they are taken. A byte order mark goes before `encoding`; raises `Unusable`.

    Strict about quotes: one that is never closed would swallow all rows after it.
    """
    told = next((name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)), encoding)
    chosen = delimiter or _delimiter(body[:_SAMPLE_BYTES].decode(told, "ignore"))
    reader = csv.reader(TextIOWrapper(BytesIO(body), told, newline=""), delimiter=chosen, strict=True)
    try:
        yield from reader
    except UnicodeError as error:
        raise Unusable(
            f"the table is not written in `{told}`: set `options.encoding`, such as `cp1252`, or ask for UTF-8"
        ) from error
    except csv.Error as error:
        raise Unusable(f"no CSV that can be read, after line {reader.line_num}: {shortened(str(error))}") from error


def _delimiter(sample: str) -> str:
    """What parts the first rows into the most cells, by their median: one text full of commas does not decide."""
    widths = {delimiter: _width(sample, delimiter) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: widths[delimiter])


def _width(sample: str, delimiter: str) -> float:
    try:
        read = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
        found = [len(row) for row in islice(read, _SAMPLE_ROWS) if row]
    except csv.Error:
        return 0
    return median(found) if found else 0
