"""What every operation on partnership has in common: who may, what was wrong, and pages of short lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.types import Info

from gateway.errors import BadInput, CursorExpired, Forbidden
from gateway.identity.scopes import Scope
from gateway.keys import KeyPurpose, derive
from gateway.ledger.cursors import LedgerCursors
from gateway.partnership.authority import SEATS, Task, may
from gateway.partnership.directory import Member
from gateway.partnership.refusal import Refused
from gateway.schema.context import Context, context_of
from gateway.schema.enums import UserErrorCode
from gateway.schema.payload import Fault, not_found
from gateway.schema.records.connection import PageBounds, window
from policies.vocabulary import PartnershipStatus

T = TypeVar("T")
First = Annotated[int | None, strawberry.argument(description="How many: 50 unless said, at most 1,000.")]
After = Annotated[str | None, strawberry.argument(description="Cursor behind which the page starts.")]
_LONGEST_ID = 64


def reading(info: Info) -> Context:
    """The operation's context, of an organization that asks for itself; scope `information:read`."""
    return _own(info, Scope.INFORMATION_READ)


def acting(info: Info) -> Context:
    """The operation's context, of an organization that acts for itself; scope `clients:manage`."""
    return _own(info, Scope.CLIENTS_MANAGE)


def is_partner(context: Context) -> bool:
    """Whether the requester's partnership is in force."""
    return context.who.profile.partnership is PartnershipStatus.IN_FORCE


def entitled(context: Context, task: Task) -> None:
    """Raises `Fault` unless one of the requester's seats does `task`."""
    if not may(context.who.profile, task):
        seats = ", ".join(sorted(seat.name for seat in SEATS[task]))
        raise Fault("input", UserErrorCode.NOT_ALLOWED, f"this is for: {seats} (docs/partnership.md)")


def member(context: Context, organization: object, field: str = "organization") -> Member:
    """The organization of an id; raises `Fault` alike for what is unknown and what is no id."""
    found = context.directory.members.get(str(organization))
    if found is None:
        raise not_found(field)
    return found


def key_of(value: object) -> str:
    """An id as it can be looked up: whatever is none looks up nothing."""
    text = str(value)
    return text if text.isascii() and len(text) <= _LONGEST_ID else ""


async def recorded(change: Callable[[], T]) -> T:
    """What `change`, which blocks, gives; what it can't record becomes a `Fault`."""
    try:
        return await asyncio.to_thread(change)
    except Refused as error:
        raise Fault(error.field, UserErrorCode.NOT_ALLOWED, error.message) from error
    except BadInput as error:
        raise Fault("input", UserErrorCode.BAD_USER_INPUT, error.message) from error


def page(
    context: Context,
    items: Sequence[Any],
    first: int | None,
    after: str | None,
    name: str,
    narrowed: object = None,
    key: Callable[[Any], str] = attrgetter("id"),
) -> Any:
    """A page of a short list in its order, entered behind the element whose `key` the cursor holds.

    A cursor depends on nothing but that element: an epoch in it would tell of what others do.
    """
    count, cursor, _ = window(first, after, None, None)
    secret = derive(context.services.secret, KeyPurpose.LEDGER_CURSORS)
    cursors = LedgerCursors(secret, context.organization, name, repr(narrowed))
    ties, start = [_tie(key(item)) for item in items], 0
    if cursor is not None:
        behind = cursors.decode_with_tie(cursor)[1]
        if behind not in ties:
            raise CursorExpired
        start = ties.index(behind) + 1
    shown = zip(items[start:][:count], ties[start:], strict=False)
    edges = [_Edge(item, cursors.encode(0, tie)) for item, tie in shown]
    return _Page(edges, more=len(items) > start + count, entered=cursor is not None)


def _tie(key: str) -> str:
    """What stands for `key` in a cursor, which has room for 24 bytes."""
    return sha256(key.encode()).hexdigest()[:24]


def _own(info: Info, scope: Scope) -> Context:
    context = context_of(info)
    context.require(scope)
    if context.who.on_behalf_of is not None:
        raise Forbidden("partnership is an organization's own affair: ask without acting on behalf of another")
    return context


class _Edge:
    def __init__(self, node: Any, cursor: str) -> None:
        self.node = node
        self.cursor = cursor


class _Page:
    """A page by the names of Relay."""

    def __init__(self, edges: Sequence[_Edge], *, more: bool, entered: bool) -> None:
        self.edges = edges
        self.nodes = [edge.node for edge in edges]
        self.page_info = PageBounds(
            has_next_page=more,
            has_previous_page=entered,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
