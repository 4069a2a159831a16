"""A dropped table opened: its head read, its rows to come one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from connectors.errors import Unusable
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Described
from connectors.tabular import delimited, objects, workbook
from connectors.tabular.header import read_header
from connectors.tabular.options import Form, TabularOptions

_READERS: Final[Mapping[Form, Callable[[bytes, TabularOptions], Iterator[list[str]]]]] = {
    Form.CSV: lambda body, options: delimited.rows(body, options.encoding, options.delimiter),
    Form.XLSX: lambda body, options: workbook.rows(body, options.sheet),
    Form.JSON: lambda body, options: objects.rows(body),  # noqa: ARG005 - one signature for all
}
_ARCHIVE: Final = b"PK\x03\x04"


class Table(msgspec.Struct, frozen=True):
    """`columns` by place, empty where a column has no name. `rows` can be read once."""

    columns: tuple[str, ...]
    described: Mapping[str, Described]
    rows: Iterator[list[str]]


def open_table(body: bytes, options: TabularOptions, fields: FieldMap) -> Table:
    """The table in `body`; raises `Unusable` for what is none, `Unconfigured` for columns that are not declared."""
    start = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        raise Unusable("HTML or XML in place of a table: the address may ask for another way to sign in")
    if start.startswith(_ARCHIVE) is not (options.written is Form.XLSX):
        raise Unusable(f"no {options.written.value} that can be read: `options.form` says what the file is")
    rows = _READERS[options.written](body, options)
    header = read_header(rows, options, fields)
    return Table(tuple(header.columns), header.described, rows)
