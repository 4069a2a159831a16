"""A GraphQL answer, and the nodes in it: errors are never overlooked, partial data never trusted.

An error whose path lies inside one node costs that node; any other costs the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from connectors.client import decode_json
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unusable
from connectors.formats.attributes import shortened
from connectors.graphql.node import Node

Of = TypeVar("Of")

ENTITIES: Final = "_entities"
_AUTHENTICATION: Final = frozenset({"UNAUTHENTICATED", "UNAUTHORIZED", "FORBIDDEN"})
_PATIENCE: Final = frozenset({"RATE_LIMITED", "THROTTLED", "TOO_MANY_REQUESTS"})


class _Reply(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[Any] | None = None


class _PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None


class _Edge(msgspec.Struct, Generic[Of]):
    node: Of | None


class Connection(msgspec.Struct, Generic[Of], rename="camel"):
    """One page: `following` is the cursor of the next one."""

    page_info: _PageInfo
    edges: list[_Edge[Of]] | None = None
    nodes: list[Of | None] | None = None
    total_count: int | None = None

    @property
    def found(self) -> list[Of | None]:
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


class Nodes(msgspec.Struct, frozen=True):
    """What an answer holds. `broken`: of the nodes inside which the platform told an error, place and codes."""

    found: Sequence[Node | None]
    broken: Mapping[int, str]
    connection: Connection[Node] | None = None


def connection_reader(path: Sequence[str], node_type: type[Node]) -> Callable[[bytes], Nodes]:
    """What reads the connection at `path` of an answer; it raises what `errors` say, and `Unusable`."""
    reply_type, named = _reply_type(path, cast("Any", Connection)[node_type]), ".".join(path)

    def read(body: bytes) -> Nodes:
        connection, errors = _read(body, reply_type, path)
        if connection.edges is None and connection.nodes is None:
            raise _failure(errors) if errors else Unusable(f"`{named}` has neither `edges` nor `nodes`")
        broken = _broken(errors, [(*path, "edges"), (*path, "nodes")])
        return Nodes(connection.found, broken, connection)

    return read


def entities_reader(node_type: type[Node]) -> Callable[[bytes], Nodes]:
    """What reads the entities of a subgraph's answer, null where there is none; it raises as a connection's does."""
    reply_type = _reply_type((ENTITIES,), cast("Any", list)[node_type | None])

    def read(body: bytes) -> Nodes:
        entities, errors = _read(body, reply_type, (ENTITIES,))
        return Nodes(entities, _broken(errors, [(ENTITIES,)]))

    return read


def _reply_type(path: Sequence[str], inside: Any) -> type[Any]:
    """An answer with `inside` at `path`, so that its bytes are read in one go."""
    for key in reversed(path):
        inside = msgspec.defstruct("Data", [("inside", inside | None, msgspec.field(name=key, default=None))])
    return msgspec.defstruct("Reply", [("data", inside | None, None), ("errors", list[Any] | None, None)])


def _read(body: bytes, reply_type: type[Any], path: Sequence[str]) -> tuple[Any, list[Any]]:
    """What stands at `path`, and the errors beside it."""
    try:
        reply = decode_json(body, reply_type)
    except Unusable:
        # An error may have taken away what the format asks for.
        errors = decode_json(body, _Reply).errors
        if errors:
            raise _failure(errors) from None
        raise
    value = reply.data
    for _ in path:
        value = None if value is None else value.inside
    if value is None:
        raise _failure(reply.errors) if reply.errors else Unusable(f"no `{'.'.join(path)}` in the answer")
    return value, reply.errors or []


def _broken(errors: list[Any], lists: Sequence[Sequence[str]]) -> Mapping[int, str]:
    """The places of nodes that `errors` lie inside; raises for an error that lies elsewhere or concerns all."""
    broken: dict[int, str] = {}
    for error in errors:
        path = error.get("path") if isinstance(error, dict) else None
        places = [
            path[len(head)]
            for head in lists
            if isinstance(path, list) and path[: len(head)] == list(head) and len(path) > len(head)
        ]
        if _code(error) in _AUTHENTICATION | _PATIENCE or not places or not isinstance(places[0], int):
            raise _failure(errors)
        broken[places[0]] = shortened(_code(error))
    return broken


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
