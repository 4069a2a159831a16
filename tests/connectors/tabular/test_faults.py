from __future__ import annotations

import asyncio
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
from connectors.errors import AuthenticationRefused, Late, RateLimited, SourceError, Unconfigured, Unreachable, Unusable
from connectors.field_map.options import FieldMap
from connectors.simulation.server import serving
from connectors.tabular import TabularConnector
from connectors.tabular.connector import read_rows
from connectors.tabular.options import read_options
from connectors.tabular.simulated_workbook import workbook
from connectors.tabular.table import open_table
from tests.connectors.source import calling, example, pages
from tests.connectors.tabular.conftest import Running
from tests.connectors.tabular.table import EVERYTHING, connector, dropped, read, source
from tests.connectors.tabular.test_workbook import SHEET, changed

HEAD = b"No,Date,Title\n"


async def test_a_wrong_token_is_told_from_other_failures(drop: Running) -> None:
    stranger = TabularConnector(example("connectors.tabular", drop.url, {"token": "wrong"}))
    with pytest.raises(AuthenticationRefused):
        await pages(stranger, drop.url, EVERYTHING)


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        ({}, None),
        ({"token": "t"}, "Bearer t"),
        ({"username": "Aladdin", "password": "open sesame"}, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ],
)
async def test_a_place_is_asked_with_the_credentials_it_takes(credentials: dict[str, str], sent: str | None) -> None:
    got: list[str | None] = []

    async def get(request: Request) -> Response:
        got.append(request.headers.get("authorization"))
        return Response(HEAD)

    with serving(Starlette(routes=[Route("/table.csv", get)])) as url:
        await pages(connector(url, credentials), url, EVERYTHING)
    assert got == [sent]


def test_half_a_credential_is_refused_at_start() -> None:
    with pytest.raises(Unconfigured, match="go together"):
        connector("http://127.0.0.1:9", {"username": "someone"})


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        (b" \n<!DOCTYPE html><html>Sign in</html>", {}, "HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", {}, "HTML or XML"),
        (workbook([["No"]]), {}, "no csv"),
        (b"", {}, "without its header"),
        (HEAD + b'1,2026-11-20,"never closed\n2,2026-11-21,lost\n', {}, "after line 3"),
        (HEAD + b'1,2026-11-20,"a"b\n', {}, "after line 2"),
        (HEAD + b"1,2026-11-20,caf\xe9\n", {}, "encoding"),
        (HEAD + b"1,2026-11-20,a\n2,2026-11-20,b\n", {"rows_at_most": 1}, "rows_at_most"),
        (b"[1, 2]", {"form": "json"}, "JSON"),
        (b'{"a": 1}', {"form": "json"}, "JSON"),
        (b"[" * 100_000, {"form": "json"}, "JSON"),
    ],
)
async def test_what_is_no_table_is_a_typed_failure(body: bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(Unusable, match=message) as caught:
        await read(body, **options)
    assert "lost" not in str(caught.value)


@pytest.mark.parametrize(("status", "error"), [(404, Unusable), (429, RateLimited), (503, Unreachable)])
async def test_a_place_that_does_not_answer_is_a_typed_failure(status: int, error: type[SourceError]) -> None:
    async def get(request: Request) -> Response:
        return Response(status_code=status)

    with serving(Starlette(routes=[Route("/table.csv", get)])) as url, pytest.raises(error):
        await pages(connector(url), url, EVERYTHING)


async def test_reading_stops_at_the_deadline_and_lets_others_on() -> None:
    body = HEAD + b"".join(b"%d,2026-11-20,x\n" % number for number in range(20_000))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    with serving(dropped(body)) as url:
        async with calling(url, 30) as call:
            found = connector(url, page_size=100).fetch(EVERYTHING, call)
            await anext(found)
            task, before = asyncio.create_task(other()), turns
            await anext(found)
            await anext(found)
            task.cancel()
            assert turns > before
            call.deadline = asyncio.get_running_loop().time() - 1
            with pytest.raises(Late):
                await anext(found)


async def test_a_resume_that_is_none_is_refused() -> None:
    with serving(dropped(HEAD)) as url, pytest.raises(Unusable, match="`resume`"):
        await pages(connector(url), url, FetchRequest(kind=EVERYTHING.kind, resume="-1"))


def taken_apart(body: bytes, **options: Any) -> None:
    """Reads a table whole; whatever it is, nothing but a `SourceError` may come of it."""
    given_settings = source("http://127.0.0.1:9", **options)
    configured = read_options(given_settings)
    fields = FieldMap(configured.kind, configured, given_settings.marking)
    with suppress(SourceError):
        for _ in read_rows(open_table(body, configured, fields), given_settings, configured, fields):
            pass


FIELDS = {
    **{"No": "key", "Date": "occurred", "S": "shared", "A": "category", "C": "country", "K": "killed"},
    **{"Lat": "latitude", "Lon": "longitude", "P": "place_precision", "O": "organization_type", "V": "verification"},
}
CELLS = st.sampled_from(
    [
        *(
            "",
            "1",
            "2026",
            "2026-11-20",
            "2026-13-45",
            "2026-11-20T25:00",
            "0000",
            "９９９９",
            "=1+1",
            "nan",
            "-inf",
            "1,5",
        ),
        *("9" * 400, "ATTACK", "SSD", "\x00", "\ud7ff", "UN;INGO", "POSITION", "9999-12-31T23:59:59-23:59", "1e999"),
    ]
) | st.text(max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=12), max_size=6))
def test_generated_rows_are_records_or_quarantined(rows: list[list[str]]) -> None:
    body = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [list(FIELDS), *rows])
    options: dict[str, Any] = {"dates": ["%d/%m/%Y", "%H"], "zone": "Africa/Juba", "key_columns": ["Lat"]}
    taken_apart(body.encode("utf-8", "replace"), fields=FIELDS, separator=";", **options)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["csv", "xlsx", "json"]), st.booleans())
def test_generated_bytes_are_a_table_or_a_typed_failure(body: bytes, form: str, tagged: bool) -> None:
    taken_apart(body, form=form, hxl=tagged)


WORKBOOK = workbook([["No", "Date", "Title"], [1, "2026-11-20", "x"], [2, 3.5, "y"]])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WORKBOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_workbook_with_bytes_changed_is_a_table_or_a_typed_failure(place: int, put: bytes) -> None:
    taken_apart(WORKBOOK[:place] + put + WORKBOOK[place + len(put) :], form="xlsx")


PIECES = st.sampled_from(
    [
        *(
            "<row>",
            "</row>",
            '<row r="2">',
            '<row r="x">',
            "<c>",
            "</c>",
            '<c r="B2" t="s">',
            '<c s="1">',
            "<v>",
            "</v>",
        ),
        *(
            "1",
            "1e999",
            "46346",
            "-5",
            "<is>",
            "</is>",
            "<t>",
            "</t>",
            "<f>",
            "</f>",
            '<c r="é1">',
            "&amp;",
            "&x;",
            "<",
        ),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=20))
def test_generated_sheets_are_a_table_or_a_typed_failure(pieces: list[str]) -> None:
    def replaced(text: str) -> str:
        return text.replace("</sheetData>", "".join(pieces) + "</sheetData>")

    taken_apart(changed({SHEET: replaced}), form="xlsx")
