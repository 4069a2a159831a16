"""How a field of a shared record is declared in the schema: described, nullable, and with its field group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from gateway.federation.viewed import Viewed
from policies.groups import FieldGroup


@strawberry.federation.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="fieldGroup",
    description="The field group that a field belongs to: a redaction of that group concerns this field.",
)
class FieldGroupDirective:
    """Printed with every field of a shared record."""

    name: FieldGroup


def shared(group: FieldGroup, description: str, resolver: Callable[..., Any] | None = None) -> Any:
    """A field of a record. Without `resolver` it is the view's attribute of the same name."""
    declare: Any = strawberry.federation.field
    return declare(resolver=resolver, description=description, directives=[FieldGroupDirective(name=group)])


def plain(description: str, resolver: Callable[..., Any] | None = None) -> Any:
    """A field of a value type; its group is that of the field that holds the value."""
    declare: Any = strawberry.federation.field
    return declare(resolver=resolver, description=description)


def attribute_of(source: Any, name: str) -> Any:
    """The default resolver: a record's fields are its view's."""
    return getattr(source.view if isinstance(source, Viewed) else source, name)
