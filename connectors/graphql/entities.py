"""Look-ups at an Apollo Federation subgraph: what the configured query selects of a node, asked of `_entities`.

Source: Apollo Federation's subgraph specification, `Query._entities(representations: [_Any!]!): [_Entity]!`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from connectors.errors import Unconfigured
from connectors.graphql.wire import ENTITIES

REPRESENTATIONS: Final = "representations"


def entity_query(
    of_type: str, selected: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode], where: str
) -> str:
    """The query for entities of one type, with what the query of `where` selects of a node; raises `Unconfigured`."""
    needed = _Needed(fragments)
    for selection in selected:
        visit(selection, needed)
    if needed.variables:
        raise Unconfigured(f"{where}: a node's selection uses `${min(needed.variables)}`, which `entities` can't give")
    inside = " ".join(f"... on {of_type} {print_ast(selection)}" for selection in selected)
    asked = f"{ENTITIES}({REPRESENTATIONS}: ${REPRESENTATIONS})"
    text = f"query Entities(${REPRESENTATIONS}: [_Any!]!) {{ {asked} {{ {inside} }} }}"
    whole = "\n".join([text, *(print_ast(fragments[name]) for name in sorted(needed.names))])
    try:
        parse(whole)
    except GraphQLSyntaxError as error:
        raise Unconfigured(f"`options` `entities.type`: `{of_type}` is no name of a type") from error
    return whole


def representations(of_type: str, key: str, values: Sequence[str]) -> dict[str, Any]:
    """The variables that ask for the entities of these keys."""
    return {REPRESENTATIONS: [{"__typename": of_type, key: value} for value in values]}


class _Needed(Visitor):
    """The fragments that a selection spreads, at any depth, and the variables that it uses."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.variables: set[str] = set()
        self._fragments = fragments

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        if node.name.value not in self.names:
            self.names.add(node.name.value)
            visit(self._fragments[node.name.value], self)

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.variables.add(node.name.value)
