"""The query of configuration, checked once at start: what it selects must all be mapped, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from connectors.errors import Unconfigured
from connectors.graphql.entities import entity_query
from connectors.graphql.options import KindOptions

_PAGING: Final = frozenset({"first", "after"})
_CONNECTION_LEAVES: Final = frozenset({"totalCount", "edges.cursor", "pageInfo.hasNextPage", "pageInfo.endCursor"})
_DEEPEST: Final = 20


class Document(msgspec.Struct, frozen=True):
    """A checked query: its text, the connection's path, the paths of a node's leaves, and whether a total is asked.

    `optional`: leaves that an answer may leave out, by a type condition or a directive. `entities`: the query that
    looks entities up, with the same selection; None where none is configured.
    """

    text: str
    connection: tuple[str, ...]
    leaves: Sequence[str]
    total: bool
    optional: frozenset[str] = frozenset()
    entities: str | None = None


def read_document(kind: str, options: KindOptions, declared: frozenset[str]) -> Document:
    """The query of `kind`; raises `Unconfigured` naming what is wrong with it."""
    where = f"`options.{kind}.query`"
    try:
        document = parse(options.query)
    except GraphQLSyntaxError as error:
        raise Unconfigured(f"{where}: {error.message}") from error
    operation = _operation(document, where)
    _refuse_variables(operation, options, where)
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    connection = tuple(options.connection.split("."))
    nodes: dict[str, None] = {}  # in the order of an answer
    optional: set[str] = set()
    around: set[str] = set()
    for path, conditional in _leaves(operation.selection_set, fragments, (), where):
        inside = path[len(connection) :] if path[: len(connection)] == connection else None
        if inside is not None and inside[:2] == ("edges", "node"):
            nodes[leaf := ".".join(inside[2:])] = None
            optional |= {leaf} if conditional else set()
        elif inside is not None and inside[:1] == ("nodes",):
            nodes[leaf := ".".join(inside[1:])] = None
            optional |= {leaf} if conditional else set()
        elif inside is not None and ".".join(inside) in _CONNECTION_LEAVES:
            around.add(".".join(inside))
        else:
            raise Unconfigured(
                f"{where}: `{'.'.join(path)}` belongs to no node of `{options.connection}`: leave it out"
            )
    _refuse_leaves({*nodes}, declared, where)
    for needed in ("pageInfo.hasNextPage", "pageInfo.endCursor"):
        if needed not in around:
            raise Unconfigured(f"{where}: select `{options.connection}.{needed}`, without it there is no next page")
    entities = None
    if options.entities is not None:
        ways = (*connection, "edges", "node"), (*connection, "nodes")
        selected = [found for way in ways for found in _selected(operation.selection_set, fragments, way)]
        entities = entity_query(options.entities.type, selected, fragments, where)
    return Document(options.query, connection, tuple(nodes), "totalCount" in around, frozenset(optional), entities)


def _operation(document: DocumentNode, where: str) -> OperationDefinitionNode:
    operations = [item for item in document.definitions if isinstance(item, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise Unconfigured(f"{where}: write exactly one operation, a `query`")
    return operations[0]


def _refuse_variables(operation: OperationDefinitionNode, options: KindOptions, where: str) -> None:
    defined = {item.variable.name.value for item in operation.variable_definitions or ()}
    expected = _PAGING | options.variables.keys()
    for name in sorted(expected - defined):
        raise Unconfigured(f"{where}: define `${name}`")
    for name in sorted(defined - expected):
        raise Unconfigured(f"{where}: `${name}` stands nowhere in `variables`: say what it narrows, or leave it out")


def _refuse_leaves(selected: set[str], declared: frozenset[str], where: str) -> None:
    """Every leaf is mapped, and what is mapped is selected: else a field would be dropped, or never filled."""
    for leaf in sorted(selected - declared):
        raise Unconfigured(
            f"{where}: `{leaf}` is selected but not mapped: add it to `fields`, `attributes` with a group, or `ignored`"
        )
    for leaf in sorted(declared - selected):
        raise Unconfigured(f"{where}: `{leaf}` is mapped but not selected: select it, or take it out of the map")


def _selected(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], path: tuple[str, ...]
) -> Iterator[SelectionSetNode]:
    """What is selected at `path`, by the keys of the answer, fragments opened."""
    if not path:
        yield selections
        return
    for selection in selections.selections:
        match selection:
            case FieldNode(selection_set=SelectionSetNode() as inside):
                if (selection.alias or selection.name).value == path[0]:
                    yield from _selected(inside, fragments, path[1:])
            case InlineFragmentNode():
                yield from _selected(selection.selection_set, fragments, path)
            case FragmentSpreadNode():
                yield from _selected(fragments[selection.name.value].selection_set, fragments, path)


def _leaves(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    path: tuple[str, ...],
    where: str,
    conditional: bool = False,
    depth: int = 0,
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The paths of all leaves by their keys in the answer, fragments opened, each with whether it may be left out."""
    if depth > _DEEPEST:
        raise Unconfigured(f"{where}: deeper than {_DEEPEST} levels, or a fragment that holds itself")
    for selection in selections.selections:
        may_miss = conditional or bool(selection.directives)
        match selection:
            case FieldNode():
                key = (selection.alias or selection.name).value
                if selection.name.value == "__typename":
                    continue
                if selection.selection_set is None:
                    yield (*path, key), may_miss
                else:
                    yield from _leaves(selection.selection_set, fragments, (*path, key), where, may_miss, depth + 1)
            case InlineFragmentNode():
                yield from _leaves(selection.selection_set, fragments, path, where, True, depth + 1)
            case FragmentSpreadNode():
                name = selection.name.value
                if name not in fragments:
                    raise Unconfigured(f"{where}: the fragment `{name}` is defined nowhere")
                yield from _leaves(fragments[name].selection_set, fragments, path, where, True, depth + 1)
