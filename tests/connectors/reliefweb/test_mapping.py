from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.contract import FetchRequest, Page
from connectors.records import Attribute, LessonLearned, Reference, SituationReport
from connectors.reliefweb import ReliefWebConnector
from connectors.reliefweb.plain import MAXIMUM_LENGTH, plain
from connectors.simulation.server import serving
from policies.groups import FieldGroup
from policies.values import Country, Moment, Party, Place, PlacePrecision
from policies.vocabulary import Audience, IncidentCategory, InformationKind, OrganizationType, TrafficLight
from tests.connectors.reliefweb.conftest import Running
from tests.connectors.source import example, pages, records

SITUATIONS = InformationKind.SITUATION_REPORT

FIELDS: dict[str, Any] = {
    "title": "Weekly situation (invented)",
    "body": "<h2>Summary</h2><p>Roads &amp; bridges<br>are cut.</p><script>var x = '<p>no</p>';</script>",
    "headline": {"summary": "Roads are cut."},
    "url_alias": "https://reliefweb.example/report/1",
    "file": [{"url": "https://reliefweb.example/1.pdf"}],
    "date": {
        "original": "2026-11-20T00:00:00+00:00",
        "created": "2026-11-21T09:30:00+03:00",
        "changed": "2026-11-22T00:00:00+00:00",
    },
    "primary_country": {"iso3": "ssd", "name": "South Sudan"},
    "country": [{"iso3": "ssd", "name": "South Sudan"}, {"iso3": "sdn", "name": "Sudan"}],
    "source": [
        {"name": "Lantern Society (invented)", "type": {"name": "Academic and Research Institution"}},
        {"name": "Harbour Relief", "shortname": "HR", "type": {"name": "Non-governmental Organization"}},
    ],
    "language": [{"code": "en"}, {"code": "fr"}],
    "format": [{"name": "Situation Report"}],
    "theme": [{"name": "Safety and Security"}, {"name": "Mine Action"}],
    "disaster": [{"name": "Floods (invented)", "glide": "FL-2026-000123-SSD"}],
}


async def page_of(reliefweb: Running, change: dict[str, Any], kind: InformationKind = SITUATIONS) -> Page:
    reliefweb.platform.reports[:] = [{"id": "77", "fields": FIELDS | change}]
    (page,) = await pages(reliefweb.connector(), reliefweb.url, FetchRequest(kind=kind))
    return page


async def situation(reliefweb: Running, **change: Any) -> SituationReport:
    (record,) = (await page_of(reliefweb, change)).records
    assert isinstance(record, SituationReport)
    return record


async def test_a_report_is_read_as_reliefweb_writes_it(reliefweb: Running) -> None:
    record = await situation(reliefweb)

    assert record.ref.native == "77"
    assert record.title == "Weekly situation (invented)"
    assert record.narrative == "Summary\nRoads & bridges\nare cut."
    assert record.summary == "Roads are cut."
    assert record.language == "en"
    assert record.shared_at == datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
    assert record.reported_at == Moment.day(date(2026, 11, 20))
    assert record.place == Place(country=Country("SSD", "South Sudan"), precision=PlacePrecision.COUNTRY)
    assert record.themes == ("Safety and Security", "Mine Action")
    assert record.cited_sources == ("Lantern Society (invented)", "Harbour Relief")
    assert record.originator == Party(type=OrganizationType.INGO, id="harbour-relief", name="Harbour Relief")
    assert record.references == (
        Reference("GLIDE", "FL-2026-000123-SSD"),
        Reference("web", "https://reliefweb.example/report/1"),
        Reference("document", "https://reliefweb.example/1.pdf"),
    )
    assert record.attributes == (
        Attribute(key="country", value="SSD", group=FieldGroup.WHERE, scheme="ReliefWeb"),
        Attribute(key="country", value="SDN", group=FieldGroup.WHERE, scheme="ReliefWeb"),
        Attribute(key="format", value="Situation Report", group=FieldGroup.WHAT, scheme="ReliefWeb"),
        Attribute(key="disaster", value="Floods (invented)", group=FieldGroup.REFERENCES, scheme="ReliefWeb"),
    )
    assert record.faults == frozenset()


async def test_the_marking_is_the_configured_one_for_all_countries_of_the_report(reliefweb: Running) -> None:
    marking = (await situation(reliefweb)).marking
    assert (marking.audience, marking.tlp) == (Audience.PUBLIC, TrafficLight.CLEAR)
    assert marking.originator == "harbour-relief"
    assert marking.release_areas == {"SSD", "SDN"}


async def test_a_report_whose_sources_cannot_be_read_is_quarantined(reliefweb: Running) -> None:
    page = await page_of(reliefweb, {"source": [{"shortname": "HR"}]})
    assert not page.records
    assert [item.reason.split(":")[0] for item in page.quarantined] == ["`source` can't be read"]


async def test_for_sources_that_nobody_knows_the_configured_originator_answers(reliefweb: Running) -> None:
    record = await situation(reliefweb, source=FIELDS["source"][:1])
    assert record.marking.originator == "ocha"
    assert record.originator == Party(id="ocha")


async def test_a_source_is_known_by_its_short_name_too(reliefweb: Running) -> None:
    settings = msgspec.structs.replace(
        example("connectors.reliefweb", reliefweb.url, {}), originators={"HR": "meridian-health"}
    )
    reliefweb.platform.reports[:] = [{"id": 77, "fields": FIELDS}]
    (record,) = records(await pages(ReliefWebConnector(settings), reliefweb.url, FetchRequest(kind=SITUATIONS)))
    assert record.marking.originator == "meridian-health"


