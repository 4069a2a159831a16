"""A list of one kind as the schema's arguments ask for it."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.federation.operation import ListOperation, ListOrder
from gateway.schema.context import context_of
from gateway.schema.records.connection import as_connection
from gateway.schema.records.filtering import Filter, canonical, resolving
from gateway.schema.selection import selected_names, selects_below
from policies.vocabulary import InformationKind

First = Annotated[
    int | None, strawberry.argument(description="How many records from the start: 50 unless said, at most 1,000.")
]
After = Annotated[str | None, strawberry.argument(description="Cursor behind which the page starts.")]
Last = Annotated[int | None, strawberry.argument(description="How many records from the end, at most 1,000.")]
Before = Annotated[str | None, strawberry.argument(description="Cursor before which the page ends.")]


async def listed(
    info: Info,
    kind: InformationKind,
    scope: str,
    asked: Filter | None,
    empty: Filter,
    page: tuple[int, str | None, bool],
    order: tuple[ListOrder, bool] = (ListOrder.SHARED, True),
) -> Any:
    """One page of the sources' records of `kind`; `order`: by what, and whether descending.

    Raises `BadInput`, `Forbidden`, `CursorInvalid` or `CursorExpired`.
    """
    context = context_of(info)
    context.require(scope)
    count, cursor, backward = page
    by, descending = order
    raw = info._raw_info
    selected = selected_names(raw)
    operation = ListOperation(
        kind=kind,
        condition=resolving(asked, empty),
        canonical=canonical(asked),
        order=by,
        descending=descending,
        count=count,
        backward=backward,
        cursor=cursor,
        exhaustive="totalCount" in selected or selects_below(raw, "sources", "records"),
        groups=context.groups,
    )
    # A bad duration is refused before any source is asked.
    operation.condition(context.now)
    answers = context.federation.answer(operation, context.who, context.directory, context.now)
    async with aclosing(answers):
        answer = await anext(answers)
    if selected & {"nodes", "edges"}:
        context.disclosed.extend(answer.chunk.nodes)
    return as_connection(answer, backward=backward)
