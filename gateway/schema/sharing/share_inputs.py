"""The input of each of the six kinds, made from its record type and described by its output type's own words."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import GenericAlias
from typing import Any, Final, NamedTuple

import strawberry

from gateway.schema.context import Context
from gateway.schema.payload import Fault
from gateway.schema.records.filtering import canonical
from gateway.schema.records.kinds import KIND_TYPES
from gateway.schema.sharing.share_handling import HandlingInput
from gateway.schema.sharing.share_values import VALUE_INPUTS, bad, plain_value
from gateway.sharing.records.draft import Given
from gateway.sharing.records.fields import given_fields
from policies.vocabulary import InformationKind

LONGEST_KEY: Final = 200
# Where the schema's name differs from the record's: everywhere, and for alerts, which have CAP's names.
_RENAMED: Final = {"place": "location"}
_RENAMED_OF_KIND: Final[Mapping[InformationKind, Mapping[str, str]]] = {
    InformationKind.SECURITY_ALERT: {"title": "headline", "narrative": "description", "reported_at": "sent"},
}
# Where a record's own words do not fit what is given.
_DESCRIBED: Final = {"title": "Title.", "verification": "What your own checking has said."}
PLURALS: Final = {"LessonLearned": "LessonsLearned"}


class KindNames(NamedTuple):
    """What a kind is called in the schema, one and several."""

    one: str
    several: str


def kind_names(kind: InformationKind) -> KindNames:
    """The names of a kind's types and fields."""
    one = KIND_TYPES[kind].__name__
    return KindNames(one, PLURALS.get(one, f"{one}s"))


def schema_name(kind: InformationKind, name: str) -> str:
    """The input's name of a record's field."""
    return _RENAMED_OF_KIND.get(kind, {}).get(name, _RENAMED.get(name, name))


def _made(kind: InformationKind) -> type:
    described = {
        field.python_name: field.description
        for field in KIND_TYPES[kind].__strawberry_definition__.fields  # type: ignore[attr-defined]  # Strawberry's own
    }
    annotations: dict[str, Any] = {"external_id": str, "idempotency_key": str}
    members: dict[str, Any] = {
        "external_id": strawberry.field(
            description="Your own id of the record: sent again, it becomes the record's next version."
        ),
        "idempotency_key": strawberry.field(
            description="One for each sending: sent again with the same content, it does nothing and gives the same "
            "receipt."
        ),
    }
    for field in given_fields(kind):
        name = schema_name(kind, field.name)
        value: Any = VALUE_INPUTS.get(field.value.__name__, field.value)
        given: Any = {"default": field.default}
        if field.many:
            value, given = GenericAlias(list, (value,)), {"default_factory": list}
        elif field.default is None:
            value = value | None
        annotations[name] = value
        members[name] = strawberry.field(description=_DESCRIBED.get(name, described[name]), **given)
    annotations["handling"] = HandlingInput
    members["handling"] = strawberry.field(
        default_factory=HandlingInput, description="How it is to be handled; for you alone, and RED, unless said."
    )
    name = f"Share{kind_names(kind).one}Input"
    made: type = type(
        name, (), {"__annotations__": annotations, "__module__": __name__, "__doc__": "Input.", **members}
    )
    return strawberry.input(made, description="What your organization shares, under its own name.")


def _batch(kind: InformationKind) -> type:
    members: dict[str, Any] = {
        "__annotations__": {"records": GenericAlias(list, (RECORD_INPUTS[kind],))},
        "__module__": __name__,
        "__doc__": "Input.",
        "records": strawberry.field(description="At most 100, taken in one after the other."),
    }
    made: type = type(f"Share{kind_names(kind).several}Input", (), members)
    return strawberry.input(made, description="Several records, each with its own outcome.")


RECORD_INPUTS: Final[Mapping[InformationKind, type]] = {kind: _made(kind) for kind in InformationKind}
BATCH_INPUTS: Final[Mapping[InformationKind, type]] = {kind: _batch(kind) for kind in InformationKind}


def given(kind: InformationKind, sent: Any, context: Context) -> tuple[Given | None, list[Fault]]:
    """What was sent of one record, ready to be drafted; or everything that is wrong with it."""
    faults: list[Fault] = []
    values: dict[str, object] = {}

    def read(name: str, reading: Any) -> Any:
        try:
            return reading()
        except Fault as fault:
            path = name if fault.field == name else f"{name}.{fault.field}"
            faults.append(Fault(path, fault.code, fault.message))
            return None

    keys = [read(name, lambda name=name, key=key: _key(key, name)) for name, key in _keys(sent)]
    for field in given_fields(kind):
        name = schema_name(kind, field.name)
        values[field.name] = read(camel(name), lambda name=name: plain_value(getattr(sent, name)))
    marking = read("handling", lambda: sent.handling.plain(context.organization))
    if faults:
        return None, faults
    return (
        Given(
            kind=kind,
            external_id=keys[0],
            idempotency_key=keys[1],
            digest=sha256(canonical(sent)).digest(),
            status=sent.status,
            values=values,
            marking=marking,
            areas=sent.handling.release_areas is not None,
        ),
        [],
    )


def camel(name: str) -> str:
    """A name as the schema writes it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _keys(sent: Any) -> list[tuple[str, str]]:
    return [("externalId", sent.external_id), ("idempotencyKey", sent.idempotency_key)]


def _key(value: str, name: str) -> str:
    key = value.strip()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise bad(name, f"can't be a key: give at most {LONGEST_KEY} printable characters")
    return key
