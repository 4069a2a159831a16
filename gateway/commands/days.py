"""A day as an operator types it."""

from __future__ import annotations

from datetime import date

import typer


def day(text: str) -> date:
    """`text` such as 2026-01-31 as a day; raises `BadParameter`."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write a day as 2026-01-31") from error
