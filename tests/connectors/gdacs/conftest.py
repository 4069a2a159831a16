"""A simulated GDACS on loopback, and feeds of whatever items a test gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.contract import Page
from connectors.formats.cap import NAMESPACE
from connectors.gdacs import GdacsConnector
from connectors.gdacs.event_list import PATH
from connectors.gdacs.rss import GDACS, GEO, GEORSS
from connectors.gdacs.simulator import SimulatedGdacs, simulate
from connectors.markings import read_marking
from connectors.simulation.server import serving
from tests.connectors.formats.garbage import ALERTS, Answers, answering
from tests.connectors.source import example, pages

RSS = "/xml/rss.xml"
FILE = "/contentdata/resources/TC/7/cap_7.xml"
FIELDS: Mapping[str, str] = {
    "iscurrent": "true",
    "temporary": "false",
    "fromdate": "Sun, 22 Nov 2026 06:00:00 GMT",
    "todate": "Mon, 23 Nov 2026 06:00:00 GMT",
    "datemodified": "Mon, 23 Nov 2026 07:00:00 GMT",
    "bbox": "26.0 36.0 5.0 11.0",
    "eventtype": "TC",
    "alertlevel": "Orange",
    "alertscore": "1.5",
    "episodealertlevel": "Green",
    "eventname": "INVENTED-26",
    "eventid": "7",
    "episodeid": "3",
    "severity": "Invented measure",
    "population": "12 people",
    "vulnerability": "High",
    "iso3": "SSD",
    "country": "South Sudan",
    "glide": "TC-2026-000007-SSD",
}


class Running:
    """The simulator that runs, its address, and connectors for it."""

    def __init__(self, url: str, gdacs: SimulatedGdacs) -> None:
        self.url = url
        self.gdacs = gdacs

    def connector(self, **options: Any) -> GdacsConnector:
        return connector(self.url, **options)


def connector(url: str, marking: Mapping[str, object] | None = None, **options: Any) -> GdacsConnector:
    """The connector of the example's configuration, with another marking if one is given."""
    settings = example("connectors.gdacs", url, {}, **options)
    if marking is not None:
        settings = msgspec.structs.replace(settings, marking=read_marking(marking))
    return GdacsConnector(settings)


@pytest.fixture
def gdacs() -> Iterator[Running]:
    app = simulate(240, 7, datetime.now(UTC), {})
    with serving(app) as url:
        yield Running(url, app.state.gdacs)


def item(extra: str = "", point: str = "8.0 31.0", **changes: str | None) -> str:
    """An item of the feed; None leaves a field out."""
    fields = FIELDS | {name: text for name, text in changes.items() if name not in ("pubDate", "title")}
    written = "".join(f"<gdacs:{name}>{text}</gdacs:{name}>" for name, text in fields.items() if text is not None)
    published = changes.get("pubDate", "Sun, 22 Nov 2026 08:00:00 GMT")
    return (
        f"<item><title>{changes.get('title', 'Invented title')}</title><description>Invented story</description>"
        f"<guid>{fields['eventtype']}{fields['eventid']}</guid><link>http://www.gdacs.org/report.aspx?eventid=7</link>"
        f"{'' if published is None else f'<pubDate>{published}</pubDate>'}"
        f"<georss:point>{point}</georss:point>{written}{extra}</item>"
    )


def feed(*items: str) -> bytes:
    """The feed of these items."""
    return (
        f'<rss version="2.0" xmlns:gdacs="{GDACS}" xmlns:geo="{GEO}" xmlns:georss="{GEORSS}"><channel>'
        f"<title>x</title>{''.join(items)}</channel></rss>"
    ).encode()


CAP_LINK = f"<gdacs:cap>http://www.gdacs.org{FILE}</gdacs:cap>"


def cap_file(content: str = "", **changes: str) -> bytes:
    """The CAP file of the item."""
    fields = {
        "identifier": "GDACS_TC_7_3",
        "sender": "info@gdacs.example",
        "sent": "2026-11-23T07:00:00-00:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    } | changes
    head = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return (
        f'<alert xmlns="{NAMESPACE}">{head}<info><category>Met</category><event>Tropical Cyclone</event>'
        "<urgency>Expected</urgency><severity>Unknown</severity><certainty>Likely</certainty>"
        "<expires>2026-11-23T08:00:00-00:00</expires><instruction>Wait.</instruction>"
        f"<area><areaDesc>Polygon</areaDesc>{content}</area></info></alert>"
    ).encode()


def feature(**changes: Any) -> dict[str, Any]:
    """A feature of the event list."""
    properties = {
        "eventtype": "FL",
        "eventid": 7,
        "episodeid": 3,
        "glide": "",
        "name": "Flood in South Sudan",
        "description": "Flood",
        "htmldescription": "Invented story",
        "url": {"report": "https://www.gdacs.org/report.aspx?eventid=7"},
        "alertlevel": "Red",
        "alertscore": 3,
        "episodealertlevel": "Red",
        "istemporary": "false",
        "iscurrent": "true",
        "country": "South Sudan",
        "fromdate": "2026-11-22T06:00:00",
        "todate": "2026-11-23T06:00:00",
        "datemodified": "2026-11-23T07:00:00",
        "iso3": "SSD",
        "affectedcountries": [{"iso3": "SSD", "countryname": "South Sudan"}],
        "severitydata": {"severity": 1, "severitytext": "Invented measure", "severityunit": "x"},
    }
    return {
        "type": "Feature",
        "bbox": changes.pop("bbox", [26.0, 5.0, 36.0, 11.0]),
        "geometry": changes.pop("geometry", {"type": "Point", "coordinates": [31.0, 8.0]}),
        "properties": properties | changes,
    }


def collection(*features: Any) -> tuple[bytes, str]:
    """The event list of these features."""
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode(), "application/json"


async def fetched(*items: str, marking: Mapping[str, object] | None = None, **options: Any) -> Page:
    """The page that a feed of these items makes, without CAP files unless asked for."""
    answers: Answers = {RSS: (feed(*items), "application/rss+xml")}
    with answering(answers) as url:
        (page,) = await pages(connector(url, marking, **({"cap_files": False} | options)), url, ALERTS)
    return page


async def one(*items: str, **options: Any) -> Any:
    """The record that an item makes."""
    page = await fetched(*items, **options)
    assert not page.quarantined
    (record,) = page.records
    return record


async def listed(*features: Any, **options: Any) -> Page:
    """The page that an event list of these features makes."""
    with answering({PATH: collection(*features)}) as url:
        (page,) = await pages(connector(url, form="json", **options), url, ALERTS)
    return page


async def with_file(file: bytes | None, extra: str = CAP_LINK, **changes: str) -> Any:
    """The record of an item whose CAP file is `file`; None: there is none."""
    answers: Answers = {RSS: (feed(item(extra, **changes)), "application/rss+xml")}
    if file is not None:
        answers[FILE] = file, "application/cap+xml"
    with answering(answers) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert not page.quarantined
    (record,) = page.records
    return record
