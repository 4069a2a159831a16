"""What is asked of each source.

Pushed down is what loses nothing: a condition known to hold on a view holds on the record beneath it (a generalised
value matches only where its whole cell does, a withheld one never), so any conjunct a connector claims may go down.
Order is pushed only for `sharedAt`, which every listed record shows. Whatever comes back is matched again on views.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from connectors.contract import Capabilities, FetchRequest
from connectors.contract import OrderKey as SourceOrder
from gateway.federation.answer.order import OrderKey, shared_day
from gateway.federation.operation import ListOperation, ListOrder
from gateway.federation.sources.source import Source
from policies.condition import All, Condition, Field, Interval, Operator, Test, conjuncts


class Asked(msgspec.Struct, frozen=True):
    """One source and what is asked of it. `ordered`: it was asked for the list's own order."""

    source: Source
    request: FetchRequest
    ordered: bool


def plan(
    operation: ListOperation, condition: Condition | None, sources: Sequence[Source], after: OrderKey | None
) -> Sequence[Asked]:
    """One request a source that has the kind; a source that has not is no part of the answer.

    `after`: the key, in the direction of reading, behind which the list is entered.
    """
    return [
        _asked(operation, condition, source, after)
        for source in sources
        if operation.kind in source.connector.capabilities.kinds
    ]


def _asked(operation: ListOperation, condition: Condition | None, source: Source, after: OrderKey | None) -> Asked:
    capabilities = source.connector.capabilities
    wanted = SourceOrder(Field.SHARED, descending=operation.descending != operation.backward)
    ordered = operation.order is ListOrder.SHARED and wanted in capabilities.orders
    parts = [*conjuncts(condition)]
    if ordered and after is not None and wanted.descending and not operation.exhaustive:
        parts.append(_until(after))
    return Asked(
        source,
        FetchRequest(
            kind=operation.kind,
            condition=pushed(parts, capabilities),
            order=wanted if ordered else None,
            groups=operation.groups,
        ),
        ordered,
    )


def pushed(parts: Sequence[Condition], capabilities: Capabilities) -> Condition | None:
    """The conjuncts that the connector claims."""
    claimed = tuple(
        part for part in parts if isinstance(part, Test) and (part.field, part.operator) in capabilities.filters
    )
    return All(claimed) if claimed else None


def _until(after: OrderKey) -> Test:
    """A list that is entered behind a key needs nothing shared after that key's day."""
    following = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=shared_day(after) + 1)
    return Test(Field.SHARED, Operator.WITHIN, Interval(None, following))
