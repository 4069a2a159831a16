"""How a field of the schema gets its value, as far as that is known before there is a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
    get_named_type,
    is_specified_scalar_type,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from gateway.schema.projection.writing import Code, Unprojectable


def attribute(field: GraphQLField) -> str | None:
    """The name of the view's or value's attribute that the field shows; None where a function gives it."""
    declared = _declared(field)
    return declared.python_name if declared is not None and declared.is_basic_field else None


def resolver(field: GraphQLField, arguments: dict[str, Any]) -> Callable[[Any], Any] | None:
    """The field's function of its parent alone, with `arguments` given; None where it needs more, or waits."""
    declared = _declared(field)
    base = None if declared is None else declared.base_resolver
    if declared is None or base is None or declared.extensions or base.is_async:
        return None
    parameters = list(base.signature.parameters)
    if base.info_parameter or base.parent_parameter is None or parameters[0] != base.parent_parameter.name:
        return None
    if not all(is_specified_scalar_type(get_named_type(argument.type)) for argument in field.args.values()):
        return None
    given = {
        argument.python_name: arguments[name]
        for argument in declared.arguments
        if (name := argument.graphql_name or to_camel_case(argument.python_name)) in arguments
    }
    function: Any = base.wrapped_func
    return partial(function, **given) if given else function


def _declared(field: GraphQLField) -> StrawberryField | None:
    declared = field.extensions.get("strawberry-definition")
    return declared if isinstance(declared, StrawberryField) else None


def leaf(code: Code, kind: GraphQLLeafType, value: str) -> str:
    """An expression for the leaf `value`, which is not None, as it is sent."""
    if isinstance(kind, CustomGraphQLEnumType):
        members: Iterable[Any] = kind.wrapped_cls
        names = {member: kind.coerce_output_value(member) for member in members}
        found = f"{code.name_of(names)}[{value}]"
        if any(name != member.name for member, name in names.items()):
            return found
        # A member's own name is read much faster than it is looked up by the member.
        return f"{value}._name_ if type({value}) is {code.name_of(kind.wrapped_cls)} else {found}"
    sent = f"{code.name_of(partial(_sent, kind))}({value})"
    if kind in (GraphQLString, GraphQLID, GraphQLBoolean):
        as_it_is = code.name_of(bool if kind is GraphQLBoolean else str)
        return f"{value} if type({value}) is {as_it_is} else {sent}"
    if kind.name == "DateTime":
        # As Strawberry's scalar writes it (ISO 8601).
        return f"{value}.isoformat() if type({value}) is {code.name_of(datetime)} else {sent}"
    return sent


def _sent(kind: GraphQLLeafType, value: Any) -> Any:
    if isinstance(value, Exception):
        raise Unprojectable
    sent = kind.coerce_output_value(value)
    if sent is None or sent is Undefined:
        raise Unprojectable
    return sent
