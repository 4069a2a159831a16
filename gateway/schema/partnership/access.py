"""What every operation on partnership has in common: who may, what was wrong, and pages of short lists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar

from strawberry.types import Info

from gateway.errors import BadInput, CursorExpired
from gateway.identity.scopes import Scope
from gateway.keys import KeyPurpose, derive
from gateway.ledger.cursors import LedgerCursors
from gateway.partnership.authority import SEATS, Task, may
from gateway.partnership.directory import Member
from gateway.partnership.refusal import Refused
from gateway.schema.context import Context, own_context
from gateway.schema.enums import UserErrorCode
from gateway.schema.paging import forward, page_of
from gateway.schema.payload import Fault, not_found
from policies.vocabulary import PartnershipStatus

T = TypeVar("T")
_LONGEST_ID = 64


def reading(info: Info) -> Context:
    """The operation's context, of an organization that asks for itself; scope `information:read`."""
    return own_context(info, Scope.INFORMATION_READ)


def acting(info: Info) -> Context:
    """The operation's context, of an organization that acts for itself; scope `clients:manage`."""
    return own_context(info, Scope.CLIENTS_MANAGE)


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
    count, cursor = forward(first, after)
    secret = derive(context.services.secret, KeyPurpose.LEDGER_CURSORS)
    cursors = LedgerCursors(secret, context.organization, name, repr(narrowed))
    start = 0
    if cursor is not None:
        behind = cursors.decode_with_tie(cursor)[1]
        start = next((number for number, item in enumerate(items, 1) if _tie(key(item)) == behind), 0)
        if not start:
            raise CursorExpired
    return page_of(
        items[start : start + count + 1],
        count,
        lambda item: cursors.encode(0, _tie(key(item))),
        entered=cursor is not None,
    )


def _tie(key: str) -> str:
    """What stands for `key` in a cursor, which has room for 24 bytes."""
    return sha256(key.encode()).hexdigest()[:24]
