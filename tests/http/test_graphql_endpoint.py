"""`/graphql` by itself: which media type answers, with which status, and what each refusal says."""

from __future__ import annotations

import logging
import socket
from typing import Any

import httpx
import pytest

from tests.http.conftest import BODY_BYTES, CANARY, Asked

OLD, NEW = "application/json", "application/graphql-response+json"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", OLD),
        ("*/*", OLD),
        ("application/*", OLD),
        (OLD, OLD),
        (NEW, NEW),
        (f"{NEW}, {OLD}", NEW),
        (f"{OLD}, {NEW}", NEW),
        (f"{OLD}, {NEW};q=0.9", OLD),
        (f"{NEW}, */*", NEW),
        (f"{OLD}, */*", OLD),
        (f"*/*, {OLD};q=0", NEW),
        (f"*/*, {NEW};q=0", OLD),
        (f"{NEW};q=0, {OLD};q=0.1", OLD),
        (f"text/html, {NEW};q=0.5, */*;q=0.1", NEW),
        (f"{NEW}; charset=utf-8", NEW),
        (f"{NEW}; charset=utf-16, {OLD}", OLD),
        ("Application/GraphQL-Response+JSON", NEW),
    ],
)
def test_accept_chooses_the_media_type(http: httpx.Client, accept: str, kind: str) -> None:
    answer = http.post("/graphql", json={"query": "q"}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", f"{OLD};q=0", f"{OLD};q=nan", f"{NEW}; charset=latin-1"])
def test_an_answer_that_nobody_accepts_is_refused(http: httpx.Client, asked: Asked, accept: str) -> None:
    answer = http.post("/graphql", json={"query": "q"}, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["Content-Type"] == f"{OLD}; charset=utf-8"
    assert asked.refusals == [("NOT_ACCEPTABLE", "harbour-relief")]


@pytest.mark.parametrize(("accept", "status"), [(OLD, 200), (NEW, 400)])
def test_what_was_not_run_has_no_data(http: httpx.Client, accept: str, status: int) -> None:
    answer = http.post("/graphql", json={"query": "invalid"}, headers={"Accept": accept})
    assert answer.status_code == status
    assert set(answer.json()) == {"errors"}


def test_a_request_is_read_alike_from_get_and_post(http: httpx.Client) -> None:
    parts = {"query": "{ ü }", "operationName": "N", "variables": {"a": [1, None]}, "extensions": {"e": True}}
    posted = http.post("/graphql", json=parts).json()["data"]
    in_parameters = {
        "query": "{ ü }",
        "operationName": "N",
        "variables": '{"a": [1, null]}',
        "extensions": '{"e": true}',
    }
    got = http.get("/graphql", params=in_parameters).json()["data"]
    assert posted == {**parts, "method": "POST", "organization": "harbour-relief"}
    assert got == {**posted, "method": "GET"}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"query": 1}', b'{"query": "q", "variables": []}'])
def test_a_body_that_is_no_request_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused_with_those_that_are_taken(http: httpx.Client, method: str) -> None:
    answer = http.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


def test_a_mutation_by_get_is_refused(http: httpx.Client) -> None:
    answer = http.get("/graphql", params={"query": "mutation"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/graphql"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    answer = http.post("/graphql", content=b'{"query": "q"}', headers=headers)
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


def raw(http: httpx.Client, head: str, body: bytes) -> socket.socket:
    """A connection on which a request's head and the beginning of its body were sent."""
    connection = socket.create_connection((http.base_url.host, http.base_url.port or 80), timeout=10)
    connection.sendall(
        f"POST /graphql HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer good\r\n{head}\r\n\r\n".encode() + body
    )
    return connection


def test_a_body_beyond_the_limit_is_refused_before_its_end(http: httpx.Client) -> None:
    piece = b"x" * (BODY_BYTES + 1)
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    with raw(http, "Content-Type: application/json\r\nTransfer-Encoding: chunked", chunk) as connection:
        assert connection.recv(64).startswith(b"HTTP/1.1 413 ")


def test_a_body_at_the_limit_is_read(http: httpx.Client) -> None:
    query = "x" * (BODY_BYTES - len('{"query":""}'))
    answer = http.post("/graphql", content=f'{{"query":"{query}"}}', headers=JSON)
    assert answer.json()["data"]["query"] == query


def test_a_client_that_leaves_is_no_fault(http: httpx.Client, asked: Asked, caplog: pytest.LogCaptureFixture) -> None:
    with raw(http, "Content-Type: application/json\r\nContent-Length: 100", b"{") as connection:
        connection.shutdown(socket.SHUT_WR)
        # The server closes in turn once the request has been dealt with.
        while connection.recv(4_096):
            pass
    assert http.post("/graphql", json={"query": "q"}).status_code == 200
    assert asked.refusals == [("BAD_USER_INPUT", "harbour-relief")]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("accept", [OLD, NEW])
def test_a_fault_is_one_fixed_answer_and_its_message_goes_nowhere(
    http: httpx.Client, asked: Asked, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    answer = http.post("/graphql", json={"query": "fault"}, headers={"Accept": accept})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith(accept)
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert CANARY not in answer.text + caplog.text
    assert "INTERNAL_SERVER_ERROR: LookupError" in caplog.text
    assert asked.refusals == [("INTERNAL_SERVER_ERROR", "harbour-relief")]


@pytest.mark.parametrize("request_parts", [{"json": {"query": "q"}}, {"content": b"{"}, {"headers": {"Accept": "x/y"}}])
def test_the_token_is_asked_for_first(http: httpx.Client, asked: Asked, request_parts: dict[str, Any]) -> None:
    headers = {**request_parts.pop("headers", {}), "Authorization": "Bearer bad"}
    answer = http.post("/graphql", headers=headers, **request_parts)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="slt"'
    assert asked.refusals == [("UNAUTHENTICATED", None)]


@pytest.mark.parametrize("query", ["q", "invalid", "fault"])
def test_no_answer_is_stored_or_compared(http: httpx.Client, query: str) -> None:
    headers = http.post("/graphql", json={"query": query}).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Accept" in headers["Vary"]
    assert not {"etag", "last-modified"} & set(headers)
