"""`slt-gateway policy explain`: why an organization receives of one record what it receives."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.commands.query import ask
from gateway.errors import BadInput

_QUERY: Final = """
query Explain($id: ID!, $as: ID) {
  explain(id: $id, as: $as) { group effect rules reasons remedy }
}
"""


def explained(
    record: str, organization: str | None, url: str, client_id: str, secret_file: Path | None, language: str
) -> str:
    """A table, a line a field group; raises `BadInput` for a record that there is nothing to tell of."""
    answer = ask(_QUERY, url, client_id, secret_file, {"id": record, "as": organization}, language)
    for error in answer.get("errors", ()):
        raise BadInput(f"{error['extensions']['code']}: {error['message']}")
    lines = answer["data"]["explain"]
    if not lines:
        raise BadInput(
            f"`{record}`: not listed for this client, not there, or, with --as, not a record of its organization"
        )
    table = Table("group", "effect", "rules", "why", "remedy")
    for line in lines:
        table.add_row(*_cells(line))
    text = StringIO()
    Console(file=text, width=160).print(table)
    return text.getvalue()


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    remedy = "" if line["remedy"] == "NONE" else line["remedy"]
    group = line["group"] or "(not listed)"
    return group, line["effect"], "\n".join(line["rules"]), "\n".join(line["reasons"]), remedy
