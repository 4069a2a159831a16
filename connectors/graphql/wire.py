"""A GraphQL answer, and the connection in it: errors are never overlooked, partial data never trusted."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from connectors.client import decode_json
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unusable
from connectors.formats.attributes import shortened
from connectors.graphql.document import Document

_AUTHENTICATION: Final = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN"})
_PATIENCE: Final = frozenset({"RATE_LIMITED", "THROTTLED", "TOO_MANY_REQUESTS"})


class _Reply(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[Any] | None = None


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Edge(msgspec.Struct):
    node: dict[str, Any] | None


class Connection(msgspec.Struct, rename="camel"):
    """One page: `following` is the cursor of the next one."""

    page_info: _PageInfo
    edges: list[_Edge] | None = None
    nodes: list[dict[str, Any] | None] | None = None
    total_count: int | None = None

    @property
    def found(self) -> list[dict[str, Any] | None]:
        """The nodes, however the connection gives them."""
        return [edge.node for edge in self.edges or ()] if self.nodes is None else self.nodes

    @property
    def following(self) -> str | None:
        """Where the next page starts, None where there is none; raises `Unusable` where it can't be told."""
        if not self.page_info.has_next_page:
            return None
        if not self.page_info.end_cursor:
            raise Unusable("a further page without a cursor for it")
        return self.page_info.end_cursor


def read_connection(body: bytes, document: Document) -> Connection:
    """The connection of an answer; raises what its `errors` say, and `Unusable`."""
    reply = decode_json(body, _Reply)
    if reply.errors:
        raise _failure(reply.errors)
    value: object = reply.data
    for key in document.connection:
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        raise Unusable(f"no `{'.'.join(document.connection)}` in the answer")
    try:
        connection = msgspec.convert(value, Connection)
    except msgspec.ValidationError as error:
        raise Unusable(f"`{'.'.join(document.connection)}` is no connection: {error}") from error
    if connection.edges is None and connection.nodes is None:
        raise Unusable(f"`{'.'.join(document.connection)}` has neither `edges` nor `nodes`")
    return connection


def _failure(errors: list[Any]) -> SourceError:
    """By the codes alone: messages may quote values."""
    codes = {_code(error) for error in errors}
    named = ", ".join(sorted(shortened(code) for code in codes)) or "no code"
    if codes & _AUTHENTICATION:
        return AuthenticationRefused(f"GraphQL errors: {named}")
    if codes & _PATIENCE:
        return RateLimited(f"GraphQL errors: {named}")
    return Unusable(f"{len(errors)} GraphQL errors: {named}")


def _code(error: object) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else "no code"
