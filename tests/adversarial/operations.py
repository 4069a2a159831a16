"""Operations over the whole schema: lists taken page by page both ways, any root field, mutations, and bad input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from hypothesis import strategies as st

from tests.adversarial.inputs import argument, is_optional
from tests.adversarial.pools import Pool
from tests.adversarial.selections import schema, selection

# `_service` is the whole schema and nothing else. What the others tell is written by threads of their own, at times of
# their own: they are tested where they are made, with those threads at hand.
UNASKED: Final = frozenset(
    {
        "_service",
        "disclosures",
        "treeHeads",
        "treeHead",
        "inclusionProof",
        "consistencyProof",
        "notices",
        "recalls",
    }
)
PAGING: Final = frozenset({"first", "after", "last", "before"})
COUNTS: Final = (
    ("", ""),
    ("totalCount { value relation } ", "records"),
    ("... { counted: totalCount { value } } ", ""),
    ("", "records"),
)
BROKEN: Final = (
    "{ incidents(",
    "{ incidents { nodes { secret } } }",
    "{ incidents(filter: {secret: 1}) { nodes { id } } }",
    "query($id: ID!) { node(id: $id) { id } }",
    '{ incidents(after: "AAAA") { nodes { id } } }',
    '{ incidents(first: 1, before: "x") { nodes { id } } }',
    "{ incidents(first: 5000) { totalCount { value } } }",
)


class Operation(msgspec.Struct, frozen=True):
    """One thing that is asked. `walks`: the name of the cursor variable by which the rest of the list is asked for."""

    query: str
    variables: Mapping[str, Any]
    walks: str | None = None

    @property
    def writes(self) -> bool:
        """Whether it may leave something behind."""
        return self.query.startswith("mutation")

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"query": self.query, "variables": self.variables}


@st.composite
def operations(draw: st.DrawFn, pool: Pool) -> Operation:
    """Any operation; lists most of the time."""
    kinds = [_listing] * 8 + [_roots] * 3 + [_bad]
    if schema().mutation_type is not None:
        kinds += [_mutation] * 3
    return draw(draw(st.sampled_from(kinds))(pool))


def _bad(_pool: Pool) -> st.SearchStrategy[Operation]:
    return st.sampled_from(BROKEN).map(_plain)


def _plain(query: str) -> Operation:
    return Operation(query, {})


@st.composite
def _listing(draw: st.DrawFn, pool: Pool) -> Operation:
    """A connection, entered from either end, page by page to its other end."""
    root = schema().query_type
    assert root is not None
    names = sorted(name for name, field in root.fields.items() if field.args.keys() >= PAGING)
    # Those of which there are most records, and most to ask.
    name = draw(st.sampled_from([*names, *["incidents"] * 10, *["securityAlerts"] * 3]))
    field = root.fields[name]
    connection: Any = get_named_type(field.type)
    node = get_named_type(connection.fields["nodes"].type).name
    selected, fragments = draw(selection(node))
    size, cursor = draw(st.sampled_from((("first", "after"), ("first", "after"), ("last", "before"))))
    arguments = {key: item for key, item in field.args.items() if key not in PAGING}
    arguments |= {size: field.args[size], cursor: field.args[cursor]}
    variables = {key: draw(argument(key, item.type, pool)) for key, item in arguments.items() if draw(_often(key))}
    variables[size] = draw(st.sampled_from((50, 1, 2, 3, 0)))
    totals, records = draw(st.sampled_from(COUNTS))
    shape = draw(st.sampled_from(("nodes { %s }", "edges { cursor node { %s } }"))) % selected
    inner = (
        f"{totals}{shape} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} "
        f"sources {{ name state asOf embargoedUntil {records}}}"
    )
    declared = [f"${key}: {item.type}" for key, item in arguments.items()]
    given = ", ".join(f"{key}: ${key}" for key in arguments)
    variables.pop(cursor, None)
    return _switched("query", declared, f"{{ list: {name}({given}) {{ {inner} }} }} {fragments}", variables, cursor)


@st.composite
def _roots(draw: st.DrawFn, pool: Pool) -> Operation:
    """One to three root fields, each under a name of its own."""
    root = schema().query_type
    assert root is not None
    names = sorted(name for name in root.fields if name not in UNASKED)
    return draw(_fields(root, st.lists(st.sampled_from(names), min_size=1, max_size=3), "query", pool))


@st.composite
def _mutation(draw: st.DrawFn, pool: Pool) -> Operation:
    """One mutation."""
    root = schema().mutation_type
    assert root is not None
    names = [name for name in sorted(root.fields) for _ in range(4 if _on_a_record(root.fields[name]) else 1)]
    return draw(_fields(root, st.sampled_from(names).map(lambda name: [name]), "mutation", pool))


def _on_a_record(field: GraphQLField) -> bool:
    """Whether a mutation's input names a record, which most of them do; the others are asked less often."""
    kinds: list[Any] = [get_named_type(item.type) for item in field.args.values()]
    return any("id" in kind.fields for kind in kinds if hasattr(kind, "fields"))


@st.composite
def _fields(
    draw: st.DrawFn, root: GraphQLObjectType, names: st.SearchStrategy[list[str]], kind: str, pool: Pool
) -> Operation:
    parts, declared, variables, fragments = [], [], {}, {}
    for number, name in enumerate(draw(names)):
        field = root.fields[name]
        given = []
        for key, item in field.args.items():
            if is_optional(item) and not draw(_often(key)):
                continue
            variable = f"{key}{number}"
            declared.append(f"${variable}: {item.type}")
            given.append(f"{key}: ${variable}")
            variables[variable] = draw(argument(key, item.type, pool))
        inner, fragment = draw(selection(get_named_type(field.type).name))
        fragments[fragment] = None
        arguments = f"({', '.join(given)})" if given else ""
        leaf = not hasattr(get_named_type(field.type), "fields") and not hasattr(get_named_type(field.type), "types")
        parts.append(f"r{number}: {name}{arguments}" + ("" if leaf else f" {{ {inner} }}"))
    return _switched(kind, declared, f"{{ {' '.join(parts)} }} {' '.join(fragments)}", variables)


def _often(name: str) -> st.SearchStrategy[bool]:
    """A cursor that is made up is refused, and most filters leave nothing: both are asked less often."""
    if name in PAGING:
        return st.sampled_from((False,) * 9 + (True,))
    return st.booleans() if name == "filter" else st.sampled_from((True, True, False))


def _switched(
    kind: str, declared: Sequence[str], rest: str, variables: Mapping[str, Any], walks: str | None = None
) -> Operation:
    """The operation with the variables of its directives, where it has some: a variable that is not used is an error."""
    switches = {name: value for name, value in (("yes", True), ("no", False)) if f"${name}" in rest}
    parts = [*declared, *(f"${name}: Boolean!" for name in switches)]
    head = f"{kind}({', '.join(parts)})" if parts else kind
    return Operation(f"{head} {rest}", {**variables, **switches}, walks)
