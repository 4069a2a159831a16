"""Views are made once for a record and a clearance, and never for another of either."""

from __future__ import annotations

import msgspec

from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.views import Views
from policies.groups import Effect, FieldGroup
from tests.federation.builders import incident
from tests.federation.records import EVERYTHING

NOTHING_OF_WHAT = msgspec.structs.replace(
    EVERYTHING,
    effects=tuple(Effect.WITHHOLD if group is FieldGroup.WHAT else Effect.SHOW for group in FieldGroup),
)


def made() -> Views:
    return Views(RecordIds({1: bytes(range(64))}, 1))


async def test_the_same_record_under_the_same_clearance_is_one_view() -> None:
    views, record = made(), incident()
    assert views.of(record, EVERYTHING, "a") is views.of(record, EVERYTHING, "a")


async def test_what_one_may_see_is_never_recalled_for_another() -> None:
    views, record = made(), incident()
    whole = views.of(record, EVERYTHING, "a")
    less = views.of(record, NOTHING_OF_WHAT, "a")
    assert whole is not None
    assert less is not None
    assert (whole.view, whole.clearance) != (less.view, less.clearance)
    assert getattr(less.view, "category", "none") is None
    # An equal clearance that is another object was decided on other grounds.
    assert views.of(record, msgspec.structs.replace(EVERYTHING), "a") is not whole


async def test_a_record_that_was_changed_is_seen_as_it_is_now() -> None:
    views, record = made(), incident(title="Before")
    before = views.of(record, EVERYTHING, "a")
    after = views.of(msgspec.structs.replace(record, title="After"), EVERYTHING, "a")
    assert before is not None
    assert after is not None
    assert getattr(after.view, "title", None) == "After"
    assert before.id == after.id


async def test_many_requesters_do_not_fill_the_memory() -> None:
    views, record = made(), incident()
    for _ in range(100):
        assert views.of(record, msgspec.structs.replace(EVERYTHING), "a") is not None
    known = views._known.get(id(record))
    assert known is not None
    assert len(known.views) <= 16


async def test_what_is_not_listed_has_no_view() -> None:
    assert made().of(incident(), msgspec.structs.replace(EVERYTHING, listed=False), "a") is None
