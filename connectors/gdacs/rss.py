"""GDACS's RSS feed: one item an event.

Traps: a BOM in front; `georss:point` has latitude first and `gdacs:bbox` the order west, east, south, north; truth
values are text; of several countries only one has its code; `gdacs:todate` is the last observation and no expiry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from connectors.contract import Quarantine
from connectors.errors import Quarantined, Unusable
from connectors.formats.feed_index import items, read_feed
from connectors.gdacs.event import GdacsEvent, Row, Values, bounding_box, countries_of
from policies.groups import FieldGroup

GDACS: Final = "http://www.gdacs.org"
GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
GEORSS: Final = "http://www.georss.org/georss"
_SHARED: Final = ("datemodified", "pubDate")
_TOLD: Final[Mapping[str, FieldGroup]] = {
    "alertlevel": FieldGroup.WHAT,
    "alertscore": FieldGroup.WHAT,
    "episodealertlevel": FieldGroup.WHAT,
    "severity": FieldGroup.WHAT,
    "vulnerability": FieldGroup.WHAT,
    "population": FieldGroup.AFFECTED,
    "eventname": FieldGroup.NARRATIVE,
    "episodeid": FieldGroup.REFERENCES,
}


def events(body: bytes, base: str) -> Iterator[Row]:
    """The events of a feed read from `base`, each as it is or with why it is none; raises `Unusable`."""
    root = read_feed(body)
    if root.tag != "rss":
        raise Unusable("not GDACS's feed: its root is not `rss`")
    for item in items(root):
        try:
            yield _event(item, base)
        except Quarantined as error:
            yield Quarantine(str(error), (item.findtext("guid") or "").strip()[:96] or None)


def _event(item: Element, base: str) -> GdacsEvent:
    values = Values(_values(item))
    event_type, event_id, key = values.identity()
    names = values.text("country", FieldGroup.WHERE)
    told = {name: values.text(name, group) for name, group in _TOLD.items()}
    told["iscurrent"] = values.switch("iscurrent", FieldGroup.WHEN)
    told["temporary"] = values.switch("temporary", FieldGroup.WHAT)
    told["todate"] = values.time("todate", rfc822)
    told["bbox"] = values.faults.read(FieldGroup.WHERE, lambda: _bbox(values.text("bbox", FieldGroup.WHERE)))
    link = values.text("cap", FieldGroup.REFERENCES)
    return GdacsEvent(
        key=key,
        modified=values.modified(_SHARED, rfc822),
        event_type=event_type,
        event_id=event_id,
        alert_level=told["alertlevel"],
        title=values.text("title", FieldGroup.NARRATIVE),
        description=values.text("description", FieldGroup.NARRATIVE),
        started=values.time("fromdate", rfc822),
        countries=names,
        iso3=countries_of(names, values.text("iso3", FieldGroup.WHERE)),
        point=values.faults.read(FieldGroup.WHERE, lambda: _point(item)),
        glide=values.text("glide", FieldGroup.REFERENCES),
        report=values.text("link", FieldGroup.REFERENCES),
        cap=None if link is None else values.faults.read(FieldGroup.REFERENCES, lambda: urljoin(base, link)),
        told=tuple((name, text) for name, text in told.items() if text is not None),
        faults=tuple(sorted(values.faults.groups)),
    )


def _values(item: Element) -> dict[str, object]:
    """The texts of an item by local name: RSS's own, and GDACS's, of which the first of a name counts."""
    found: dict[str, object] = {}
    for child in item:
        name = child.tag.removeprefix(f"{{{GDACS}}}")
        if not name.startswith("{"):
            found.setdefault(name, child.text)
    return found


def _point(item: Element) -> tuple[str, str] | None:
    """Latitude and longitude."""
    text = (item.findtext(f"{{{GEORSS}}}point") or "").strip()
    if text:
        latitude, longitude = text.split()
        return latitude, longitude
    parts = [(item.findtext(f"{{{GEO}}}Point/{{{GEO}}}{name}") or "").strip() for name in ("lat", "long")]
    return (parts[0], parts[1]) if all(parts) else None


def _bbox(text: str | None) -> str | None:
    """West, south, east, north (RFC 7946): GDACS writes west, east, south, north."""
    if text is None:
        return None
    west, east, south, north = (float(part) for part in text.split())
    return bounding_box(west, south, east, north)


def rfc822(text: str) -> datetime:
    """A time of RSS; raises `ValueError` where it can't be read or has no zone."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError("no date of RFC 822") from error
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    return moment
