from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.contract import FetchRequest
from connectors.errors import (
    AuthenticationRefused,
    Quarantined,
    RateLimited,
    SourceError,
    Unconfigured,
    Unreachable,
    Unusable,
)
from connectors.reliefweb import ReliefWebConnector
from connectors.reliefweb.mapping import ReportMapping
from connectors.reliefweb.options import read_options
from connectors.reliefweb.plain import plain
from connectors.reliefweb.wire import Item
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.reliefweb.conftest import Running
from tests.connectors.reliefweb.test_mapping import FIELDS
from tests.connectors.source import example, pages

EVERYTHING = FetchRequest(kind=InformationKind.SITUATION_REPORT)
JSON = "application/json"


def answering(response: Response) -> Starlette:
    async def answer(request: Request) -> Response:
        return response

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def link(href: str) -> bytes:
    item = {"id": "1", "fields": FIELDS}
    return json.dumps({"totalCount": 9, "links": {"next": {"href": href}}, "data": [item]}).encode()


async def test_an_appname_that_is_not_approved_is_told_with_what_to_do(reliefweb: Running) -> None:
    with pytest.raises(AuthenticationRefused, match=r"`options.appname`: ReliefWeb has not approved `other`: ask for"):
        await pages(reliefweb.connector(appname="other"), reliefweb.url, EVERYTHING)


async def test_the_old_version_is_told_with_what_to_do(reliefweb: Running) -> None:
    url = reliefweb.url + "/v1"
    connector = ReliefWebConnector(example("connectors.reliefweb", url, {}))
    with pytest.raises(Unusable, match="without `/v1`") as caught:
        await pages(connector, url, EVERYTHING)
    assert caught.value.status == 410


async def test_html_in_place_of_json_is_the_limit_of_calls(reliefweb: Running) -> None:
    reliefweb.platform.calls_a_day = 1
    await pages(reliefweb.connector(), reliefweb.url, EVERYTHING)
    with pytest.raises(RateLimited, match="1,000 calls a day"):
        await pages(reliefweb.connector(), reliefweb.url, EVERYTHING)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response("\n <html>Slow down</html>", media_type=JSON), RateLimited),
        (Response('{"totalCount": 1, "data": [', media_type=JSON), Unusable),
        (Response('{"totalCount": "1", "data": []}', media_type=JSON), Unusable),
        (Response('{"totalCount": 1, "data": {"id": 1, "fields": {}}}', media_type=JSON), Unusable),
        (Response('{"totalCount": 1, "data": ["report"]}', media_type=JSON), Unusable),
        (Response(link("/v2/reports?page=2"), media_type=JSON), Unusable),
        (Response(link("https://elsewhere.example/v2/reports?offset=0"), media_type=JSON), Unusable),
        (Response(status_code=400), Unusable),
        (Response(status_code=429), RateLimited),
        (Response(status_code=503), Unreachable),
    ],
)
async def test_what_is_not_the_wire_format_is_a_typed_failure(response: Response, error: type[SourceError]) -> None:
    with serving(answering(response)) as url, pytest.raises(error):
        await pages(ReliefWebConnector(example("connectors.reliefweb", url, {})), url, EVERYTHING)


async def test_of_a_next_link_only_the_offset_is_followed() -> None:
    """The link names another host, and neither our filter nor our appname."""
    asked: list[tuple[str, Any]] = []

    async def answer(request: Request) -> Response:
        body = await request.json()
        asked.append((request.url.query, body["offset"]))
        whole = link("https://elsewhere.example/v2/reports?offset=40&limit=1")
        return Response(whole if len(asked) == 1 else b'{"totalCount": 9, "data": []}', media_type=JSON)

    with serving(Starlette(routes=[Route("/v2/reports", answer, methods=["POST"])])) as url:
        await pages(ReliefWebConnector(example("connectors.reliefweb", url, {}, appname="ours")), url, EVERYTHING)
    assert asked == [("appname=ours", 0), ("appname=ours", 40)]


async def test_an_empty_page_is_the_last_whatever_its_link_says() -> None:
    body = b'{"totalCount": 9, "links": {"next": {"href": "/?offset=10"}}, "data": []}'
    with serving(answering(Response(body, media_type=JSON))) as url:
        (page,) = await pages(ReliefWebConnector(example("connectors.reliefweb", url, {})), url, EVERYTHING)
    assert page.resume is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"appname": " "}, "`appname`"),
        ({"page_size": 5000}, "`page_size`"),
        ({"situations": None, "lessons": None}, "`situations`"),
        ({"situations": {"formats": []}}, "`formats`"),
        ({"situations": {"formats": ["Evaluation and Lessons Learned"]}}, "of two kinds"),
        ({"situation": {"formats": ["Situation Report"]}}, "situation"),
        ({"about": {"Mine Action": "MINES"}}, "MINES"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        ReliefWebConnector(example("connectors.reliefweb", "http://127.0.0.1:9", {}, **options))
    assert named in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "iso3", "url", "code"]), inner)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON_VALUES))
def test_generated_garbage_is_a_record_with_faults_or_quarantined(change: dict[str, Any]) -> None:
    source = example("connectors.reliefweb", "http://127.0.0.1:9", {})
    mapping = ReportMapping(source, read_options(source))
    for kind in (InformationKind.SITUATION_REPORT, InformationKind.LESSON_LEARNED):
        with suppress(Quarantined):
            assert mapping.record(kind, Item(id="7", fields=FIELDS | {"format": []} | change)).ref.native == "7"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["<", ">", "!", "[", "]", "--", "/", "script", "p", " a='", "&#", "x", "<![", "é"])))
def test_generated_html_is_text_or_a_fault(pieces: list[str]) -> None:
    with suppress(ValueError):
        assert plain("".join(pieces)) is not None
