"""A node as it is decoded, into types made for what the query selects, and from there into a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import astuple

from connectors.field_map.readers import UNREADABLE, named

Node: TypeAlias = msgspec.Struct


class Selection:
    """What is selected of one object: `type`, into which it is decoded, and `paths`, its leaves in a row's order.

    `leaves`: all leaves by their paths from the node, which begin with `above`. What an answer leaves out though it was
    selected can't be read, unless it is one of `optional`: whether it is there depends on a type or directive.
    """

    def __init__(self, leaves: Sequence[str], optional: Collection[str], above: str = "") -> None:
        inside: dict[str, list[str]] = {}
        for leaf in leaves:
            inside.setdefault(leaf[len(above) :].partition(".")[0], []).append(leaf)
        own = {key: found[0] for key, found in inside.items() if found == [above + key]}
        objects = {key: Selection(found, optional, f"{above}{key}.") for key, found in inside.items() if key not in own}
        self.paths: list[str] = [*own.values(), *(path for deeper in objects.values() for path in deeper.paths)]
        self._width, self._objects = len(own), [*objects.values()]
        self._keys = [path[len(above) :].split(".") for path in self.paths]
        self._null = (None,) * len(self.paths)
        self._absent = tuple([None if path in optional else UNREADABLE for path in self.paths])
        absent = dict(zip(self.paths, self._absent, strict=True))
        fields = [
            *((key, Any, absent[path]) for key, path in own.items()),
            # Whatever stands in place of an object is decoded as well, and costs what is beneath it alone.
            *((key, of.type | list[Any] | str | float | bool | None, UNREADABLE) for key, of in objects.items()),
        ]
        self.type: type[Node] = msgspec.defstruct(
            "Node",
            [
                (f"at_{place}", of, msgspec.field(name=key, default=told))
                for place, (key, of, told) in enumerate(fields)
            ],
        )
        names = self.type.__struct_fields__
        self._names: list[str] = [
            *names[: len(own)],
            *(f"{at}.{name}" for at, of in zip(names[len(own) :], objects.values(), strict=True) for name in of._names),
        ]
        self._whole = named(self._names)

    def row(self, node: Node) -> tuple[Any, ...]:
        """The values of all leaves, in the order of `paths`."""
        values = astuple(node)
        row = values[: self._width]
        for inside, deeper in zip(values[self._width :], self._objects, strict=True):
            if inside is None:
                row += deeper._null
                continue
            try:
                row += deeper._whole(inside)
            except AttributeError:  # an object in it is none, or not there
                row += deeper._of_parts(inside)
        return row

    def _of_parts(self, inside: object) -> tuple[Any, ...]:
        if isinstance(inside, self.type):
            return self.row(inside)
        return self._absent if inside is UNREADABLE else tuple([_value(inside, keys) for keys in self._keys])


def _value(value: object, keys: Sequence[str]) -> object:
    """What stands at `keys`; beneath a list, the list of what stands in its items. None beneath null."""
    for place, key in enumerate(keys):
        if isinstance(value, list):
            found = [_value(item, keys[place:]) for item in value]
            return [item for item in found if item is not None]
        if value is None:
            return None
        if not isinstance(value, dict):
            return UNREADABLE
        value = value.get(key)
    return value
