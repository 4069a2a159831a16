"""Recorded answers of ReliefWeb (version 1, whose envelope version 2 keeps). Collected only where the samples are."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import FetchRequest, Page
from connectors.records import SituationReport
from connectors.reliefweb import ReliefWebConnector
from connectors.simulation.server import serving
from policies.vocabulary import InformationKind
from tests.connectors.source import example, natives, pages, records
from tests.samples import found

EVERYTHING = FetchRequest(kind=InformationKind.SITUATION_REPORT)
FILES = found("reliefweb/reports_page*_v1.json")


def recorded(*, completed: bool) -> list[dict[str, Any]]:
    """The two answers; `completed` with the date and country that their client had not asked for, and ours does."""
    answers: list[dict[str, Any]] = [json.loads(path.read_bytes()) for path in FILES]
    for item in (item for answer in answers for item in answer["data"] if completed):
        item["fields"]["date"]["created"] = item["fields"]["date"]["original"]
        item["fields"]["primary_country"] = {"iso3": "npl", "name": "Nepal"}
    return answers


async def fetched(answers: list[dict[str, Any]]) -> list[Page]:
    async def answer(request: Request) -> Response:
        return JSONResponse(answers[(await request.json())["offset"] // 10])

    with serving(Starlette(routes=[Route("/v2/reports", answer, methods=["POST"])])) as url:
        return await pages(ReliefWebConnector(example("connectors.reliefweb", url, {})), url, EVERYTHING)


async def test_recorded_reports_without_the_time_they_became_public_are_all_quarantined() -> None:
    got = await fetched(recorded(completed=False))
    assert [(len(page.records), len(page.quarantined)) for page in got] == [(0, 4), (0, 4)]
    assert {item.reason.split(":")[0] for page in got for item in page.quarantined} == {
        "`date.created` is missing, or no time with its offset"
    }


async def test_recorded_reports_become_records_over_both_pages() -> None:
    answers = recorded(completed=True)
    got = await fetched(answers)
    told = {item["id"]: item["fields"] for answer in answers for item in answer["data"]}

    # The second recording repeats reports of the first.
    assert len(records(got)) == len(told) == len(set(natives(records(got))))
    assert sum(len(page.quarantined) for page in got) == 8 - len(told)
    for record in records(got):
        fields = told[record.ref.native]
        assert isinstance(record, SituationReport)
        assert record.faults == frozenset()
        assert record.title == fields["title"]
        assert record.cited_sources == tuple(source["name"] for source in fields["source"])
        assert [item.value for item in record.references if item.type == "document"] == [
            file["url"] for file in fields.get("file", [])
        ]
    assert {record.originator.id for record in records(got)} == {"ocha"}
