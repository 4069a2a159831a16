"""Rows into a table by one statement, whose text is made once.

A commit of the ledger stands between every answer and its requester. SQLAlchemy's own way to insert costs half as much
processor time again, and gives up the interpreter's lock at each row: with requests at work beside it, getting it back
takes up to 5 ms each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, inspect
from sqlalchemy.dialects import sqlite

from gateway.store.tables import Table

# A statement's parameters are limited (32,766).
_ROWS: Final = 500


class Inserting:
    """INSERT of rows of `table`; `columns`: those that a row gives. `otherwise` ends the statement."""

    def __init__(self, table: type[Table], columns: Sequence[str], otherwise: str = "") -> None:
        local = inspect(table).local_table
        dialect = sqlite.dialect()
        self._columns: list[tuple[str, Callable[[Any], Any] | None]] = [
            (name, local.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in columns
        ]
        self._head = f"INSERT INTO {local.name} ({', '.join(columns)}) VALUES "  # noqa: S608 - names of the model's own
        self._row = f"({', '.join('?' * len(columns))})"
        self._tail = f" {otherwise}" if otherwise else ""

    def __call__(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Inserts `rows`, by column name."""
        for start in range(0, len(rows), _ROWS):
            taken = rows[start : start + _ROWS]
            values = [
                row[name] if process is None else process(row[name]) for row in taken for name, process in self._columns
            ]
            text = self._head + ", ".join([self._row] * len(taken)) + self._tail
            connection.exec_driver_sql(text, tuple(values))
