from __future__ import annotations

from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import FetchRequest
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unconfigured, Unreachable, Unusable
from connectors.graphql import GraphqlConnector
from connectors.graphql.simulated_notes import field_note
from connectors.simulation.events import events
from connectors.simulation.server import serving
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind
from tests.connectors.graphql.conftest import NOW, Running, settings
from tests.connectors.source import example, natives, pages

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
WHOLE: dict[str, Any] = {"edges": [], "totalCount": 0, "pageInfo": {"hasNextPage": False, "endCursor": None}}


def answering(answer: Response) -> Starlette:
    async def answered(request: Request) -> Response:
        return answer

    return Starlette(routes=[Route("/graphql", answered, methods=["POST"])])


def connection(**changes: Any) -> Response:
    return JSONResponse({"data": {"fieldNotes": WHOLE | changes}})


def whole_note() -> dict[str, Any]:
    """A node with every field that the example selects."""
    empty = {"lat": None, "lng": None, "site": None, "province": None, "district": None}
    told = next(item for item in map(field_note, events(1, 240, NOW)) if item["contributor"]["handle"] == "juniper")
    leaves = ("account", "followUp", "nextSteps", "phoneNetworkDown", "hotlineCalls", "keptBackBecause")
    nested = {
        "spot": empty | told["spot"],
        "harm": dict.fromkeys(("staffOf", "dead", "hurt", "taken", "jailed")),
        "suspects": None,
    }
    return dict.fromkeys(leaves) | told | nested


def failing(code: str, data: object = None) -> Response:
    return JSONResponse({"data": data, "errors": [{"message": "a secret value", "extensions": {"code": code}}]})


async def test_a_wrong_token_is_told_from_other_failures(platform: Running) -> None:
    connector = GraphqlConnector(example("connectors.graphql", platform.url, {"token": "wrong"}))
    with pytest.raises(AuthenticationRefused):
        await pages(connector, platform.url, INCIDENTS)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response("<html>Sign in</html>", media_type="text/html"), Unusable),
        (Response("<html>Sign in</html>", media_type="application/json"), Unusable),
        (Response('{"data": {"fieldNotes": {"ed', media_type="application/json"), Unusable),
        (JSONResponse([]), Unusable),
        (JSONResponse({"data": None}), Unusable),
        (JSONResponse({"data": {"fieldNotes": None}}), Unusable),
        (connection(edges="none"), Unusable),
        (connection(edges=None), Unusable),
        (connection(edges=[{"node": 7}]), Unusable),
        (connection(pageInfo={"hasNextPage": True, "endCursor": None}), Unusable),
        (connection(pageInfo={"hasNextPage": True, "endCursor": "the same"}), Unusable),
        (failing("INTERNAL"), Unusable),
        (failing("INTERNAL", {"fieldNotes": WHOLE}), Unusable),
        (failing("UNAUTHENTICATED"), AuthenticationRefused),
        (failing("RATE_LIMITED"), RateLimited),
        (JSONResponse({"errors": ["unusual"]}), Unusable),
        (Response(status_code=404), Unusable),
        (Response(status_code=503), Unreachable),
    ],
)
async def test_what_is_no_whole_answer_is_a_typed_failure(answer: Response, error: type[SourceError]) -> None:
    with serving(answering(answer)) as url, pytest.raises(error) as caught:
        await pages(GraphqlConnector(settings(url)), url, INCIDENTS)
    assert "secret" not in str(caught.value)


async def test_a_node_that_is_null_is_quarantined() -> None:
    with serving(answering(connection(edges=[{"node": None}]))) as url:
        (page,) = await pages(GraphqlConnector(settings(url)), url, INCIDENTS)
    assert not page.records
    assert len(page.quarantined) == 1


