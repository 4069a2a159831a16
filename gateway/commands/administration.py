"""What the commands that administer have in common: the configured store, and tables of plain text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.errors import ConfigurationFault
from gateway.settings import Settings, load
from gateway.sharing.subject import Actor
from gateway.store.engine import Store, open_store
from gateway.store.migrate import is_current

_WIDTH = 200


@contextmanager
def configured(config: Path) -> Iterator[tuple[Settings, Store]]:
    """The settings and their store, which must be migrated; raises `ConfigurationFault`, `StoreFault`."""
    settings = load(config, os.environ)
    store = open_store(settings.store.url)
    try:
        if not is_current(store):
            raise ConfigurationFault("`store.url`: the database is not at the newest schema: run `slt-gateway migrate`")
        yield settings, store
    finally:
        store.close()


@contextmanager
def opened(config: Path) -> Iterator[Store]:
    """The configured store; raises as `configured` does."""
    with configured(config) as (_, store):
        yield store


def operator(organization: str) -> Actor:
    """Who acts where no one signs in: the gateway's operator, now, for an organization."""
    return Actor(organization=organization, officer="operator", at=datetime.now(UTC))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, nothing: str) -> str:
    """The rows beneath their columns; None is empty. `nothing` says that there is no row."""
    if not rows:
        return f"{nothing}\n"
    made = Table(*columns, box=None, pad_edge=False, header_style="")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    text = StringIO()
    Console(file=text, width=_WIDTH, color_system=None, highlight=False, markup=False, emoji=False).print(made)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
