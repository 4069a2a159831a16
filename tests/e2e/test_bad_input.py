"""Bad input: a clear refusal with a stable code; nothing lost, nothing leaked."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gateway.store.engine import Store
from tests.conftest import Gateway

PAGE = "query($after: String) { incidents(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"


def refusal(
    gateway: Gateway, query: str, variables: dict[str, Any] | None = None, label: str = "dss-analyst"
) -> dict[str, Any]:
    errors = gateway.post(label, query, variables).json()["errors"]
    assert len(errors) >= 1
    first: dict[str, Any] = errors[0]
    return first


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ("{ incidents(", "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ("{ incident }", "GRAPHQL_VALIDATION_FAILED", "subfields"),
        ("{ incidens { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field"),
        ("{ incidents(first: 100000) { nodes { id } } }", "BAD_USER_INPUT", "`first` is 100000"),
        ("{ incidents(first: -1) { nodes { id } } }", "BAD_USER_INPUT", "`first` is -1"),
        ("{ incidents(last: 1001) { nodes { id } } }", "BAD_USER_INPUT", "`last` is 1001"),
        ("{ incidents(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT", "`last` does not go with"),
        ('{ incidents(before: "x") { nodes { id } } }', "BAD_USER_INPUT", "`before` needs `last`"),
        ('{ incidents(filter: {occurred: {last: "P7"}}) { nodes { id } } }', "BAD_USER_INPUT", "`last` is no ISO 8601"),
        ('{ incidents(filter: {occurred: {last: "P1Y"}}) { nodes { id } } }', "BAD_USER_INPUT", "weeks, days"),
        ('{ incidents(filter: {occurred: {last: "-P1D"}}) { nodes { id } } }', "BAD_USER_INPUT", "`last`"),
        (
            '{ incidents(filter: {shared: {from: "2026-01-01T00:00:00"}}) { nodes { id } } }',
            "BAD_USER_INPUT",
            "without offset",
        ),
        ('{ incidents(filter: {text: " "}) { nodes { id } } }', "BAD_USER_INPUT", "`text` is empty"),
        ('{ incidents(after: "x") { nodes { id } } }', "BAD_USER_INPUT", "cursor is not valid here"),
    ],
)
def test_a_bad_query_is_refused_with_a_stable_code(gateway: Gateway, query: str, code: str, says: str) -> None:
    error = refusal(gateway, query)
    assert error["extensions"]["code"] == code
    assert says in error["message"]


def test_no_suggestion_is_made(gateway: Gateway) -> None:
    assert "Did you mean" not in gateway.post("dss-analyst", "{ incidens { nodes { id } } }").text


def test_a_document_that_is_too_deep_is_refused(gateway: Gateway) -> None:
    deep = '{ incidents(filter: {not: {not: {not: {not: {not: {not: {not: {not: {not: {text: "a"}}}}}}}}}}) { nodes { id } } }'
    assert refusal(gateway, deep)["message"].startswith("`filter` nests deeper")
    nested = "{ __typename " + "... on Query { " * 40 + "viewer { client }" + " }" * 40 + " }"
    assert gateway.ask("dss-analyst", nested)["viewer"]


def test_too_many_aliases_directives_or_tokens_are_refused(gateway: Gateway) -> None:
    aliases = "{ " + " ".join(f"a{n}: viewer {{ client }}" for n in range(60)) + " }"
    directives = "{ viewer { " + "client @include(if: true) " * 60 + "} }"
    tokens = "{ viewer { " + "client " * 3_000 + "} }"
    assert "aliases" in refusal(gateway, aliases)["message"]
    assert "directives" in refusal(gateway, directives)["message"]
    assert refusal(gateway, tokens)["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_a_cursor_of_another_requester_or_query_says_no_more_than_that(gateway: Gateway) -> None:
    cursor = gateway.ask("dss-analyst", PAGE)["incidents"]["pageInfo"]["endCursor"]
    other_query = (
        'query($after: String) { incidents(first: 2, after: $after, filter: {country: ["SSD"]}) { nodes { id } } }'
    )
    messages = {
        refusal(gateway, PAGE, {"after": cursor}, "ingo-in-area")["message"],
        refusal(gateway, other_query, {"after": cursor})["message"],
        refusal(gateway, PAGE, {"after": cursor[:-4] + "AAAA"})["message"],
        refusal(gateway, PAGE, {"after": ""})["message"],
    }
    assert messages == {"cursor is not valid here"}
    assert gateway.ask("dss-analyst", PAGE, {"after": cursor})["incidents"]["nodes"]


def test_cursors_are_of_one_length_and_equal_for_equal_answers(gateway: Gateway) -> None:
    query = "{ incidents(first: 200) { edges { cursor } } }"
    cursors = [edge["cursor"] for edge in gateway.ask("dss-analyst", query)["incidents"]["edges"]]
    assert len({len(cursor) for cursor in cursors}) == 1
    assert len(set(cursors)) == len(cursors)


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x.y.z", "Basic abc", "Bearer eyJhbGciOiJub25lIn0.e30."])
def test_without_a_good_token_the_answer_is_401_with_a_challenge(gateway: Gateway, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = gateway.http.post(gateway.graphql, json={"query": "{ __typename }"}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_revoked_token_is_refused(gateway: Gateway) -> None:
    token = gateway.token("ingo-chair")
    client = gateway.client("ingo-chair")
    headers = {"Authorization": f"Bearer {token}"}
    assert gateway.http.post(gateway.graphql, json={"query": "{ __typename }"}, headers=headers).status_code == 200
    revoked = gateway.http.post(
        f"{gateway.url}/oauth/revoke", data={"token": token}, auth=(client.client_id, client.client_secret)
    )
    assert revoked.status_code == 200
    assert gateway.http.post(gateway.graphql, json={"query": "{ __typename }"}, headers=headers).status_code == 401


def test_a_scope_that_was_not_asked_for_is_not_used(gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {gateway.token('dss-analyst', 'alerts:read')}"}
    body = gateway.http.post(
        gateway.graphql, json={"query": "{ incidents(first: 1) { nodes { id } } }"}, headers=headers
    ).json()
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert body["data"] is None


@pytest.mark.parametrize(
    ("method", "headers", "content", "status", "code"),
    [
        ("POST", {"content-type": "text/plain"}, b"{ __typename }", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", {"content-type": "application/json"}, b"{", 400, "BAD_USER_INPUT"),
        ("POST", {"content-type": "application/json"}, b"[]", 400, "BAD_USER_INPUT"),
        (
            "POST",
            {"content-type": "application/json"},
            b'{"query":"' + b"x" * 1_100_000 + b'"}',
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        ("PUT", {}, b"", 405, "METHOD_NOT_ALLOWED"),
        ("GET", {}, b"", 400, "BAD_USER_INPUT"),
        (
            "POST",
            {"content-type": "application/json", "accept": "text/html"},
            b'{"query":"{a}"}',
            406,
            "NOT_ACCEPTABLE",
        ),
    ],
)
def test_an_http_refusal_has_a_json_body_with_a_code(
    gateway: Gateway, method: str, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    token = {"Authorization": f"Bearer {gateway.token('dss-analyst')}"}
    answer = gateway.http.request(method, gateway.graphql, headers={**headers, **token}, content=content)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_an_unknown_address_is_a_json_404(gateway: Gateway) -> None:
    answer = gateway.http.get(f"{gateway.url}/nowhere")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_refusals_stand_in_the_ledger(gateway: Gateway) -> None:
    from gateway.ledger.read import entries

    gateway.post("ingo-elsewhere", "{ incidents(first: 100000) { nodes { id } } }")
    gateway.http.post(gateway.graphql, json={"query": "{ __typename }"})
    store: Store = gateway.store()
    try:
        mine = entries(store, organization="meridian-health", limit=1)
        assert [entry.outcome for entry in mine] == ["BAD_USER_INPUT"]
        assert entries(store, organization="unknown", limit=1)[0].outcome == "UNAUTHENTICATED"
    finally:
        store.close()


def test_what_was_shown_stands_in_the_ledger_before_the_answer(gateway: Gateway) -> None:
    from gateway.ledger.read import entries
    from policies.groups import FieldGroup

    began = time.time()
    answer = gateway.ask(
        "ingo-in-area", "{ incidents(first: 5) { nodes { id category location { name } persons { name } } } }"
    )
    store = gateway.store()
    try:
        entry = entries(store, organization="northwind-aid", limit=1)[0]
    finally:
        store.close()
    assert entry.outcome == "ANSWERED"
    assert entry.operation == "incidents"
    assert entry.at.timestamp() >= began
    shown = [references for item in entry.originators for references in item.shown.values()]
    assert sum(map(len, shown)) == len(answer["incidents"]["nodes"]) == 5
    for item in entry.originators:
        for how in item.shown:
            assert {FieldGroup.ENVELOPE, FieldGroup.WHAT} <= set(how.groups)
            assert how.rules
            assert (FieldGroup.PERSONS in how.groups) is (item.originator == "northwind-aid")


def test_counting_discloses_no_record(gateway: Gateway) -> None:
    from gateway.ledger.read import entries

    gateway.ask("ingo-in-area", "{ incidents { totalCount { value } } }")
    store = gateway.store()
    try:
        assert entries(store, organization="northwind-aid", limit=1)[0].originators == ()
    finally:
        store.close()


def test_a_fault_that_leaves_no_data_discloses_nothing_of_its_neighbours(gateway: Gateway) -> None:
    from gateway.ledger.read import entries

    query = '{ incidents(first: 5) { nodes { id } } late: incidents(after: "x") { nodes { id } } }'
    answer = gateway.post("ingo-in-area", query).json()
    assert answer["data"] is None
    assert [error["path"] for error in answer["errors"]] == [["late"]]
    assert answer["extensions"] == {"handling": []}
    store = gateway.store()
    try:
        assert entries(store, organization="northwind-aid", limit=1)[0].originators == ()
    finally:
        store.close()
