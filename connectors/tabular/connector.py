"""The connector of dropped tables: one file at an address, read whole each time."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import ClassVar

from connectors.contract import Call, Capabilities, FetchRequest, Page, Quarantine, ReadOnly, SourceSettings
from connectors.errors import Late, Quarantined, Unclaimed, Unconfigured, Unusable
from connectors.field_map.options import FieldMap
from connectors.records import Record
from connectors.tabular.cells import Cells
from connectors.tabular.mapping import RowMapping
from connectors.tabular.options import TabularOptions, read_options
from connectors.tabular.table import Table, open_table
from policies.vocabulary import InformationKind


class TabularConnector(ReadOnly):
    """Reads one table. Live: every fetch asks for the file."""

    kind: ClassVar[str] = "tabular"

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._options = read_options(settings)
        self._fields = FieldMap(self._options.kind, self._options, settings.marking)
        self._headers = _authorization(settings.credentials)
        self.default_marking = settings.marking
        self.capabilities = Capabilities(kinds=frozenset({self._options.kind}), lookup=True)

    async def fetch(self, request: FetchRequest, call: Call) -> AsyncIterator[Page]:
        """Pages of rows in the order of the table. `resume` is how many rows were told."""
        self._refuse_kind(request.kind)
        if request.order is not None:
            raise Unclaimed.of(self.kind, "orders")
        start = _start(request.resume)
        rows = await self._open(call)
        # Rows told before are read again: which keys they had decides which of two rows is the second.
        for _ in islice(rows, start):
            pass
        end = None if request.limit is None else start + request.limit
        ended = False
        while not ended:
            size = self._options.page_size if end is None else max(1, min(self._options.page_size, end - start))
            told = list(islice(rows, size))
            start += len(told)
            ended = len(told) < size
            yield Page(
                records=[row for row in told if isinstance(row, Record)],
                quarantined=[row for row in told if isinstance(row, Quarantine)],
                resume=None if ended else str(start),
                as_of=datetime.now(UTC),
            )
            if end is not None and start >= end:
                return
            await _breathe(call)

    async def lookup(self, kind: InformationKind, keys: Sequence[str], call: Call) -> Sequence[Record | None]:
        """The rows of these keys; the whole table is read for them."""
        self._refuse_kind(kind)
        wanted = set(keys)
        found: dict[str, Record] = {}
        rows = await self._open(call)
        while wanted - found.keys():
            told = list(islice(rows, self._options.page_size))
            if not told:
                break
            found |= {row.ref.native: row for row in told if isinstance(row, Record) and row.ref.native in wanted}
            await _breathe(call)
        return [found.get(key) for key in keys]

    async def _open(self, call: Call) -> Iterator[Record | Quarantine]:
        body = await call.client.send("GET", self._options.path, deadline=call.deadline, headers=self._headers)
        return read_rows(open_table(body, self._options, self._fields), self._settings, self._options, self._fields)

    def _refuse_kind(self, kind: InformationKind) -> None:
        if kind not in self.capabilities.kinds:
            raise Unclaimed.of(self.kind, kind.value)


def read_rows(
    table: Table, settings: SourceSettings, options: TabularOptions, fields: FieldMap
) -> Iterator[Record | Quarantine]:
    """Every row that tells something, as a record or as the reason why it is none; raises a `SourceError`."""
    cells = Cells(options)
    mapping = RowMapping(settings, options, fields, table.described)
    told: set[str] = set()
    for number, texts in enumerate(table.rows, 1):
        if number > options.rows_at_most:
            raise Unusable(f"a table of more than {options.rows_at_most} rows: raise `options.rows_at_most`")
        row = cells.row(table.columns, texts)
        beyond = any(map(str.strip, texts[len(table.columns) :]))
        if not row and not beyond:
            continue
        native: str | None = None
        try:
            if beyond:
                raise Quarantined("the row has more cells than the table has columns: none of them is sure")
            if "" in row:
                raise _untitled(table.columns, texts)
            native = mapping.key(row)
            if native in told:
                raise Quarantined("an earlier row of the table has the same key")
            told.add(native)
            yield mapping.record(native, row)
        except Quarantined as error:
            yield Quarantine(f"row {number} below the header: {error}", native)


def _untitled(columns: Sequence[str], texts: Sequence[str]) -> Unconfigured:
    place = next(place for place, cell in enumerate(texts, 1) if cell.strip() and not columns[place - 1])
    return Unconfigured(f"column {place} of the table has values and no title: give it one, or empty it")


async def _breathe(call: Call) -> None:
    """Lets other sources on: reading rows is work without waiting, which nothing else would interrupt."""
    if asyncio.get_running_loop().time() >= call.deadline:
        raise Late("the table was not read before the deadline")
    await asyncio.sleep(0)


def _authorization(credentials: Mapping[str, str]) -> Mapping[str, str]:
    """By bearer token, by name and password (RFC 7617), or none where the place asks for none."""
    if credentials.get("token"):
        return {"authorization": f"Bearer {credentials['token']}"}
    if bool(credentials.get("username")) is not bool(credentials.get("password")):
        raise Unconfigured("`credentials`: `username` and `password` go together; or give `token`, or nothing")
    if credentials.get("username"):
        pair = f"{credentials['username']}:{credentials['password']}".encode()
        return {"authorization": f"Basic {b64encode(pair).decode()}"}
    return {}


def _start(resume: str | None) -> int:
    if resume is None:
        return 0
    if not (resume.isascii() and resume.isdecimal()):
        raise Unusable("`resume` is none that an earlier page of this source gave")
    return int(resume)
