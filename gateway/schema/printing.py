"""The schema as text."""

from __future__ import annotations

import re

from graphql import parse, print_ast
from graphql.language import (
    DefinitionNode,
    DocumentNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    UnionTypeDefinitionNode,
)

from gateway.schema import build_schema

# What Apollo Federation adds to a subgraph; a client of the gateway has no use for it.
_FEDERATION_FIELDS = frozenset({"_entities", "_service"})
_FEDERATION_TYPES = frozenset({"_Any", "_Entity", "_Service", "FieldSet"})


def printed_schema(*, federation: bool = False) -> str:
    """SDL with descriptions and field groups; `federation` adds the subgraph's own fields and directives."""
    text = build_schema().as_str()
    if not federation:
        document = parse(text)
        kept = [_plain(definition) for definition in document.definitions if not _is_federation(definition)]
        text = re.sub(r' @key\(fields: "[^"]*"\)', "", print_ast(DocumentNode(definitions=tuple(kept))))
    return text.rstrip() + "\n"


def _is_federation(definition: DefinitionNode) -> bool:
    if isinstance(definition, SchemaDefinitionNode):
        return True
    if isinstance(definition, ObjectTypeDefinitionNode | ScalarTypeDefinitionNode | UnionTypeDefinitionNode):
        return definition.name.value in _FEDERATION_TYPES
    return False


def _plain(definition: DefinitionNode) -> DefinitionNode:
    if isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value == "Query":
        fields = tuple(field for field in definition.fields or () if field.name.value not in _FEDERATION_FIELDS)
        return ObjectTypeDefinitionNode(
            name=definition.name, description=definition.description, fields=fields, interfaces=(), directives=()
        )
    return definition
