"""The printed schema is the served one, everything in it is described, and its field groups are the records' own."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    parse,
)
from typer.testing import CliRunner

from connectors.records import RECORD_TYPES
from gateway.cli import app
from gateway.schema.printing import printed_schema
from gateway.schema.records.kinds import KIND_TYPES
from policies.groups import FieldGroup, grouped_fields
from policies.vocabulary import InformationKind
from tests.conftest import Gateway

PRINTED = Path(__file__).parents[2] / "schema.graphql"


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(PRINTED.read_text("utf-8"))


def test_the_committed_schema_is_the_one_that_is_printed() -> None:
    assert PRINTED.read_text("utf-8") == printed_schema(), "run `slt-gateway schema > schema.graphql`"


def test_the_command_prints_nothing_but_sdl() -> None:
    for arguments in (["schema"], ["schema", "--federation"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0
        assert parse(result.stdout)
    assert "_entities" in result.stdout
    assert '@key(fields: "id")' in result.stdout


def test_the_served_schema_has_what_is_printed(gateway: Gateway, schema: GraphQLSchema) -> None:
    served = gateway.ask("dss-analyst", "{ __schema { types { name fields { name } inputFields { name } } } }")
    types = {item["name"]: item for item in served["__schema"]["types"]}
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
            extra = {"_entities", "_service"} if name == "Query" else set()
            assert {field["name"] for field in types[name]["fields"]} - extra == set(kind.fields), name
        if isinstance(kind, GraphQLInputObjectType):
            assert {field["name"] for field in types[name]["inputFields"]} == set(kind.fields), name


def test_every_type_field_argument_and_value_is_described(schema: GraphQLSchema) -> None:
    bare = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        if not kind.description:
            bare.append(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                if not field.description:
                    bare.append(f"{name}.{field_name}")
                bare += [f"{name}.{field_name}({arg})" for arg, item in field.args.items() if not item.description]
        if isinstance(kind, GraphQLInputObjectType):
            bare += [f"{name}.{item}" for item, field in kind.fields.items() if not field.description]
        if isinstance(kind, GraphQLEnumType):
            bare += [f"{name}.{item}" for item, value in kind.values.items() if not value.description]
    assert not bare


# Fields of the schema that stand for a field of another name in the record.
READ_FROM = {
    "location": "place",
    "country": "place",
    "admin1": "place",
    "admin2": "place",
    "sent": "reported_at",
    "headline": "title",
    "description": "narrative",
}


@pytest.mark.parametrize(("kind", "type_name"), [(kind, item.__name__) for kind, item in KIND_TYPES.items()])
def test_every_field_of_a_record_has_the_group_it_was_declared_with(
    schema: GraphQLSchema, kind: InformationKind, type_name: str
) -> None:
    declared = {field.name: field.group for field in grouped_fields(RECORD_TYPES[kind])}
    document = parse(PRINTED.read_text("utf-8"))
    definition = next(
        item for item in document.definitions if getattr(getattr(item, "name", None), "value", "") == type_name
    )
    shown = set()
    for field in definition.fields:  # type: ignore[attr-defined]
        groups = [d.arguments[0].value.value for d in field.directives if d.name.value == "fieldGroup"]
        assert len(groups) == 1, field.name.value
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field.name.value)
        name = READ_FROM.get(field.name.value, snake)
        shown.add(name)
        if name in ("id", "kind", "handling", "redactions"):
            assert groups == [FieldGroup.ENVELOPE.name]
        else:
            assert groups == [declared[name].name], field.name.value
    assert set(declared) <= shown, "a field of the record is missing from the schema"
