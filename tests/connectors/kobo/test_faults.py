from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.contract import FetchRequest
from connectors.errors import AuthenticationRefused, SourceError, Unconfigured, Unreachable, Unusable
from connectors.kobo import KoboConnector
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.kobo.conftest import CREDENTIALS, Running
from tests.connectors.source import example, pages

EVERYTHING = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
NO_ROWS = b'{"count": 0, "next": null, "previous": null, "results": []}'
FORM = b'{"content": {"survey": [], "choices": []}}'


def broken(data: Response, form: Response | None = None) -> Starlette:
    async def answer(request: Request) -> Response:
        if request.url.path.endswith("data.json"):
            return data
        return Response(FORM, media_type="application/json") if form is None else form

    return Starlette(routes=[Route("/{path:path}", answer)])


async def test_a_wrong_token_is_told_from_other_failures(kobo: Running) -> None:
    connector = KoboConnector(example("connectors.kobo", kobo.url, {"token": "wrong"}))
    with pytest.raises(AuthenticationRefused):
        await pages(connector, kobo.url, EVERYTHING)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (Response("<html>Sign in</html>", media_type="text/html"), Unusable),
        (Response("<html>Sign in</html>", media_type="application/json"), Unusable),
        (Response(NO_ROWS[:30], media_type="application/json"), Unusable),
        (Response(b'{"count": "0", "next": null, "results": []}', media_type="application/json"), Unusable),
        (Response(b'{"count": 1, "next": null, "results": ["row"]}', media_type="application/json"), Unusable),
        (Response(b'{"count": 9, "next": "?page=2", "results": []}', media_type="application/json"), Unusable),
        (Response(b'{"count": 9, "next": "?start=0", "results": []}', media_type="application/json"), Unusable),
        (Response(status_code=404), Unusable),
        (Response(status_code=502), Unreachable),
    ],
)
async def test_what_is_not_the_wire_format_is_a_typed_failure(data: Response, error: type[SourceError]) -> None:
    with serving(broken(data)) as url, pytest.raises(error):
        await pages(KoboConnector(example("connectors.kobo", url, CREDENTIALS)), url, EVERYTHING)


@pytest.mark.parametrize("body", [b"{}", b'{"content": {"survey": [{"type": "end_group"}]}}', b"[]", b"<html>"])
async def test_a_form_that_cannot_be_read_is_a_typed_failure(body: bytes) -> None:
    form = Response(body, media_type="application/json")
    with serving(broken(Response(NO_ROWS, media_type="application/json"), form)) as url, pytest.raises(Unusable):
        await pages(KoboConnector(example("connectors.kobo", url, CREDENTIALS)), url, EVERYTHING)


async def test_a_question_that_is_declared_nowhere_stops_the_source_and_is_named(kobo: Running) -> None:
    kobo.platform.questions += [
        {"name": "follow_up", "type": "begin_group"},
        {"name": "phone_of_witness", "type": "text"},
        {"type": "end_group"},
        {"name": "thanks", "type": "note"},
        {"name": "device", "type": "deviceid"},
    ]
    with pytest.raises(Unconfigured, match=r"^`follow_up/phone_of_witness`: "):
        await pages(kobo.connector(), kobo.url, EVERYTHING)
    kobo.connector(ignored=["follow_up/phone_of_witness"])
    assert await pages(kobo.connector(ignored=["follow_up/phone_of_witness"]), kobo.url, EVERYTHING)


async def test_a_key_of_an_older_form_stops_the_source_too(kobo: Running) -> None:
    kobo.platform.rows[-1]["event/witness"] = "A name that must not be told"
    with pytest.raises(Unconfigured, match="`event/witness`") as caught:
        await pages(kobo.connector(), kobo.url, EVERYTHING)
    assert "must not be told" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"assets": "x"}, "assets"),
        ({"asset": "../other"}, "`asset`"),
        ({"page_size": 5000}, "`page_size`"),
        ({"fields": {"event/what": "categori"}}, "categori"),
        ({"fields": {"event/what": "urgency"}}, "`options.fields.event/what`"),
        ({"fields": {"event/what": "shared"}}, "`event/what`"),
        ({"ignored": ["event/what"]}, "`event/what`"),
        ({"attributes": {"event/mood": {"group": "FEELINGS"}}}, "`FEELINGS`"),
        ({"values": {"category": {"robbery": "BURGLARY"}}}, "`options.values.category.robbery`"),
        ({"values": {"title": {"a": "b"}}}, "`options.values.title`"),
        ({"audiences": {}}, "`options.audiences`"),
        ({"validations": {"rejected": "REFUTED"}}, "rejected"),
        ({"validations": {"approved": "CERTAIN"}}, "CERTAIN"),
        ({"push": {"secret": "in the options"}}, "secret"),
        ({"audiences": {"public": {"audience": "EVERYBODY"}}}, "EVERYBODY"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        KoboConnector(example("connectors.kobo", "http://127.0.0.1:9", CREDENTIALS, **options))
    assert named in str(caught.value)


def test_without_a_token_the_source_does_not_start() -> None:
    with pytest.raises(Unconfigured, match=r"`credentials.token`"):
        KoboConnector(example("connectors.kobo", "http://127.0.0.1:9", {"token": ""}))
