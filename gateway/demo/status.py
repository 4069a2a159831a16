"""The status table of the demo's platforms, as their operator sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.demo.answers import DemoFailed
from gateway.federation.sources.status import COLUMNS, StatusTable, status_table
from gateway.store.engine import open_store

# The gateway writes what has changed within a second, on a machine that is not too busy.
_MOST_SECONDS: Final = 30.0


def print_status(database: Path, sources: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Prints it once every platform was asked; raises `DemoFailed` where one is not OK."""
    told = _all_asked(database, [(source["name"], source["connector"]) for source in sources])
    table = Table(*COLUMNS, box=None, title="the platforms, as their operators see them", title_justify="left")
    for row in told.rows:
        table.add_row(*row)
    console.print(table)
    bad = {row[0]: row[2] for row in told.rows if row[2] != "OK"}
    if bad:
        raise DemoFailed(f"platforms {bad}")


def _all_asked(database: Path, configured: Sequence[tuple[str, str]]) -> StatusTable:
    store = open_store(f"sqlite:///{database}")
    until = time.monotonic() + _MOST_SECONDS
    try:
        while True:
            told = status_table(store, configured)
            if time.monotonic() > until or all(row[2] != "not asked" for row in told.rows):
                return told
            time.sleep(0.1)  # until the gateway's next look
    finally:
        store.close()
