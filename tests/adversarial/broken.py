"""Deliberately broken builds: each undoes one guard of the product, in one place, as a careless change would.

`Beneath` remembers the raw record beneath every view, which the product itself can't reach beyond its sources' room.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

import msgspec
import pytest

import gateway.federation.answer.order as order_module
import gateway.federation.query as query_module
import gateway.federation.sources.plan as plan_module
import gateway.schema.records.information as information_module
from connectors.contract import OrderKey as SourceOrder
from connectors.records import Record
from gateway.errors import BadInput
from gateway.federation.answer.match import matching
from gateway.federation.query import Federation
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.ids import RecordIds
from gateway.federation.viewed import Viewed
from policies.condition import All, Field
from policies.groups import Effect, FieldGroup, grouped_fields

WHOLE: Final = tuple(Effect.SHOW for _ in FieldGroup)
RANKED: Final = {"occurred": Field.OCCURRED, "reported_at": Field.REPORTED, "impact": Field.IMPACT}


class Beneath:
    """Raw records by public id, and by the view object they became, as a build without one door would have them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.raw: dict[str, Record] = {}
        self.rows: dict[Any, int] = {}
        views = Decider.views

        def remembering(decider: Decider, records: Sequence[Record]) -> Sequence[Viewed]:
            for record in records:
                self.rows[record.ref] = len(self.rows)
                found = views(decider, [record])
                self.raw.update({viewed.id: record for viewed in found})
            return views(decider, records)

        patch.setattr(Decider, "views", remembering)

    def whole(self, viewed: Viewed) -> Viewed:
        """The view as if everything were shown."""
        clearance = msgspec.structs.replace(viewed.clearance, effects=WHOLE, free_text=True)
        raw: Any = self.raw[viewed.id]
        return msgspec.structs.replace(viewed, view=raw, clearance=clearance)


def filter_before_redaction(patch: pytest.MonkeyPatch) -> None:
    beneath = Beneath(patch)

    def raw(condition: Any) -> Callable[[Viewed], bool | None]:
        known = matching(condition)
        return lambda viewed: known(beneath.whole(viewed))

    patch.setattr(query_module, "matching", raw)


def total_of_raw_records(patch: pytest.MonkeyPatch) -> None:
    beneath, pages = Beneath(patch), query_module.pages

    async def counting(*args: Any, **bounds: Any) -> AsyncIterator[Any]:
        beneath.rows.clear()
        async for chunk in pages(*args, **bounds):
            if chunk.total is not None:
                chunk.total = len(beneath.rows)
            yield chunk

    patch.setattr(query_module, "pages", counting)


def records_of_a_source_counted_raw(patch: pytest.MonkeyPatch) -> None:
    beneath, matching, start = Beneath(patch), query_module._matching, query_module.plan

    def planning(*args: Any) -> Any:
        beneath.rows.clear()
        return start(*args)

    async def counting(stream: Any, condition: Any) -> AsyncIterator[Any]:
        async for found in matching(stream, condition):
            stream.report.records = sum(ref.source == stream.report.name for ref in beneath.rows)
            yield found

    patch.setattr(query_module, "plan", planning)
    patch.setattr(query_module, "_matching", counting)


def pushed_down_and_not_matched_again(patch: pytest.MonkeyPatch) -> None:
    """Negations and alternatives on exact values included."""
    patch.setattr(
        plan_module, "pushed", lambda parts, capabilities: All(tuple(parts)) if capabilities.filters else None
    )
    patch.setattr(query_module, "matching", lambda _condition: lambda _viewed: True)


