"""The proposed contract: a valid OpenAPI 3.1 document that the simulator keeps to, and the mapping covers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from connectors.unsms import wire
from connectors.unsms.mapping import CATEGORIES, STATES
from connectors.unsms.simulator import simulate
from tests.connectors.unsms.conftest import CREDENTIALS, NOW, Running

DOCUMENT: dict[str, Any] = json.loads(files("connectors.unsms").joinpath("openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:contract", Resource(contents=DOCUMENT, specification=DRAFT202012)
)
HEADERS = {"authorization": f"Bearer {CREDENTIALS['token']}"}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"urn:contract#/components/schemas/{name}"},
        registry=REGISTRY,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_the_document_has_what_openapi_requires() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 5
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            assert operation["responses"]["200"]["description"]
            in_path = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
            assert in_path == {"id"} & set(path.replace("{", " ").replace("}", " ").split())
            assert all(
                parameter.get("required") for parameter in operation.get("parameters", []) if parameter["in"] == "path"
            )


def test_every_schema_is_valid_and_every_reference_leads_somewhere() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    resolver = REGISTRY.resolver("urn:contract")
    found = list(references(DOCUMENT))
    assert found
    for reference in found:
        assert resolver.lookup(reference).contents


def test_the_contract_and_the_mapping_know_the_same_words() -> None:
    assert set(SCHEMAS["Category"]["properties"]["code"]["enum"]) == CATEGORIES.keys()
    assert set(SCHEMAS["State"]["enum"]) == STATES.keys() == set(get_args(wire.State))
    assert SCHEMAS["Incident"]["properties"].keys() == wire.INCIDENT_KEYS
    assert SCHEMAS["Handling"]["properties"].keys() == set(wire.Handling.__struct_fields__)


def test_the_simulator_has_the_contracts_paths() -> None:
    app = simulate(8, 1, NOW, CREDENTIALS)
    assert {route.path for route in app.routes} == DOCUMENT["paths"].keys()  # type: ignore[attr-defined] # all are Routes


@pytest.mark.parametrize(
    ("path", "schema"), [("/v1/incidents", "IncidentPage"), ("/v1/incidents/changes", "ChangesPage")]
)
def test_what_the_simulator_answers_is_valid(unsms: Running, path: str, schema: str) -> None:
    answer = httpx.get(unsms.url + path, params={"limit": "1000"}, headers=HEADERS, trust_env=False)
    body = answer.json()
    assert len(body["items"]) > 50
    validator(schema).validate(body)


def test_one_incident_is_found_by_its_id_and_an_unknown_one_is_absent(unsms: Running) -> None:
    key = next(iter(unsms.feed.items))
    found = httpx.get(f"{unsms.url}/v1/incidents/{key}", headers=HEADERS, trust_env=False)
    validator("Incident").validate(found.json())
    absent = httpx.get(f"{unsms.url}/v1/incidents/unsms-999999", headers=HEADERS, trust_env=False)
    assert absent.status_code == 404
    validator("Problem").validate(absent.json())
