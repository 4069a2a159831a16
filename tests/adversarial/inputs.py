"""Arguments of any type of the schema: a filter or operation that is added to the schema is asked with from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)
from hypothesis import strategies as st

from connectors.records import RECORD_TYPES
from tests.adversarial.aims import known_to
from tests.adversarial.pools import Pool
from tests.adversarial.values import AREAS

DEEPEST: Final = 2
SPAN: Final = {"from", "to", "last"}
TO_COME: Final = ("2026-11-18T20:00:00Z", "2026-11-19T11:00:00Z", "2027-01-01T00:00:00Z")
SIZES: Final = (0, 1, 2, 3, 50)
DURATIONS: Final = ("P7D", "P16D", "PT36H", "P3W", "P400D", "P1M", "soon")


@st.composite
def argument(draw: st.DrawFn, name: str, kind: GraphQLInputType, pool: Pool, depth: int = 0) -> Any:
    """A value for `name` of type `kind`, as JSON would carry it."""
    if isinstance(kind, GraphQLNonNull):
        return draw(argument(name, kind.of_type, pool, depth))
    if isinstance(kind, GraphQLList):
        return draw(st.lists(argument(name, kind.of_type, pool, depth), min_size=depth and 1, max_size=2))
    if isinstance(kind, GraphQLInputObjectType):
        return draw(_object(kind, pool, depth))
    if isinstance(kind, GraphQLEnumType):
        return draw(st.sampled_from(sorted(kind.values)))
    assert isinstance(kind, GraphQLScalarType)
    return draw(st.sampled_from(_scalars(name, kind.name, pool)))


@st.composite
def _object(draw: st.DrawFn, kind: GraphQLInputObjectType, pool: Pool, depth: int) -> dict[str, Any]:
    """One or two of its fields, and those it requires."""
    if kind.fields.keys() == SPAN:
        return draw(_spans(pool))
    aims = list(filter(known_to(kind.fields), pool.aims.get(kind.name, ())))
    if aims and draw(st.sampled_from((True, True, False))):
        return draw(_aimed(kind, aims))
    nests = [name for name, field in kind.fields.items() if _leads_back(field.type, kind)]
    names = [name for name in kind.fields if depth < DEEPEST or name not in nests]
    required = [name for name in names if _required(kind.fields[name])]
    chosen = draw(st.lists(st.sampled_from(names), min_size=0 if required else 1, max_size=2, unique=True))
    return {
        name: draw(argument(name, kind.fields[name].type, pool, depth + 1))
        for name in dict.fromkeys((*required, *chosen))
    }


@st.composite
def _aimed(draw: st.DrawFn, kind: GraphQLInputObjectType, aims: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A filter aimed at a difference: alone, negated, or beside another, of every status."""
    aim, other = draw(st.sampled_from(aims)), draw(st.sampled_from(aims))
    if "not" in kind.fields:
        aim = draw(st.sampled_from((aim, aim, {"not": aim}, {"or": [aim, other]}, {"and": [{"not": aim}, other]})))
    return {**aim, "status": None}


@st.composite
def _spans(draw: st.DrawFn, pool: Pool) -> dict[str, Any]:
    """A span of time; seldom one that is refused."""
    start, end = draw(st.sampled_from(pool.times)), draw(st.sampled_from(pool.times))
    if start > end:
        start, end = end, start
    long = {"from": start, "to": end}
    return draw(st.sampled_from(({"from": start}, {"to": end}, long, {"last": draw(st.sampled_from(DURATIONS))})))


def _leads_back(kind: GraphQLInputType, to: GraphQLInputObjectType) -> bool:
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    return kind is to


def _required(field: Any) -> bool:
    return isinstance(field.type, GraphQLNonNull)


def is_optional(field: GraphQLArgument) -> bool:
    """Whether an argument may be left out."""
    return not _required(field)


def _scalars(name: str, kind: str, pool: Pool) -> Any:
    match kind, name:
        case "ID", "originator" | "to" | "as":
            return pool.organizations
        case "ID", "opening" | "declaration" | "request" | "grant":
            return (*pool.acts, *pool.ids)
        case "ID", _:
            # Those that are listed more often: only on them something can be done.
            return (*pool.ids, *(id_ for id_ in pool.listed for _ in range(6)))
        case "DateTime", "until":
            return TO_COME
        case "DateTime", _:
            return pool.times
        case "Date", _:
            return ("2026-11-18", "2027-01-01")
        case "Int", "hours":
            return (4, 24, 0)
        case "Int", _:
            return SIZES
        case "Float", _:
            return (0.0, 1.5)
        case "Boolean", _:
            return (True, False)
        case "String", "country":
            return pool.countries
        case "String", "areas":
            return (*AREAS, "XXX")
        case "String", "area":
            return pool.areas
        case "String", "source":
            return pool.sources
        case "String", "last":
            return DURATIONS
        case "String", "language":
            return ("en", "fr")
        case "String", "key" | "keys":
            return ("mode", "log", "absent")
        case "String", "values":
            return ("car", "boat")
        case "_Any", _:
            kinds = (*(kind.__name__ for kind in RECORD_TYPES.values()), "SecurityInformation", "Query")
            return [{"__typename": kind, "id": id_} for id_ in pool.ids for kind in kinds]
        case _:
            return (*pool.words, *pool.organizations, " ")
