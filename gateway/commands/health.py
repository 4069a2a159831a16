"""`slt-gateway connectors list` with a client: how each source of a running gateway does."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from gateway.commands.query import ask
from gateway.errors import BadInput

_QUERY: Final = """
{ sources { name connector breaker lastSuccess lastFailure error asOf embargoedUntil watermark } }
"""


def doing(url: str, client_id: str, secret_file: Path | None) -> str:
    """A line a source; raises `BadInput` or `Unauthenticated`."""
    answer = ask(_QUERY, url, client_id, secret_file)
    for error in answer.get("errors", ()):
        raise BadInput(f"{error['extensions']['code']}: {error['message']}")
    names = (
        "name",
        "connector",
        "breaker",
        "lastSuccess",
        "lastFailure",
        "error",
        "asOf",
        "embargoedUntil",
        "watermark",
    )
    table = Table("source", "kind", "breaker", "last success", "last failure", "error", "as of", "embargo", "watermark")
    for source in answer["data"]["sources"]:
        table.add_row(*("" if source[name] is None else str(source[name]) for name in names))
    text = StringIO()
    Console(file=text, width=200).print(table)
    return text.getvalue()
