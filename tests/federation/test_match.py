"""Matching on views: sound against the record beneath, and blind to everything the view does not show."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.records import Incident, Source
from gateway.federation.answer.match import evaluate
from gateway.federation.answer.order import order_key
from gateway.federation.operation import ListOrder
from policies.clearance import Clearance
from policies.condition import Condition, Field, Interval, Not, Operator, Test
from policies.groups import Effect, FieldGroup
from policies.values import Moment, Party
from tests.federation.builders import incident, occurring, withheld_category
from tests.federation.records import EVERYTHING, START, clearances, conditions, incidents, viewed


@settings(max_examples=600)
@given(incidents, clearances, conditions)
def test_what_is_known_of_a_view_holds_on_the_record_beneath(
    record: Incident, clearance: Clearance, condition: Condition
) -> None:
    on_view = evaluate(condition, viewed(record, clearance))
    on_record = evaluate(condition, viewed(record, EVERYTHING))
    if on_view is not None and on_record is not None:
        assert on_view is on_record
    # What is pushed down is asked of exact values, so nothing that matches on a view may be unknown there.
    if on_view is True:
        assert on_record is True


@settings(max_examples=400)
@given(incidents, incidents, clearances, conditions, st.sampled_from(ListOrder), st.booleans())
def test_neither_match_nor_order_depends_on_what_is_beneath_a_view(
    record: Incident, other: Incident, clearance: Clearance, condition: Condition, order: ListOrder, descending: bool
) -> None:
    """Everything withheld is taken from another record: nothing may change."""
    changes = {}
    for name, group in (
        ("category", FieldGroup.WHAT),
        ("impact", FieldGroup.WHAT),
        ("occurred", FieldGroup.WHEN),
        ("reported_at", FieldGroup.WHEN),
        ("place", FieldGroup.WHERE),
        ("title", FieldGroup.NARRATIVE),
        ("narrative", FieldGroup.NARRATIVE),
        ("originator", FieldGroup.ORIGIN),
    ):
        if clearance.effects[group] is Effect.WITHHOLD:
            changes[name] = getattr(other, name)
        elif clearance.effects[group] is Effect.GENERALIZE and getattr(record, name) is not None:
            changes[name] = getattr(record, name).at(clearance.precision)
    twin = msgspec.structs.replace(record, **changes)
    one, two = viewed(record, clearance), viewed(twin, clearance)
    assert one.view == two.view
    assert evaluate(condition, one) is evaluate(condition, two)
    key = order_key(order, descending=descending)
    assert key(one) == key(two)


def test_a_predicate_on_a_withheld_value_is_unknown_and_so_is_its_negation() -> None:
    seen = withheld_category()
    for test in (
        Test(Field.CATEGORY, Operator.IN, frozenset()),
        Test(Field.CATEGORY, Operator.IS_NULL, True),
        Test(Field.CATEGORY, Operator.IS_NULL, False),
    ):
        assert evaluate(test, seen) is None
        assert evaluate(Not(test), seen) is None


@given(st.integers(-48, 48), st.integers(0, 48), st.integers(1, 48))
def test_a_span_is_within_only_as_a_whole(offset: int, length: int, width: int) -> None:
    start = START + timedelta(days=2, hours=offset)
    span = Moment(start, start + timedelta(hours=length))
    asked = Interval(START + timedelta(days=2), START + timedelta(days=2, hours=width))
    hours = range(offset, offset + max(length, 1))
    inside = [0 <= hour < width for hour in hours]
    expected = True if all(inside) else False if not any(inside) else None
    assert evaluate(Test(Field.OCCURRED, Operator.WITHIN, asked), occurring(span)) is expected


def test_whose_record_it_is_is_unknown_where_only_the_type_is_shown() -> None:
    effects = tuple(Effect.GENERALIZE if group is FieldGroup.ORIGIN else Effect.SHOW for group in FieldGroup)
    seen = viewed(
        incident(originator=Party(id="a"), source=Source("a-source", "kobo")),
        msgspec.structs.replace(EVERYTHING, effects=effects),
    )
    for field in (Field.ORIGINATOR, Field.SOURCE):
        for test in (Test(field, Operator.IS_NULL, True), Test(field, Operator.IN, frozenset({"a"}))):
            assert evaluate(test, seen) is None
            assert evaluate(Not(test), seen) is None
