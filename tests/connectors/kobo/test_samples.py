"""Recorded answers of a KoBoToolbox server, about pets. Collected only where the samples are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.contract import FetchRequest, SourceSettings
from connectors.errors import Unconfigured
from connectors.kobo import KoboConnector
from connectors.records import Incident
from connectors.simulation.server import serving
from policies.marking import Marking
from policies.values import Position
from policies.vocabulary import InformationKind, Verification
from tests.connectors.source import pages, records
from tests.samples import found

EVERYTHING = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
ASSET = found("kobo/kobo_asset_*.json")
# Rows in each recording.
ROWS = {
    "kobo_data_2_data.json": 5,
    "kobo_data_geodata_2_data.json": 1,
    "kobo_data_group_names_1_data.json": 6,
    "kobo_data_query_3_data.json": 1,
    "kobo_data_query_4_data.json": 2,
    "kobo_data_validation_1_data.json": 3,
}
OPTIONS: dict[str, Any] = {
    "asset": "aYuTZn9vegi3Z49MXwKjep",
    "scheme": "Pets",
    "fields": {"full_name": "title", "point": "position", "point_description": "locality"},
    "attributes": {
        "pet_yesno": {"group": "WHAT"},
        "pet_type": {"group": "WHAT"},
        "v0/hh_sex": {"group": "WHAT"},
        "v1/hh_sex": {"group": "WHAT"},
        "v2/hh_sex": {"group": "WHAT"},
        "line": {"group": "WHERE"},
        "polygon": {"group": "WHERE"},
        "line_description": {"group": "WHERE", "text": True},
        "polygon_description": {"group": "WHERE", "text": True},
    },
    # The questions of the form that was recorded beside the rows, which is another one.
    "ignored": ["demo", "family_count", "education"],
}


def recorded(data: Path) -> Starlette:
    async def answer(request: Request) -> Response:
        path = data if request.url.path.endswith("data.json") else ASSET[0]
        return Response(path.read_bytes(), media_type="application/json")

    return Starlette(routes=[Route("/api/v2/assets/{path:path}", answer)])


def rows_of(data: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(data.read_bytes())["results"]
    return rows


def connector(url: str, **options: Any) -> KoboConnector:
    return KoboConnector(
        SourceSettings(
            name="pets",
            url=url,
            marking=Marking(originator="harbour-relief"),
            credentials={"token": "t"},
            options=OPTIONS | options,
        )
    )


@pytest.mark.parametrize("data", found("kobo/kobo_data_*.json"), ids=lambda path: path.name)
async def test_every_recorded_row_becomes_a_record(data: Path) -> None:
    with serving(recorded(data)) as url:
        fetched = await pages(connector(url), url, FetchRequest(kind=EVERYTHING.kind, limit=1))

    rows = rows_of(data)
    assert len(records(fetched)) == len(rows) == ROWS[data.name]
    assert not any(page.quarantined for page in fetched)
    assert [record.title for record in records(fetched)] == [row.get("full_name") for row in rows]
    declared = OPTIONS["attributes"]
    assert [len(record.attributes) for record in records(fetched)] == [len(row.keys() & declared) for row in rows]


@pytest.mark.parametrize("data", found("kobo/kobo_data_validation_*.json"), ids=lambda path: path.name)
async def test_recorded_validations_are_read(data: Path) -> None:
    with serving(recorded(data)) as url:
        fetched = records(await pages(connector(url), url, EVERYTHING))
    assert [record.verification for record in fetched] == [
        Verification.UNVERIFIED,
        Verification.REFUTED,
        Verification.VERIFIED,
    ]


@pytest.mark.parametrize("data", found("kobo/kobo_data_geodata_*.json"), ids=lambda path: path.name)
async def test_a_recorded_geopoint_is_read_latitude_first(data: Path) -> None:
    with serving(recorded(data)) as url:
        (record,) = records(await pages(connector(url), url, EVERYTHING))
    assert isinstance(record, Incident)
    assert record.place is not None
    assert record.place.point == Position(longitude=-17.459261, latitude=14.719783)


@pytest.mark.parametrize("data", found("kobo/kobo_data_query_3_data.json"), ids=lambda path: path.name)
async def test_a_recorded_next_link_is_followed_on_our_own_host_only(data: Path) -> None:
    with serving(recorded(data)) as url:
        (page,) = await pages(connector(url), url, FetchRequest(kind=EVERYTHING.kind, limit=1))
    assert (page.total, page.resume) == (2, "1")


@pytest.mark.parametrize("data", found("kobo/kobo_data_2_data.json"), ids=lambda path: path.name)
async def test_the_recorded_form_is_compared_with_the_field_map(data: Path) -> None:
    with serving(recorded(data)) as url, pytest.raises(Unconfigured, match=r"^`demo`, `education`: "):
        await pages(connector(url, ignored=["family_count"]), url, EVERYTHING)
