"""Invented hazards in the words of GDACS: what its feeds and its CAP files say of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final, TypeAlias
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import msgspec

from connectors.formats.cap import NAMESPACE
from connectors.gdacs.rss import GDACS, GEO, GEORSS
from connectors.simulation.events import Event
from policies.vocabulary import Impact, IncidentCategory

Json: TypeAlias = dict[str, Any]  # JSON of the event list

SITE: Final = "http://www.gdacs.org"
_TYPES: Final = ("EQ", "TC", "DR", "WF", "VO", "TS")
_NAMES: Final = {
    "EQ": "earthquake",
    "TC": "tropical cyclone",
    "FL": "flood",
    "DR": "drought",
    "WF": "forest fire",
    "VO": "volcanic activity",
    "TS": "tsunami",
}


class Hazard(msgspec.Struct, frozen=True):
    """One hazard; `current` is whether it still goes on."""

    event: Event
    type: str
    current: bool

    @property
    def number(self) -> int:
        """GDACS's number of the event."""
        return 1_900_000 + self.event.number

    @property
    def level(self) -> str:
        """The alert level."""
        impact = self.event.impact
        return "Red" if impact > Impact.MINOR else "Orange" if impact is Impact.MINOR else "Green"

    @property
    def title(self) -> str:
        """The line above the item."""
        return f"{self.level} {_NAMES[self.type]} alert in {self.event.place.country.name} (invented)"

    @property
    def glide(self) -> str:
        """A GLIDE number, for every other one; the others have none yet."""
        when = self.event.occurred.year
        country = self.event.place.country.iso3
        return f"{self.type}-{when}-{self.event.number:06d}-{country}" if self.event.number % 2 else ""

    @property
    def cap_path(self) -> str:
        """Where its CAP file is."""
        return f"/contentdata/resources/{self.type}/{self.number}/cap_{self.number}.xml"


def hazards(told: Sequence[Event]) -> list[Hazard]:
    """The hazards among the events, newest first; what is no flood there is another hazard at that place here."""
    return [
        Hazard(event, "FL" if "lood" in event.title else _TYPES[event.number % len(_TYPES)], event.number % 3 != 0)
        for event in told
        if event.category is IncidentCategory.HAZARD
    ]


def rss(found: Sequence[Hazard], now: datetime) -> bytes:
    """The RSS feed, with a BOM as GDACS's has it."""
    for prefix, namespace in (("gdacs", GDACS), ("geo", GEO), ("georss", GEORSS)):
        register_namespace(prefix, namespace)
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _texts(channel, "", title="GDACS RSS information (simulated)", link=f"{SITE}/", pubDate=format_datetime(now))
    for hazard in found:
        _item(SubElement(channel, "item"), hazard)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return b"\xef\xbb\xbf" + document


def _item(item: Element, hazard: Hazard) -> None:
    event, place = hazard.event, hazard.event.place
    _texts(
        item,
        "",
        title=hazard.title,
        description=f"{hazard.title}. Invented for a simulation.",
        link=f"{SITE}/report.aspx?eventtype={hazard.type}&eventid={hazard.number}",
        pubDate=format_datetime(event.shared_at),
        guid=f"{hazard.type}{hazard.number}",
    )
    point = SubElement(item, f"{{{GEO}}}Point")
    _texts(point, GEO, lat=str(place.latitude), long=str(place.longitude))
    _texts(item, GEORSS, point=f"{place.latitude} {place.longitude}")
    west, south, east, north = _frame(event)
    _texts(
        item,
        GDACS,
        temporary="false",
        iscurrent="true" if hazard.current else "false",
        fromdate=format_datetime(event.occurred),
        todate=format_datetime(event.shared_at),
        datemodified=format_datetime(event.shared_at),
        # GDACS's own order.
        bbox=f"{west} {east} {south} {north}",
        cap=f"{SITE}{hazard.cap_path}",
        version="1",
        eventtype=hazard.type,
        alertlevel=hazard.level,
        alertscore=str(int(event.impact) / 2),
        episodealertlevel=hazard.level,
        eventname="",
        eventid=str(hazard.number),
        episodeid="1",
        severity="Invented measure",
        population=f"{event.number * 100} people in the area (invented)",
        vulnerability="Medium",
        iso3=place.country.iso3,
        country=place.country.name,
        glide=hazard.glide,
    )


def feature(hazard: Hazard) -> Json:
    """A feature of the event list."""
    event, place = hazard.event, hazard.event.place
    kind, number = hazard.type, hazard.number
    return {
        "type": "Feature",
        "bbox": list(_frame(event)),
        "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
        "properties": {
            "eventtype": kind,
            "eventid": number,
            "episodeid": 1,
            "eventname": "",
            "glide": hazard.glide,
            "name": hazard.title,
            "description": hazard.title,
            "htmldescription": f"{hazard.title}. Invented for a simulation.",
            "url": {"report": f"{SITE}/report.aspx?eventid={number}&eventtype={kind}"},
            "alertlevel": hazard.level,
            "alertscore": int(event.impact) / 2,
            "episodealertlevel": hazard.level,
            "istemporary": "false",
            "iscurrent": "true" if hazard.current else "false",
            "country": place.country.name,
            "fromdate": _without_zone(event.occurred),
            "todate": _without_zone(event.shared_at),
            "datemodified": _without_zone(event.shared_at),
            "iso3": place.country.iso3,
            "affectedcountries": [{"iso3": place.country.iso3, "countryname": place.country.name}],
            "severitydata": {"severity": 1.0, "severitytext": "Invented measure", "severityunit": ""},
        },
    }


def cap_file(hazard: Hazard) -> bytes:
    """The CAP file of a hazard, with the area that it reaches."""
    event = hazard.event
    alert = Element(f"{{{NAMESPACE}}}alert")
    _texts(
        alert,
        NAMESPACE,
        identifier=f"GDACS_{hazard.type}_{hazard.number}_1",
        sender="info@gdacs.example",
        sent=event.shared_at.isoformat(timespec="seconds").replace("+00:00", "-00:00"),
        status="Actual",
        msgType="Alert",
        scope="Public",
    )
    info = SubElement(alert, f"{{{NAMESPACE}}}info")
    _texts(
        info,
        NAMESPACE,
        category="Geo",
        event=_NAMES[hazard.type],
        urgency="Immediate" if hazard.current else "Past",
        severity="Unknown",
        certainty="Observed",
        headline=hazard.title,
    )
    area = SubElement(info, f"{{{NAMESPACE}}}area")
    west, south, east, north = _frame(event)
    ring = ((south, west), (south, east), (north, east), (north, west), (south, west))
    _texts(
        area,
        NAMESPACE,
        areaDesc="Polygon",
        polygon=" ".join(f"{latitude},{longitude}" for latitude, longitude in ring),
    )
    document: bytes = tostring(alert, encoding="UTF-8", xml_declaration=True)
    return document


def _frame(event: Event) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    place = event.place
    return (
        round(place.longitude - 0.5, 4),
        round(place.latitude - 0.5, 4),
        round(place.longitude + 0.5, 4),
        round(place.latitude + 0.5, 4),
    )


def _texts(parent: Element, namespace: str, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, f"{{{namespace}}}{name}" if namespace else name).text = text


def _without_zone(moment: datetime) -> str:
    """As the event list writes times: in UTC, and without saying so."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
