"""JSON of a platform, decoded into types or refused without its values."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from connectors.errors import Unusable

Decoded = TypeVar("Decoded")


def decode_json(body: bytes, as_type: type[Decoded]) -> Decoded:
    """`body` as `as_type`; raises `Unusable` naming where the JSON departs from the format, not the value."""
    try:
        return msgspec.json.decode(body, type=as_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"not the platform's JSON: {_without_value(error)}") from error


def _without_value(error: Exception) -> str:
    """msgspec's message tells types and paths; an invalid enumeration value it quotes, so only its path is kept."""
    message = str(error)
    return message if "Invalid" not in message else "an invalid value" + message[message.rfind(" - at") :]