def order_pushed_down_on_exact_values(patch: pytest.MonkeyPatch) -> None:
    """And believed, as what comes in order need not be sorted."""
    asked, runs = plan_module._asked, query_module.runs

    def ordering(operation: Any, condition: Any, source: Any, after: Any) -> Any:
        plain = asked(operation, condition, source, after)
        field = RANKED.get(operation.order.value)
        if field is None:
            return plain
        wanted = SourceOrder(field, descending=operation.descending != operation.backward)
        request = msgspec.structs.replace(plain.request, order=wanted)
        believed: Any = "believed" if wanted in source.connector.capabilities.orders else False
        return plan_module.Asked(source, request, believed)

    def believing(batches: Any, key: Any, *, by_rank: Any) -> Any:
        return batches if by_rank == "believed" else runs(batches, key, by_rank=by_rank)

    patch.setattr(plan_module, "_asked", ordering)
    patch.setattr(query_module, "runs", believing)


def limit_pushed_down(patch: pytest.MonkeyPatch) -> None:
    asked = plan_module._asked

    def limiting(operation: Any, condition: Any, source: Any, after: Any) -> Any:
        plain = asked(operation, condition, source, after)
        return msgspec.structs.replace(plain, request=msgspec.structs.replace(plain.request, limit=operation.count + 1))

    patch.setattr(plan_module, "_asked", limiting)


def ids_with_the_sources_row_number(patch: pytest.MonkeyPatch) -> None:
    beneath, encode = Beneath(patch), RecordIds.encode
    start = query_module.plan

    def planning(*args: Any) -> Any:
        beneath.rows.clear()
        return start(*args)

    def numbering(ids: RecordIds, ref: Any) -> tuple[str, bytes]:
        public, tie = encode(ids, ref)
        return f"{public}{beneath.rows.get(ref, 0):03}", tie

    patch.setattr(query_module, "plan", planning)
    patch.setattr(RecordIds, "encode", numbering)


def order_by_raw_value(patch: pytest.MonkeyPatch) -> None:
    beneath, key_of = Beneath(patch), order_module.order_key

    def ordering(order: Any, **ways: Any) -> Callable[[Viewed], Any]:
        key = key_of(order, **ways)
        return lambda viewed: key(beneath.whole(viewed))

    patch.setattr(query_module, "order_key", ordering)


def cursor_that_holds_a_raw_value(patch: pytest.MonkeyPatch) -> None:
    beneath, making = Beneath(patch), Federation._cursor_of

    def telling(federation: Federation, *given: Any) -> Callable[[Any], str]:
        sealed = making(federation, *given)
        return lambda viewed: f"{sealed(viewed)}{getattr(beneath.raw[viewed.id], 'title', '')}"

    patch.setattr(Federation, "_cursor_of", telling)


def error_that_quotes_a_withheld_value(patch: pytest.MonkeyPatch) -> None:
    beneath, title = Beneath(patch), information_module.title

    def quoting(view: Any) -> str:
        raw: Any = next((item for item in beneath.raw.values() if item.ref == view.ref), view)
        if raw.title != view.title:
            raise BadInput(f"`title` {raw.title} is not for you")
        return title(view)

    patch.setattr(information_module, "title", quoting)


def redactions_only_where_a_value_is(patch: pytest.MonkeyPatch) -> None:
    listed = Decider._listed

    def silent(decider: Decider, records: Sequence[Record]) -> Any:
        by_ref: dict[Any, Any] = {record.ref: record for record in records}
        for viewed in listed(decider, records):
            view: Any = viewed.view
            raw = by_ref[view.ref]
            filled = {field.group for field in grouped_fields(type(raw)) if getattr(raw, field.name)}
            kept = tuple(item for item in viewed.clearance.redactions if item.group in filled)
            yield msgspec.structs.replace(viewed, clearance=msgspec.structs.replace(viewed.clearance, redactions=kept))

    patch.setattr(Decider, "_listed", silent)


BUILDS: Final = (
    filter_before_redaction,
    total_of_raw_records,
    records_of_a_source_counted_raw,
    pushed_down_and_not_matched_again,
    order_pushed_down_on_exact_values,
    limit_pushed_down,
    ids_with_the_sources_row_number,
    order_by_raw_value,
    cursor_that_holds_a_raw_value,
    error_that_quotes_a_withheld_value,
    redactions_only_where_a_value_is,
)
