"""Order of views: by what a view shows, never by what lies beneath it; a keyed tie-break makes it total."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

from gateway.federation.operation import ListOrder
from gateway.federation.viewed import Viewed
from policies.values import Moment

# (nothing shown, rank, tie): records that show nothing to order by come last in either direction.
OrderKey: TypeAlias = tuple[bool, int, bytes]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_key(order: ListOrder, *, descending: bool, backward: bool = False) -> Callable[[Viewed], OrderKey]:
    """The key by which ascending sorting gives the order asked for, or its mirror image for `backward`.

    `SHARED` counts whole days, so that many records tie and sources can be merged by it; a generalised time orders by
    its cell's start. The tie-break is the record id's keyed pseudo-random part, the same for all requesters.
    """
    sign = -1 if descending != backward else 1

    def key(viewed: Viewed) -> OrderKey:
        rank = _rank(getattr(viewed.view, order.value, None), order)
        tie = bytes(255 - byte for byte in viewed.tie) if backward else viewed.tie
        if rank is None:
            return (not backward, 0, tie)
        return (backward, sign * rank, tie)

    return key


def mirrored(key: OrderKey) -> OrderKey:
    """The forward key of a record from its backward key, and the other way round."""
    nothing, rank, tie = key
    return (not nothing, -rank, bytes(255 - byte for byte in tie))


def shared_day(key: OrderKey) -> int:
    """The day (since 1970) of a key made for descending `SHARED`, forward."""
    return -key[1]


def _rank(value: Any, order: ListOrder) -> int | None:
    match value:
        case None:
            return None
        case datetime():
            return (value - _EPOCH).days if order is ListOrder.SHARED else _microseconds(value)
        case Moment():
            return _microseconds(value.start)
        case _:
            return int(value)


def _microseconds(moment: datetime) -> int:
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
