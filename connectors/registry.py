"""The installed connectors, found by entry point (`slt_gateway.connectors`): the gateway names none of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final, cast

from connectors.contract import Connector
from connectors.errors import Unconfigured

ENTRY_POINT_GROUP: Final = "slt_gateway.connectors"


def installed() -> Mapping[str, str]:
    """Connector kinds and the objects that implement them, in order of name."""
    return {point.name: point.value for point in sorted(entry_points(group=ENTRY_POINT_GROUP))}


def connector_type(kind: str) -> type[Connector]:
    """The connector of `kind`; raises `Unconfigured`, naming the installed ones, where there is none."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        if point.name == kind:
            return cast("type[Connector]", point.load())
    raise Unconfigured(f"`{kind}` is no installed connector: install it, or take one of {', '.join(installed())}")
