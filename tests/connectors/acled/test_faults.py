"""A platform that answers wrongly: every failure is typed, and no credential stands in a message."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from connectors.acled import AcledConnector
from connectors.contract import FetchRequest
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unconfigured, Unreachable, Unusable
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.acled.conftest import CREDENTIALS, Running, answering, envelope, simulated
from tests.connectors.source import calling, example, natives, pages, records

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


async def refused(answer: Response, error: type[SourceError]) -> str:
    with answering(answer) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS))
        with pytest.raises(error) as caught:
            await pages(connector, url, INCIDENTS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTMLResponse("<html><body>Maintenance</body></html>"), Unusable),
        (Response(b'{"status": 200, "success": true, "data": [{"event_', media_type="application/json"), Unusable),
        (JSONResponse({"status": 200, "success": True, "data": {"event_id_cnty": "SSD1"}}), Unusable),
        (JSONResponse([]), Unusable),
        (envelope(data=["a row"]), Unusable),
        (JSONResponse({"message": "forbidden"}, 403), AuthenticationRefused),
        (JSONResponse({"message": "error"}, 500), Unreachable),
        (JSONResponse({"message": "later"}, 429), RateLimited),
        (JSONResponse({"status": 401, "success": False, "error": "x"}), AuthenticationRefused),
        (JSONResponse({"status": 403, "success": False, "error": "x"}), AuthenticationRefused),
        (JSONResponse({"status": "503", "success": False, "error": "x"}), Unreachable),
        (JSONResponse({"status": 429, "success": False, "error": "x"}), RateLimited),
        (JSONResponse({"status": 400, "success": False, "error": "x"}), Unusable),
        (JSONResponse({"status": 429, "success": False, "data": {}, "error": "x"}), RateLimited),
        (JSONResponse({"status": 200, "success": True}), Unusable),
        (envelope(success=False), Unusable),
    ],
)
async def test_a_wrong_answer_is_a_typed_error(answer: Response, error: type[SourceError]) -> None:
    message = await refused(answer, error)
    assert not any(secret in message for secret in CREDENTIALS.values())


async def test_a_wrong_password_is_refused(acled: Running) -> None:
    connector = acled.connector({**CREDENTIALS, "password": "wrong"})
    with pytest.raises(AuthenticationRefused) as caught:
        await pages(connector, acled.url, INCIDENTS)
    assert "wrong" not in str(caught.value)


async def test_a_token_is_kept_and_renewed_by_its_refresh_token_where_the_platform_forgot_it() -> None:
    with simulated() as acled:
        connector = acled.connector()
        await pages(connector, acled.url, INCIDENTS)
        await pages(connector, acled.url, INCIDENTS)
        assert acled.platform.grants == ["password"]
        acled.platform.tokens.clear()
        assert records(await pages(connector, acled.url, INCIDENTS))
        assert acled.platform.grants == ["password", "refresh_token"]


async def test_a_refresh_token_that_ended_gives_way_to_the_password() -> None:
    with simulated() as acled:
        connector = acled.connector()
        await pages(connector, acled.url, INCIDENTS)
        acled.platform.tokens.clear()
        acled.platform.refresh_tokens.clear()
        assert records(await pages(connector, acled.url, INCIDENTS))
        assert acled.platform.grants == ["password", "password"]


async def test_a_token_that_ends_between_two_pages_costs_no_row() -> None:
    with simulated() as acled:
        connector = acled.connector(page_size=20)
        whole = natives(records(await pages(connector, acled.url, INCIDENTS)))
        found: list[str] = []
        async with calling(acled.url) as call:
            async for page in connector.fetch(INCIDENTS, call):
                found += natives(list(page.records))
                acled.platform.tokens.clear()
        assert found == whole
        assert len(found) > 40
        assert acled.platform.grants.count("refresh_token") >= 2


async def test_terms_that_are_not_accepted_are_told_and_cost_no_second_token() -> None:
    with simulated() as acled:
        connector = acled.connector()
        await pages(connector, acled.url, INCIDENTS)
        acled.platform.accepted_terms = False
        with pytest.raises(AuthenticationRefused, match="accepted the terms"):
            await pages(connector, acled.url, INCIDENTS)
        assert acled.platform.grants == ["password"]


async def test_no_server_is_unreachable() -> None:
    with serving(Starlette()) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS))
    with pytest.raises(Unreachable):
        await pages(connector, url, INCIDENTS)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"page_siez": 10}, "page_siez"),
        ({"page_size": 5001}, "page_size"),
        ({"attributes": {"x": {"group": "WHATEVER"}}}, "WHATEVER"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], named: str) -> None:
    with pytest.raises(Unconfigured, match=named):
        AcledConnector(example("connectors.acled", "http://127.0.0.1:1", CREDENTIALS, **options))


def test_missing_credentials_are_named() -> None:
    settings = example("connectors.acled", "http://127.0.0.1:1", {"username": "x", "password": ""})
    with pytest.raises(Unconfigured, match=r"`credentials\.password`"):
        AcledConnector(settings)


@pytest.mark.parametrize(
    "change", [{"access_token": "caf\u00e9"}, {"access_token": "a\r\nb"}, {"access_token": ""}, {"expires_in": 10**400}]
)
async def test_a_token_that_could_not_be_sent_or_kept_is_no_token(change: dict[str, object]) -> None:
    async def token(request: Request) -> Response:
        return JSONResponse({"token_type": "Bearer", "expires_in": 3600, "access_token": "invented"} | change)

    with serving(Starlette(routes=[Route("/oauth/token", token, methods=["POST"])])) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS))
        with pytest.raises(Unusable, match="not the platform's JSON"):
            await pages(connector, url, INCIDENTS)
