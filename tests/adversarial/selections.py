"""Selections of any type of the schema, whole or in part, by every way that leads to a field."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from hypothesis import strategies as st

from gateway.schema import build_schema
from tests.adversarial.inputs import is_optional

DEEPEST: Final = 6
# Said of every record, whichever kind: both directives read their variables.
SWITCHES: Final = ("", "", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: $no)", " @skip(if: $no)")
switches = st.sampled_from(SWITCHES)


@cache
def schema() -> GraphQLSchema:
    """The schema as it is served."""
    return build_schema()._schema


@cache
def everything(name: str, member: int = 0, depth: int = 0) -> str:
    """Everything that can be selected of the type `name`; of an abstract type one `member` is opened."""
    kind = schema().get_type(name)
    parts = ["__typename"]
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        parts += _fields(kind, depth)
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType) and depth < DEEPEST:
        # One only: a field may be of different types in different kinds, and would need a name of its own in each.
        members = _members(kind)
        chosen = members[member % len(members)]
        parts.append(f"... on {chosen.name} {{ {' '.join(_fields(chosen, depth))} }}")
    return " ".join(parts)


@st.composite
def selection(draw: st.DrawFn, name: str) -> tuple[str, str]:
    """A selection of the type `name`, and the fragments it spreads."""
    kind: Any = schema().get_type(name)
    if not isinstance(kind, GraphQLObjectType) or not kind.interfaces:
        return everything(name, draw(st.integers(0, 2))), ""
    match draw(st.integers(0, 3)):
        case 0:
            return everything(name), ""
        case 1:
            inner = " ".join(f"... on {item.name} {{ {' '.join(_fields(item, 1))} }}" for item in kind.interfaces)
            return f"{inner} ... on {name} {{ {everything(name)} }}", ""
        case 2:
            fragment = f"fragment F{name} on {name} {{ {everything(name)} }}"
            return f"id ...F{name} again: redactions {{ group effect reason fields }}", fragment
        case _:
            chosen = draw(st.lists(st.sampled_from(_fields(kind, 1)), min_size=1, max_size=4, unique=True))
            parts = [f"x{number}: {_switched(item, draw(switches))}" for number, item in enumerate(chosen)]
            return f'id {" ".join(parts)} some: attributes(keys: ["mode"]) {{ key value }}', ""


def _switched(field: str, directive: str) -> str:
    head, brace, rest = field.partition(" {")
    return f"{head}{directive}{brace}{rest}"


@cache
def _fields(kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> tuple[str, ...]:
    found = []
    for name, field in kind.fields.items():
        if not all(map(is_optional, field.args.values())):
            continue
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            found.append(name)
        elif depth < DEEPEST:
            found.append(f"{name} {{ {everything(inner.name, 0, depth + 1)} }}")
    return tuple(found)


def _members(kind: GraphQLInterfaceType | GraphQLUnionType) -> list[GraphQLObjectType]:
    return sorted(schema().get_possible_types(kind), key=lambda item: item.name)
