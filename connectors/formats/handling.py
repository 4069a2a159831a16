"""Handling written beside a record or in options: the keys of a marking that differ from the source's own."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.markings import read_marking
from policies.marking import Marking


def marking_changes(default: Marking, data: Mapping[str, object]) -> dict[str, object]:
    """The values of `data`, in the form of configuration (`read_marking`), as changes to `default`.

    Raises `Unconfigured` for an unknown key or value.
    """
    marking = read_marking({"originator": default.originator, **data})
    return {key: getattr(marking, key) for key in data}
