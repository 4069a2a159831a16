"""The application's other addresses: health, refusals in JSON, and faults whose message goes nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.errors import Forbidden, StatusUnknown
from tests.http.conftest import CANARY, App


def code(answer: httpx.Response) -> str:
    error: str = answer.json()["errors"][0]["extensions"]["code"]
    return error


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/healthz", {"status": "alive"}),
        ("/readyz", {"status": "ready"}),
        ("/status", {"version": "1", "sources": 2}),
    ],
)
def test_health_and_status_are_public(http: httpx.Client, path: str, body: dict[str, object]) -> None:
    answer = http.get(path, headers={"Authorization": ""})
    assert (answer.status_code, answer.json()) == (200, body)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_gateway_that_knows_no_status_is_alive_and_not_ready(app: App) -> None:
    def unknown() -> None:
        raise StatusUnknown

    with app(ready=unknown) as http:
        assert http.get("/healthz").status_code == 200
        answer = http.get("/readyz")
        assert (answer.status_code, code(answer)) == (503, "SERVICE_UNAVAILABLE")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/graphql/", "/healthz/", "//graphql", "/GraphQL"])
def test_an_address_that_is_not_served_is_not_found_and_leads_nowhere(http: httpx.Client, path: str) -> None:
    answer = http.get(str(http.base_url).rstrip("/") + path)
    assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
    assert "Location" not in answer.headers


def test_a_method_that_is_not_taken_is_told_with_those_that_are(http: httpx.Client) -> None:
    answer = http.post("/healthz")
    assert (answer.status_code, code(answer)) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_a_refusal_of_any_address_is_sent_as_it_is(app: App) -> None:
    async def refusing(_request: Request) -> Response:
        raise Forbidden("`consent:decide` is not among the token's scopes: ask for it")

    with app(more=[Route("/refusing", refusing)]) as http:
        answer = http.get("/refusing")
    assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")


def test_a_fault_at_any_address_is_one_fixed_answer_and_its_message_goes_nowhere(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    async def faulty(_request: Request) -> Response:
        raise LookupError(CANARY)

    with app(more=[Route("/faulty", faulty)]) as http:
        answer = http.get("/faulty")
    assert (answer.status_code, code(answer)) == (500, "INTERNAL_SERVER_ERROR")
    assert CANARY not in answer.text + caplog.text
    assert "INTERNAL_SERVER_ERROR: LookupError" in caplog.text


def test_a_fault_within_an_answer_ends_it_and_its_message_goes_nowhere(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"begun"
        raise LookupError(CANARY)

    async def faulty(_request: Request) -> Response:
        return StreamingResponse(pieces())

    with app(more=[Route("/faulty", faulty)]) as http, pytest.raises(httpx.RemoteProtocolError):
        http.get("/faulty")
    assert CANARY not in caplog.text
    assert "INTERNAL_SERVER_ERROR: LookupError" in caplog.text


def test_partners_standing_is_looked_at_before_a_request_and_not_to_tell_how_the_process_is_doing(app: App) -> None:
    looked = []

    async def renew() -> None:
        looked.append(1)

    with app(renew=renew) as http:
        for path in ("/healthz", "/readyz", "/status"):
            assert http.get(path).status_code == 200
        assert looked == []
        http.post("/graphql", json={"query": "{ __typename }"})
        assert looked == [1]
