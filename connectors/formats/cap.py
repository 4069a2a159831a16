"""CAP 1.2 alert messages (OASIS, July 2010), read as written: no choice between languages, no mapping to records.

Traps of the format: coordinates stand latitude first (GeoJSON has longitude first); a message may hold several `info`
blocks; times carry an offset; `language` is `en-US` where it is absent; CAP 1.0 and 1.1 have namespaces of their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from connectors.formats.xml_document import NotXml, parse, text_of
from policies.values import Position, utc

MEDIA_TYPE: Final = "application/cap+xml"
NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
_CAP: Final = f"{{{NAMESPACE}}}"
_OTHER_VERSIONS: Final = {
    "{urn:oasis:names:tc:emergency:cap:1.1}alert": "1.1",
    "{urn:oasis:names:tc:emergency:cap:1.0}alert": "1.0",
    "{http://www.incident.com/cap/1.0}alert": "1.0",
}
# What no alert of our days is dated beyond: a cell of the calendar around it has to exist.
_YEARS: Final = range(1900, 2200)
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"

_ALERT: Final = frozenset(
    [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "source",
        "scope",
        "restriction",
        "addresses",
        "code",
        "note",
        "references",
        "incidents",
        "info",
    ]
)
_INFO: Final = frozenset(
    [
        "language",
        "category",
        "event",
        "responseType",
        "urgency",
        "severity",
        "certainty",
        "audience",
        "eventCode",
        "effective",
        "onset",
        "expires",
        "senderName",
        "headline",
        "description",
        "instruction",
        "web",
        "contact",
        "parameter",
        "resource",
        "area",
    ]
)
_AREA: Final = frozenset(["areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"])
_PAIR: Final = frozenset(["valueName", "value"])
_CONTAINERS: Final = frozenset(["info", "area", "resource", "parameter", "geocode", "eventCode"])
_RESOURCE: Final = frozenset(["resourceDesc", "mimeType", "size", "uri", "derefUri", "digest"])


class NotCap(ValueError):
    """What was read is no CAP 1.2 message; the text says why and quotes no value."""


class Named(msgspec.Struct, frozen=True):
    """A `valueName` and its `value`: of a parameter, a geocode or an event code."""

    name: str
    value: str


class Resource(msgspec.Struct, frozen=True):
    """A file beside the text. `derefUri`, the file itself, is not kept."""

    description: str | None
    media_type: str | None
    uri: str | None


class Circle(msgspec.Struct, frozen=True):
    """A point and a radius in kilometres."""

    centre: Position
    radius: float


class Area(msgspec.Struct, frozen=True):
    """An affected area; polygons and circles as written (`polygon`, `circle` read them)."""

    description: str | None
    polygons: tuple[str, ...]
    circles: tuple[str, ...]
    geocodes: tuple[Named, ...]
    altitude: str | None
    ceiling: str | None


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """One `info` block; times and coded values as written."""

    language: str
    categories: tuple[str, ...]
    event: str | None
    response_types: tuple[str, ...]
    urgency: str | None
    severity: str | None
    certainty: str | None
    audience: str | None
    event_codes: tuple[Named, ...]
    effective: str | None
    onset: str | None
    expires: str | None
    sender_name: str | None
    headline: str | None
    description: str | None
    instruction: str | None
    web: str | None
    contact: str | None
    parameters: tuple[Named, ...]
    resources: tuple[Resource, ...]
    areas: tuple[Area, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A whole message. `sent` is in UTC; `references` as written, `reference` reads one."""

    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    scope: str
    source: str | None
    restriction: str | None
    addresses: tuple[str, ...]
    codes: tuple[str, ...]
    note: str | None
    references: tuple[str, ...]
    incidents: str | None
    infos: tuple[Info, ...]


class AlertReference(msgspec.Struct, frozen=True):
    """Which earlier message an Update or Cancel speaks of."""

    sender: str
    identifier: str
    sent: datetime


def parse_alert(body: bytes) -> Alert:
    """The message in `body`; raises `NotCap` where it is none, or holds an element that CAP 1.2 does not have."""
    try:
        return read_alert(parse(body))
    except NotXml as error:
        raise NotCap(str(error)) from error


def is_alert(element: Element) -> bool:
    """Whether an element is a CAP message, of any version."""
    return element.tag == f"{_CAP}alert" or element.tag in _OTHER_VERSIONS


def read_alert(root: Element) -> Alert:
    """The message in `root`; raises `NotCap`, as `parse_alert` does."""
    if root.tag != f"{_CAP}alert":
        version = _OTHER_VERSIONS.get(root.tag)
        known = "" if version is None else f", but of CAP {version}, which is not read"
        raise NotCap(f"its root is no `alert` of `{NAMESPACE}`{known}")
    _known(root, _ALERT, signed=True)
    try:
        sent = time(_required(root, "sent"))
    except ValueError as error:
        raise NotCap("`sent` is no time with an offset") from error
    return Alert(
        identifier=_required(root, "identifier"),
        sender=_required(root, "sender"),
        sent=sent,
        status=_required(root, "status"),
        msg_type=_required(root, "msgType"),
        scope=_required(root, "scope"),
        source=_text(root, "source"),
        restriction=_text(root, "restriction"),
        addresses=_quoted(_text(root, "addresses") or ""),
        codes=_texts(root, "code"),
        note=_text(root, "note"),
        references=tuple((_text(root, "references") or "").split()),
        incidents=_text(root, "incidents"),
        infos=tuple(_info(element) for element in root.iterfind(f"{_CAP}info")),
    )


