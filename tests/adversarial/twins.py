"""The second world: equal in one requester's view, different beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from connectors.records import Record
from policies.groups import Effect, grouped_fields
from policies.marking import Marking
from policies.values import Moment, Place
from tests.adversarial.markings import markings
from tests.adversarial.platform import Platform
from tests.adversarial.records import attributes, other_values, records
from tests.adversarial.statements import statements
from tests.adversarial.values import moments_within, places_within, texts
from tests.adversarial.views import Eyes
from tests.adversarial.worlds import World, one_of_a_kind, seldom


@st.composite
def twins(draw: st.DrawFn, world: World, eyes: Eyes, organizations: list[str], now: float) -> World:
    """Records that are not listed come, go and change; of those listed, whatever is not shown changes."""
    marks: list[Marking] = sorted({row.marking for row in world.rows}, key=repr)
    marks += draw(st.lists(markings(organizations, now), max_size=1))
    hearing = eyes.on(world)
    platforms = tuple(draw(_platform(platform, hearing, marks)) for platform in world.platforms)
    return draw(_said(World(platforms, world.said), eyes, organizations))


@st.composite
def _said(draw: st.DrawFn, world: World, eyes: Eyes, organizations: list[str]) -> World:
    """Others' words to others come and go, as long as the view stays as it is."""
    view = eyes.view_of(world)
    others = [row for row in world.rows if row.marking.originator != eyes.organization]
    names = [name for name in organizations if name != eyes.organization]
    if not others or not draw(seldom):
        return world
    kept = tuple(item for item in world.said if eyes.organization in (item.originator, item.to) or draw(st.booleans()))
    more = one_of_a_kind((*world.said, *draw(st.lists(statements(others, names), min_size=1, max_size=2))))
    for said in (kept, more):
        changed = World(world.platforms, said)
        if eyes.view_of(changed) == view:
            world = changed
    return world


@st.composite
def _platform(draw: st.DrawFn, platform: Platform, eyes: Eyes, marks: Sequence[Marking]) -> Platform:
    rows: list[Record] = []
    for row in platform.rows:
        if eyes.sees(row) is not None:
            rows.append(draw(_beneath(row, eyes, marks)))
        elif draw(st.booleans()):
            other = draw(records(platform.name, row.ref.native, marks))
            rows.append(row if eyes.sees(other) is not None else other)
    for number in range(draw(st.integers(0, 3)) if marks else 0):
        added = draw(records(platform.name, f"added-{number}", marks))
        if eyes.sees(added) is None:
            rows.append(added)
    return msgspec.structs.replace(
        platform,
        rows=tuple(draw(st.permutations(rows))),
        page=draw(st.sampled_from((platform.page, 1, 2, 50))),
        pauses=draw(st.integers(0, 2)),
        quarantined=draw(st.integers(0, 1)),
        whispers=draw(texts) or "",
    )


@st.composite
def _beneath(draw: st.DrawFn, row: Record, eyes: Eyes, marks: Sequence[Marking]) -> Record:
    """The listed `row` with other values where they are not seen. What would be seen after all is left as it was."""
    seen = eyes.sees(row)
    assert seen is not None
    effects = eyes.clearance(row).effects
    other = draw(other_values(row))
    hidden: dict[str, Any] = {"version": other["version"]}
    finer = []
    for name, group in grouped_fields(type(row)):
        if name == "attributes":
            hidden[name] = draw(_items(row, eyes))
        elif effects[group] is Effect.WITHHOLD:
            hidden[name] = other.get(name)
        elif effects[group] is Effect.GENERALIZE:
            finer.append({name: draw(_finer(getattr(row, name), dict(seen.fields)[name]))})
    candidates = [
        hidden,
        *finer,
        {"faults": row.faults | other["faults"]},
        {"marking": draw(st.sampled_from(marks))},
        *({"marking": marking} for marking in _marked(row.marking, marks)),
    ]
    for candidate in candidates:
        changed = msgspec.structs.replace(row, **candidate)
        if eyes.sees(changed) == seen:
            row = changed
    return row


def _marked(marking: Marking, marks: Sequence[Marking]) -> Iterator[Marking]:
    """The marking with one part changed, each of which may or may not be seen."""
    named = marking.named.union(*(mark.named for mark in marks))
    changes: dict[str, Any] = {
        "named": named,
        "originator": "somebody-else",
        "statistics": not marking.statistics,
        "emergency": not marking.emergency,
        "third_party": None if marking.third_party else "somebody-else",
        "plans_shared": not marking.plans_shared,
        "text_free_of": frozenset(),
        "floor": marks[0].floor,
    }
    for name, value in changes.items():
        yield msgspec.structs.replace(marking, **{name: value})


@st.composite
def _items(draw: st.DrawFn, row: Record, eyes: Eyes) -> tuple[Any, ...]:
    """The attributes that are shown, in their order, among others that are not."""
    clearance = eyes.clearance(row)
    kept = []
    for item in (*row.attributes, *draw(st.lists(attributes, max_size=2))):
        shown = clearance.effects[item.group] is Effect.SHOW and (clearance.free_text or not item.text)
        if item in row.attributes and shown:
            kept.append(item)
        elif not shown and draw(st.booleans()):
            kept.insert(draw(st.integers(0, len(kept))), item)
    return tuple(kept)


@st.composite
def _finer(draw: st.DrawFn, value: Any, cell: Any) -> Any:
    """A value whose general form may be `cell` as well."""
    match value, cell:
        case Moment(), Moment() if cell.start < cell.end:
            return draw(moments_within(cell.start, cell.end))
        case Place(), Place():
            return draw(places_within(value))
        case _:
            return value
