"""A platform's own fields: each key is declared in configuration with its field group, or refused by name."""

from __future__ import annotations

import msgspec

from connectors.records import Attribute
from policies.groups import FieldGroup


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one key is kept: its field group by name, whether its value is free text (rule 7), and a label to show."""

    group: str
    text: bool = False
    label: str | None = None

    def __post_init__(self) -> None:
        if self.group not in FieldGroup.__members__:
            raise ValueError(f"`{self.group}` is no field group: take one of {', '.join(FieldGroup.__members__)}")

    def attribute(self, scheme: str, key: str, value: str, label: str | None = None) -> Attribute:
        """The value as an attribute of a record."""
        return Attribute(
            key=key,
            value=value,
            group=FieldGroup[self.group],
            scheme=scheme,
            label=self.label if label is None else label,
            text=self.text,
        )


def shortened(key: str, length: int = 60) -> str:
    """A platform's key fit to stand in a message: printable and bounded."""
    printable = "".join(character if character.isprintable() else "?" for character in key)
    return printable if len(printable) <= length else printable[:length] + "…"