@pytest.mark.parametrize("way", ["edges", "nodes"])
async def test_an_error_inside_a_node_costs_that_node_alone(way: str) -> None:
    whole = [field_note(event) for event in events(1, 40, NOW) if event.number % 29 and event.number % 31 != 13][:3]
    items = [{"node": node} for node in whole] if way == "edges" else whole
    inside = ["fieldNotes", way, 1, *(["node"] if way == "edges" else []), "spot"]
    body = {
        "data": {"fieldNotes": {"pageInfo": {"hasNextPage": False, "endCursor": None}, way: items}},
        "errors": [{"message": "secret", "path": inside, "extensions": {"code": "DOWNSTREAM_LATE"}}],
        "extensions": {"cost": 7},
    }
    with serving(answering(JSONResponse(body))) as url:
        (page,) = await pages(GraphqlConnector(settings(url)), url, INCIDENTS)
    assert natives(list(page.records)) == [whole[0]["ref"], whole[2]["ref"]]
    assert [item.native for item in page.quarantined] == [whole[1]["ref"]]
    assert "DOWNSTREAM_LATE" in page.quarantined[0].reason
    assert "secret" not in page.quarantined[0].reason


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"harm": {"unexpected": [True]}}, {FieldGroup.AFFECTED}),
        ({"harm": "text"}, {FieldGroup.AFFECTED}),
        ({"harm": ...}, {FieldGroup.AFFECTED}),
        ({"suspects": 7}, {FieldGroup.ACTOR}),
        ({"phoneNetworkDown": ..., "hotlineCalls": ...}, {FieldGroup.WHAT, FieldGroup.ORIGIN}),
        ({"account": ...}, {FieldGroup.NARRATIVE}),
    ],
    ids=str,
)
async def test_what_was_selected_and_is_not_there_is_a_fault_of_its_group(
    change: dict[str, Any], faults: set[FieldGroup]
) -> None:
    node = whole_note() | change
    answer = connection(edges=[{"node": {key: value for key, value in node.items() if value is not ...}}])
    with serving(answering(answer)) as url:
        (page,) = await pages(GraphqlConnector(settings(url)), url, INCIDENTS)
    assert [record.faults for record in page.records] == [faults]


@pytest.mark.parametrize(
    "change", [{"sharing": ...}, {"contributor": "juniper"}, {"ref": ...}, {"checked": ...}], ids=str
)
async def test_what_was_selected_for_identity_or_marking_and_is_not_there_quarantines(change: dict[str, Any]) -> None:
    node = {key: value for key, value in (whole_note() | change).items() if value is not ...}
    with serving(answering(connection(edges=[{"node": node}]))) as url:
        (page,) = await pages(GraphqlConnector(settings(url)), url, INCIDENTS)
    assert not page.records
    assert len(page.quarantined) == 1


async def test_what_a_type_condition_or_directive_may_leave_out_is_no_fault() -> None:
    query = """
    query Notes($first: Int!, $after: String) {
      fieldNotes(first: $first, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { ref postedOn headline @include(if: false) ... on FieldNote { account } }
      }
    }
    """
    fields = {"ref": "key", "postedOn": "shared", "headline": "title", "account": "narrative"}
    bare = {"query": query, "connection": "fieldNotes", "scheme": "Notes", "fields": fields}
    with serving(answering(connection(edges=None, nodes=[{"ref": "a", "postedOn": "2026-11-20T10:00:00Z"}]))) as url:
        connector = GraphqlConnector(msgspec.structs.replace(settings(url), options={"incidents": bare}))
        (page,) = await pages(connector, url, INCIDENTS)
    assert [record.faults for record in page.records] == [frozenset()]


@pytest.mark.parametrize("code", ["FORBIDDEN", "THROTTLED"])
async def test_a_refusal_or_a_plea_for_patience_inside_a_node_concerns_the_whole_answer(code: str) -> None:
    path = ["fieldNotes", "edges", 0, "node", "spot"]
    body = {"data": {"fieldNotes": WHOLE}, "errors": [{"message": "x", "path": path, "extensions": {"code": code}}]}
    with serving(answering(JSONResponse(body))) as url, pytest.raises((AuthenticationRefused, RateLimited)):
        await pages(GraphqlConnector(settings(url)), url, INCIDENTS)