def time(text: str) -> datetime:
    """A CAP time in UTC; raises `ValueError` where it can't be read, has no offset, or lies centuries away."""
    moment = datetime.fromisoformat(text)
    if moment.year not in _YEARS:
        raise ValueError("a time out of range")
    return utc(moment)


def reference(text: str) -> AlertReference:
    """`sender,identifier,sent`; raises `ValueError`."""
    parts = text.split(",")
    if len(parts) != 3:
        raise ValueError("a reference is `sender,identifier,sent`")
    return AlertReference(parts[0], parts[1], time(parts[2]))


def position(text: str) -> Position:
    """`latitude,longitude` in degrees, as CAP orders them; raises `ValueError`."""
    latitude, longitude = (float(part) for part in text.split(","))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("a coordinate out of range")
    return Position(longitude=longitude, latitude=latitude)


def circle(text: str) -> Circle:
    """`latitude,longitude radius` in degrees and kilometres; raises `ValueError`."""
    centre, _, radius = text.strip().partition(" ")
    kilometres = float(radius)
    if not 0 <= kilometres <= 20_038:
        raise ValueError("a radius out of range")
    return Circle(position(centre), kilometres)


def polygon(text: str) -> tuple[Position, ...]:
    """A closed ring of at least four positions; raises `ValueError`."""
    ring = tuple(position(pair) for pair in text.split())
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise ValueError("a polygon is a closed ring of four or more positions")
    return ring


def _info(element: Element) -> Info:
    _known(element, _INFO)
    return Info(
        language=_text(element, "language") or "en-US",
        categories=_texts(element, "category"),
        event=_text(element, "event"),
        response_types=_texts(element, "responseType"),
        urgency=_text(element, "urgency"),
        severity=_text(element, "severity"),
        certainty=_text(element, "certainty"),
        audience=_text(element, "audience"),
        event_codes=_named(element, "eventCode"),
        effective=_text(element, "effective"),
        onset=_text(element, "onset"),
        expires=_text(element, "expires"),
        sender_name=_text(element, "senderName"),
        headline=_text(element, "headline"),
        description=_text(element, "description"),
        instruction=_text(element, "instruction"),
        web=_text(element, "web"),
        contact=_text(element, "contact"),
        parameters=_named(element, "parameter"),
        resources=tuple(_resource(child) for child in element.iterfind(f"{_CAP}resource")),
        areas=tuple(_area(child) for child in element.iterfind(f"{_CAP}area")),
    )


def _resource(element: Element) -> Resource:
    _known(element, _RESOURCE)
    return Resource(_text(element, "resourceDesc"), _text(element, "mimeType"), _text(element, "uri"))


def _area(element: Element) -> Area:
    _known(element, _AREA)
    return Area(
        description=_text(element, "areaDesc"),
        polygons=_texts(element, "polygon"),
        circles=_texts(element, "circle"),
        geocodes=_named(element, "geocode"),
        altitude=_text(element, "altitude"),
        ceiling=_text(element, "ceiling"),
    )


def _known(element: Element, names: frozenset[str], *, signed: bool = False) -> None:
    """Refuses a child that would otherwise be dropped in silence; an XML signature may stand in an alert."""
    for child in element:
        if not (child.tag.startswith(_CAP) and child.tag.removeprefix(_CAP) in names) and not (
            signed and child.tag == _SIGNATURE
        ):
            raise NotCap(f"`{element.tag.removeprefix(_CAP)}` holds an element that CAP 1.2 does not have")
        if len(child) and child.tag.removeprefix(_CAP) not in _CONTAINERS and child.tag != _SIGNATURE:
            raise NotCap(f"`{child.tag.removeprefix(_CAP)}` holds an element where CAP 1.2 has text alone")


def _required(element: Element, name: str) -> str:
    text = _text(element, name)
    if text is None:
        raise NotCap(f"`{name}` is missing")
    return text


def _text(element: Element, name: str) -> str | None:
    return text_of(element, _CAP + name)


def _texts(element: Element, name: str) -> tuple[str, ...]:
    texts = ((child.text or "").strip() for child in element.iterfind(_CAP + name))
    return tuple(text for text in texts if text)


def _named(element: Element, name: str) -> tuple[Named, ...]:
    pairs = []
    for child in element.iterfind(_CAP + name):
        _known(child, _PAIR)
        value_name = _text(child, "valueName")
        if value_name is None:
            raise NotCap(f"a `{name}` has no `valueName`")
        pairs.append(Named(value_name, _text(child, "value") or ""))
    return tuple(pairs)


def _quoted(text: str) -> tuple[str, ...]:
    """A list parted by whitespace, in which an item with whitespace stands in double quotes."""
    parts = text.split('"')
    items = [[part] if index % 2 else part.split() for index, part in enumerate(parts)]
    return tuple(item for group in items for item in group if item)
