"""A feed that answers wrongly: every failure is typed, and the token stands in no message."""

from __future__ import annotations

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from connectors.contract import FetchRequest
from connectors.errors import AuthenticationRefused, RateLimited, SourceError, Unconfigured, Unreachable, Unusable
from policies.vocabulary import InformationKind
from tests.connectors.source import pages
from tests.connectors.unsms.conftest import CREDENTIALS, Running, answering, connector

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
ALERTS = FetchRequest(kind=InformationKind.SECURITY_ALERT)
INDEX = "/v1/alerts/atom.xml"
BOMB = '<!DOCTYPE feed [<!ENTITY a "x">]><feed xmlns="http://www.w3.org/2005/Atom"><title>&a;</title></feed>'


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTMLResponse("<html><body>Maintenance</body></html>"), Unusable),
        (Response(b'{"items": [{"id": "unsms-', media_type="application/json"), Unusable),
        (JSONResponse({"items": {}, "next_cursor": None, "watermark": "1", "as_of": "2026-11-24T00:00:00Z"}), Unusable),
        (JSONResponse({"items": [], "next_cursor": None, "watermark": "1", "as_of": "today"}), Unusable),
        (JSONResponse([]), Unusable),
        (JSONResponse({"error": "x"}, 404), Unusable),
        (JSONResponse({"error": "x"}, 403), AuthenticationRefused),
        (JSONResponse({"error": "x"}, 500), Unreachable),
        (JSONResponse({"error": "x"}, 429), RateLimited),
    ],
)
async def test_a_wrong_list_is_a_typed_error(answer: Response, error: type[SourceError]) -> None:
    with answering(answer) as url, pytest.raises(error) as caught:
        await pages(connector(url), url, INCIDENTS)
    assert CREDENTIALS["token"] not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HTMLResponse("<html><body>Maintenance</body></html>"), Unusable),
        (Response('<feed xmlns="http://www.w3.org/2005/Atom"><entry>', media_type="application/atom+xml"), Unusable),
        (Response('<rss version="2.0"></rss>', media_type="application/atom+xml"), Unusable),
        (Response(BOMB, media_type="application/atom+xml"), Unusable),
        (Response('<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>'), Unusable),
        (JSONResponse({"error": "x"}, 503), Unreachable),
    ],
)
async def test_a_wrong_index_is_a_typed_error(answer: Response, error: type[SourceError]) -> None:
    with answering(answer, INDEX) as url, pytest.raises(error):
        await pages(connector(url), url, ALERTS)


async def test_an_index_that_points_to_another_host_is_not_followed_there() -> None:
    index = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x</id><updated>2026-11-24T00:00:00Z</updated>'
        '<link type="application/cap+xml" href="http://elsewhere.example/x.cap.xml"/></entry></feed>'
    )
    with answering(Response(index, media_type="application/atom+xml"), INDEX) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert not page.records
    assert "another host" in page.quarantined[0].reason


@pytest.mark.parametrize("request_", [INCIDENTS, ALERTS])
async def test_a_wrong_token_is_refused(unsms: Running, request_: FetchRequest) -> None:
    with pytest.raises(AuthenticationRefused) as caught:
        await pages(unsms.connector({"token": "wrong-token"}), unsms.url, request_)
    assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"page_siez": 10}, "page_siez"),
        ({"page_size": 0}, "page_size"),
        ({"alerts": {"marking": {"audience": "EVERYBODY"}}}, "audience"),
        ({"alerts": {"geocodes": {"x": "ADMIN7"}}}, "geocodes"),
        ({"alerts": {"parameters": {"x": {"group": "WHATEVER"}}}}, "WHATEVER"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], named: str) -> None:
    with pytest.raises(Unconfigured, match=named):
        connector("http://127.0.0.1:1", **options)


def test_a_missing_token_is_named() -> None:
    with pytest.raises(Unconfigured, match=r"`credentials\.token`"):
        connector("http://127.0.0.1:1", {"token": ""})