def test_a_selected_leaf_that_is_not_mapped_stops_the_start_and_is_named() -> None:
    query = settings().options["incidents"]["query"].replace("headline", "headline authorPhone")  # type: ignore[index]  # the example's own shape
    with pytest.raises(Unconfigured, match=r"`authorPhone` is selected but not mapped"):
        GraphqlConnector(settings(query=query))


def test_leaves_beneath_fragments_and_aliases_count_too() -> None:
    query = """
    query Notes($first: Int!, $after: String) {
      fieldNotes(first: $first, after: $after) { ...Page }
    }
    fragment Page on FieldNoteConnection {
      pageInfo { hasNextPage endCursor }
      edges { node { __typename ref postedOn ... on FieldNote { by: contributor { handle } } } }
    }
    """
    bare = {"query": query, "connection": "fieldNotes", "scheme": "Notes"}
    fields = {"ref": "key", "postedOn": "shared"}
    plain = settings()

    def configured(**changes: Any) -> GraphqlConnector:
        return GraphqlConnector(msgspec.structs.replace(plain, options={"incidents": bare | changes}))

    with pytest.raises(Unconfigured, match=r"`by\.handle` is selected but not mapped"):
        configured(fields=fields)
    configured(fields=fields | {"by.handle": "originator"})


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("query {", "Syntax Error"),
        ("mutation M($first: Int!, $after: String) { fieldNotes { a } }", "exactly one operation"),
        ("query A { a } query B { b }", "exactly one operation"),
        ("query Q($after: String) { fieldNotes { edges { node { ref } } } }", r"define `\$first`"),
        ("query Q($first: Int!, $after: String, $secret: ID) { a }", r"`\$secret` stands nowhere"),
        (
            "query Q($first: Int!, $after: String) { fieldNotes { edges { node { ref } } } viewer { name } }",
            "`viewer.name`",
        ),
        ("query Q($first: Int!, $after: String) { fieldNotes { ...Gone } }", "`Gone` is defined nowhere"),
        (
            "query Q($first: Int!, $after: String) { fieldNotes { ...L } } fragment L on X { a { ...L } }",
            "a fragment that holds itself",
        ),
        (
            "query Q($first: Int!, $after: String) { fieldNotes { edges { node { ref } } } }",
            "`postedOn` is mapped but not",
        ),
        (
            "query Q($first: Int!, $after: String) { fieldNotes { edges { node { ref postedOn } } } }",
            "pageInfo.hasNextPage",
        ),
    ],
)
def test_a_query_that_cannot_work_is_refused_at_start(query: str, named: str) -> None:
    bare = {
        "query": query,
        "connection": "fieldNotes",
        "scheme": "Notes",
        "fields": {"ref": "key", "postedOn": "shared"},
    }
    with pytest.raises(Unconfigured, match=named):
        GraphqlConnector(msgspec.structs.replace(settings(), options={"incidents": bare}))


@pytest.mark.parametrize(
    ("incidents", "named"),
    [
        ({"connexion": "x"}, "connexion"),
        ({"fields": {"ref": "key"}}, "`shared`"),
        ({"variables": {"a": "shared_from", "b": "shared_from"}}, "`shared_from`"),
        ({"variables": {"since": "shared_since"}}, "shared_since"),
        ({"values": {"category": {"held": "HOSTAGES"}}}, "`options.values.category.held`"),
        ({"audiences": {}}, "`options.audiences`"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(incidents: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        GraphqlConnector(settings(**incidents))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("options", "named"), [({}, "`incidents`"), ({"path": "graphql"}, "`path`"), ({"page_size": 0}, "`page_size`")]
)
def test_a_source_needs_a_kind_a_path_and_a_page_size(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        GraphqlConnector(msgspec.structs.replace(settings(), options=options))
    assert named in str(caught.value)


def test_without_a_token_the_source_does_not_start() -> None:
    with pytest.raises(Unconfigured, match=r"`credentials.token`"):
        GraphqlConnector(msgspec.structs.replace(settings(), credentials={}))
