"""What an operation reads, told from its document: the ledger and the plan need to know it before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    visit,
)

from gateway.schema.shared import FieldGroupDirective
from policies.groups import FieldGroup

# A composed title and a platform's own fields read more groups than the one that they are declared in.
_READS_MORE: Final[Mapping[str, frozenset[FieldGroup]]] = {
    "title": frozenset({FieldGroup.WHAT, FieldGroup.WHERE, FieldGroup.WHEN}),
    "attributes": frozenset(FieldGroup),
}


def groups_read(schema: GraphQLSchema, document: DocumentNode) -> frozenset[FieldGroup]:
    """The field groups of every field in the document, whatever `@skip` and `@include` will say."""
    types = TypeInfo(schema)
    groups: set[FieldGroup] = set()

    class Reading(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent is None:
                return
            definition = get_named_type(parent).extensions.get("strawberry-definition")
            for field in getattr(definition, "fields", ()):  # a union has none
                if _graphql_name(field) == node.name.value:
                    declared = {item.name for item in field.directives if isinstance(item, FieldGroupDirective)}
                    groups.update(declared)
                    if declared:
                        groups.update(_READS_MORE.get(node.name.value, ()))

    visit(document, TypeInfoVisitor(types, Reading()))
    return frozenset(groups)


def _graphql_name(field: object) -> str:
    """As the schema's name converter gives it: the name that was set, or the Python name in camel case."""
    given = getattr(field, "graphql_name", None)
    if given is not None:
        return str(given)
    first, *rest = str(getattr(field, "python_name", "")).split("_")
    return first + "".join(part.capitalize() for part in rest)


def selected_names(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """The names selected directly below the field that is being resolved, fragments opened."""
    return frozenset(name for node in info.field_nodes for name in _names(node.selection_set, info.fragments))


def selects_below(info: GraphQLResolveInfo[Any], parent: str, child: str) -> bool:
    """Whether `child` is selected below `parent` below the field that is being resolved."""
    return any(
        child in frozenset(_names(node.selection_set, info.fragments))
        for top in info.field_nodes
        for node in _fields(top.selection_set, info.fragments)
        if node.name.value == parent
    )


def root_names(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """The names of an operation's root fields, fragments opened, whatever `@skip` and `@include` will say."""
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    return frozenset(_names(operation.selection_set, fragments))


def _names(selection: SelectionSetNode | None, fragments: object) -> Iterator[str]:
    return (node.name.value for node in _fields(selection, fragments))


def _fields(selection: SelectionSetNode | None, fragments: object) -> Iterator[FieldNode]:
    for item in selection.selections if selection is not None else ():
        match item:
            case FieldNode():
                yield item
            case InlineFragmentNode():
                yield from _fields(item.selection_set, fragments)
            case FragmentSpreadNode():
                definition = fragments[item.name.value]  # type: ignore[index]  # a mapping of graphql-core's own
                definition = getattr(definition, "definition", definition)
                if isinstance(definition, FragmentDefinitionNode):
                    yield from _fields(definition.selection_set, fragments)
