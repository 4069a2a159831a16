"""`slt-gateway connectors list`."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.table import Table

from connectors.registry import installed


def listed() -> str:
    """The installed connectors as a table."""
    table = Table("kind", "from", box=None)
    for kind, point in installed().items():
        table.add_row(kind, point)
    text = StringIO()
    Console(file=text, width=100).print(table)
    return text.getvalue()