async def test_a_lesson_has_what_it_is_about_from_its_themes(reliefweb: Running) -> None:
    change = {"format": [{"name": "Evaluation and Lessons Learned"}]}
    (record,) = (await page_of(reliefweb, change, InformationKind.LESSON_LEARNED)).records
    assert isinstance(record, LessonLearned)
    assert record.lesson == "Summary\nRoads & bridges\nare cut."
    assert record.about == (IncidentCategory.HAZARD,)
    assert {(item.key, item.value) for item in record.attributes} >= {
        ("theme", "Safety and Security"),
        ("source", "Harbour Relief"),
    }


async def test_a_change_of_the_text_is_another_version(reliefweb: Running) -> None:
    first, same = await situation(reliefweb), await situation(reliefweb)
    other = await situation(reliefweb, body="<p>Corrected.</p>")
    assert first.version == same.version != other.version


@pytest.mark.parametrize(
    ("change", "group", "field"),
    [
        ({"primary_country": {"iso3": "s1d"}}, FieldGroup.WHERE, "place"),
        ({"primary_country": "South Sudan"}, FieldGroup.WHERE, "place"),
        ({"date": FIELDS["date"] | {"original": "last week"}}, FieldGroup.WHEN, "reported_at"),
        ({"date": FIELDS["date"] | {"original": 20261120}}, FieldGroup.WHEN, "reported_at"),
        ({"body": ["not", "text"]}, FieldGroup.NARRATIVE, "narrative"),
        ({"body": "x" * (MAXIMUM_LENGTH + 1)}, FieldGroup.NARRATIVE, "narrative"),
        ({"title": 5}, FieldGroup.NARRATIVE, "title"),
        ({"headline": {"summary": 5}}, FieldGroup.NARRATIVE, "summary"),
        ({"disaster": [{"glide": 7}]}, FieldGroup.REFERENCES, "references"),
        ({"file": [{"url": "javascript:alert(1)"}]}, FieldGroup.REFERENCES, "references"),
        ({"file": [{"url": "https://[broken"}]}, FieldGroup.REFERENCES, "references"),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_read_withholds_its_group_and_nothing_else(
    reliefweb: Running, change: dict[str, Any], group: FieldGroup, field: str
) -> None:
    record = await situation(reliefweb, **change)
    assert record.faults == {group}
    assert not getattr(record, field)
    assert record.themes


@pytest.mark.parametrize(
    "dates",
    [{}, {"created": None}, {"created": 1795514400}, {"created": "soon"}, {"created": "2026-11-21T09:30:00"}, "2026"],
    ids=str,
)
async def test_without_the_time_it_became_public_a_report_is_quarantined(reliefweb: Running, dates: Any) -> None:
    page = await page_of(reliefweb, {"date": dates})
    assert not page.records
    (item,) = page.quarantined
    assert item.native == "77"
    assert item.reason.startswith("`date.created`")


@pytest.mark.parametrize(
    "item", [{"fields": FIELDS}, {"id": True, "fields": FIELDS}, {"id": "7"}, {"id": 7, "fields": []}]
)
async def test_a_report_without_its_id_or_its_fields_is_quarantined(item: dict[str, Any]) -> None:
    async def answer(request: Request) -> Response:
        return JSONResponse({"totalCount": 1, "data": [item, {"id": 8, "fields": FIELDS}]})

    with serving(Starlette(routes=[Route("/v2/reports", answer, methods=["POST"])])) as url:
        source = ReliefWebConnector(example("connectors.reliefweb", url, {}))
        (page,) = await pages(source, url, FetchRequest(kind=SITUATIONS))
    assert [record.ref.native for record in page.records] == ["8"]
    assert len(page.quarantined) == 1


async def test_a_report_of_another_format_is_not_of_this_kind(reliefweb: Running) -> None:
    reliefweb.platform.reports[:] = [{"id": "77", "fields": FIELDS | {"format": [{"name": "situation report"}]}}]
    connector = reliefweb.connector(situations={"formats": ["situation report"]})
    assert records(await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS)))
    reliefweb.platform.reports[0]["fields"]["format"] = [{"name": "situation report"}, {"name": "Map"}]
    assert records(await pages(connector, reliefweb.url, FetchRequest(kind=SITUATIONS)))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<ul><li>One</li>\n<li>Two</li></ul>", "- One\n- Two"),
        ("a\nb&nbsp;c &lt;d&gt; &#233;", "a b c <d> é"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<style>p { }</style>x<script>if (a < b) { '</p>' }</script>y", "xy"),
        ("<svg/>x<noscript><p>n</p></noscript><iframe src=x>i</iframe>y", "xy"),
        ("unclosed <b>bold <p>and <a href='x", "unclosed bold\nand <a href='x"),
        ("<script>never closed", ""),
        ("<!-- comment --><!DOCTYPE html><p>x", "x"),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<a b='", '<a b="', "<a/", "<![if ", "</", "&#"])
def test_html_that_is_left_open_everywhere_is_read_in_time(piece: str) -> None:
    """Each of these took minutes where nothing closed it."""
    started = time.process_time()
    plain((piece * MAXIMUM_LENGTH)[:MAXIMUM_LENGTH])
    assert time.process_time() - started < 10
