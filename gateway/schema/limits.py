"""What a document may ask for: depth, aliases, directives. Beyond it is refused before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one document. `depth` counts nested selections; introspection is not counted."""

    depth: int = 15
    tokens: int = 2_000
    aliases: int = 50
    directives: int = 50


class BeyondLimit(GraphQLError):
    """Tells limits from other faults of a document."""


def limit_rules(limits: Limits) -> tuple[type[ASTValidationRule], ...]:
    """The limits as a rule of validation."""

    class WithinLimits(ASTValidationRule):
        """Refuses an operation beyond a limit; fragments are followed once each, so that cycles end."""

        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self._fragments: Mapping[str, FragmentDefinitionNode] = {
                node.name.value: node
                for node in context.document.definitions
                if isinstance(node, FragmentDefinitionNode)
            }

        def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
            counted = {"aliases": 0, "directives": 0}
            depth = self._measure(node.selection_set, 0, frozenset(), counted)
            for name, found, limit in (
                ("depth", depth, limits.depth),
                ("aliases", counted["aliases"], limits.aliases),
                ("directives", counted["directives"], limits.directives),
            ):
                if found > limit:
                    self.report_error(
                        BeyondLimit(f"The operation is beyond the limit of {name}: {limit}; ask for less.", node)
                    )

        def _measure(
            self, selection: SelectionSetNode, depth: int, open_fragments: frozenset[str], counted: dict[str, int]
        ) -> int:
            deepest = depth
            # Beyond a limit nothing more needs to be known: a document can be made to be slow to measure.
            if depth > limits.depth or counted["aliases"] > limits.aliases:
                return depth
            for item in selection.selections:
                counted["directives"] += len(item.directives or ())
                below, inside, opened = None, depth, open_fragments
                if isinstance(item, FieldNode):
                    counted["aliases"] += item.alias is not None
                    if item.name.value.startswith("__"):
                        continue
                    below, inside = item.selection_set, depth + 1
                elif isinstance(item, FragmentSpreadNode):
                    name = item.name.value
                    if name in open_fragments or name not in self._fragments:
                        continue
                    below, opened = self._fragments[name].selection_set, open_fragments | {name}
                else:
                    below = getattr(item, "selection_set", None)
                deepest = max(deepest, inside)
                if below is not None:
                    deepest = max(deepest, self._measure(below, inside, opened, counted))
            return deepest

    return (WithinLimits,)
