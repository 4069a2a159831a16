"""Reading a row group by group: a value that can't be read withholds its group, and the rest of the record stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connectors.errors import Quarantined
from connectors.records.base import NATIVE_KEY_BYTES
from policies.groups import FieldGroup

Value = TypeVar("Value")


class Faults:
    """The groups of one row of which a value could not be read."""

    def __init__(self) -> None:
        self._groups: set[FieldGroup] = set()

    def read(self, group: FieldGroup, reader: Callable[[], Value]) -> Value | None:
        """What `reader` gives; None, with the fault noted, where it raises `ValueError` or `OverflowError`."""
        try:
            return reader()
        except (ValueError, OverflowError):
            self._groups.add(group)
            return None

    def note(self, *groups: FieldGroup) -> None:
        """Notes a fault that was found otherwise."""
        self._groups.update(groups)

    @property
    def groups(self) -> frozenset[FieldGroup]:
        """The groups to withhold."""
        return frozenset(self._groups)


def native_key(value: object, field: str) -> str:
    """A platform's own key of a row; raises `Quarantined` where it is empty, no text, or too long for an id."""
    if not isinstance(value, str) or not value.strip():
        raise Quarantined(f"`{field}` is missing or no text: without it the row has no identity")
    if len(value if value.isascii() else value.encode(errors="replace")) > NATIVE_KEY_BYTES:
        raise Quarantined(f"`{field}` is longer than {NATIVE_KEY_BYTES} bytes: no id can hold it")
    return value
