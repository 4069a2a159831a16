"""Look-ups through `_entities`, as a subgraph of Apollo Federation answers them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest
from graphql import build_schema
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import FetchRequest
from connectors.errors import AuthenticationRefused, Unconfigured, Unusable
from connectors.graphql import GraphqlConnector
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.graphql.conftest import CREDENTIALS, Running, settings
from tests.connectors.source import calling, natives, pages, records

ALERTS = InformationKind.SECURITY_ALERT
INCIDENTS = InformationKind.INCIDENT_REPORT


def by_entities() -> dict[str, Any]:
    """The example's incidents, with their keys looked up as entities and by no variable."""
    incidents: Any = settings().options["incidents"]
    query = incidents["query"].replace("$refs: [ID!]", "").replace(", refs: $refs", "")
    variables = {name: bound for name, bound in incidents["variables"].items() if bound != "keys"}
    return {"query": query, "variables": variables, "entities": {"type": "FieldNote"}}


@pytest.mark.parametrize("kind", [ALERTS, INCIDENTS])
async def test_entities_are_found_by_key_in_the_order_of_the_keys(platform: Running, kind: InformationKind) -> None:
    connector = platform.connector(**by_entities())
    assert connector.capabilities.lookup
    found = records(await pages(connector, platform.url, FetchRequest(kind=kind)))
    first, second = found[5], found[2]
    async with calling(platform.url) as call:
        looked_up = await connector.lookup(kind, [first.ref.native, 'absent "key"', second.ref.native], call)
    assert looked_up == [first, None, second]


async def test_many_keys_are_asked_in_pages(platform: Running) -> None:
    plain = settings(platform.url, **by_entities())
    connector = GraphqlConnector(msgspec.structs.replace(plain, options={**plain.options, "page_size": 7}))
    found = records(await pages(connector, platform.url, FetchRequest(kind=INCIDENTS)))
    async with calling(platform.url) as call:
        looked_up = await connector.lookup(INCIDENTS, natives(found), call)
    assert looked_up == found


async def test_the_simulated_platform_is_a_subgraph(platform: Running) -> None:
    asked = {"query": "{ _service { sdl } }"}
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {CREDENTIALS['token']}"}) as http:
        answer = (await http.post(f"{platform.url}/graphql", json=asked)).json()
    schema = build_schema(answer["data"]["_service"]["sdl"])
    assert schema.query_type is not None
    assert "_entities" in schema.query_type.fields


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"data": {"_entities": None}}, Unusable),
        ({"data": {"_entities": [7]}}, Unusable),
        (
            {"data": None, "errors": [{"message": "x", "extensions": {"code": "UNAUTHENTICATED"}}]},
            AuthenticationRefused,
        ),
        ({"data": {"_entities": [None]}, "errors": [{"message": "x", "path": ["_entities"]}]}, Unusable),
    ],
)
async def test_what_is_no_answer_of_a_subgraph_is_a_typed_failure(body: object, error: type[Exception]) -> None:
    async def answer(_request: object) -> Response:
        return JSONResponse(body)

    with serving(Starlette(routes=[Route("/graphql", answer, methods=["POST"])])) as url:
        connector = GraphqlConnector(settings(url))
        async with calling(url) as call:
            with pytest.raises(error):
                await connector.lookup(ALERTS, ["w-1"], call)


async def test_an_entity_that_failed_costs_itself_alone(platform: Running) -> None:
    connector = platform.connector()
    found = records(await pages(connector, platform.url, FetchRequest(kind=ALERTS)))

    async def answer(request: Any) -> Response:
        asked = json.loads(await request.body())
        async with httpx.AsyncClient(trust_env=False, headers={"authorization": "Bearer a-token-of-the-test"}) as http:
            told = (await http.post(f"{platform.url}/graphql", json=asked)).json()
        told["data"]["_entities"][0] = None
        return JSONResponse(told | {"errors": [{"message": "secret", "path": ["_entities", 0, "headline"]}]})

    with serving(Starlette(routes=[Route("/graphql", answer, methods=["POST"])])) as url:
        async with calling(url) as call:
            looked_up = await GraphqlConnector(settings(url)).lookup(ALERTS, sorted(natives(found))[:2], call)
    assert [record is not None for record in looked_up] == [False, True]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"entities": {"type": "FieldNote"}}, "keep one"),
        ({"entities": {"type": "No Type"}}, "`No Type`"),
        ({"entities": {"typename": "FieldNote"}}, "typename"),
    ],
)
def test_a_wrong_setting_is_refused_at_start(changes: dict[str, Any], named: str) -> None:
    base = {} if named == "keep one" else by_entities()
    with pytest.raises(Unconfigured) as caught:
        GraphqlConnector(settings(**(base | changes)))
    assert named in str(caught.value)


def test_fragments_of_a_node_go_with_it_and_variables_of_one_are_refused() -> None:
    bare = {
        "connection": "fieldNotes",
        "scheme": "Notes",
        "entities": {"type": "FieldNote"},
        "fields": {"ref": "key", "postedOn": "shared"},
    }
    plain = settings()

    def configured(inside: str, fragment: str) -> GraphqlConnector:
        query = (
            "query Q($first: Int!, $after: String) { fieldNotes(first: $first, after: $after) { ...Page } }"
            "fragment Page on FieldNoteConnection { pageInfo { hasNextPage endCursor } nodes { ...Note } }"
            f"fragment Note on FieldNote {{ {inside} }} {fragment}"
        )
        return GraphqlConnector(msgspec.structs.replace(plain, options={"incidents": bare | {"query": query}}))

    assert configured("ref ...Time", "fragment Time on FieldNote { postedOn }").capabilities.lookup
    with pytest.raises(Unconfigured, match=r"`\$first`"):
        configured("ref postedOn(places: $first)", "")
