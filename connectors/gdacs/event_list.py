"""GDACS's event list: GeoJSON, one feature an event.

Traps: its times have no zone and are in UTC; its truth values are text; its bounding box has GeoJSON's order, unlike
the one of RSS; `affectedcountries` has every code, `iso3` one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from connectors.client import decode_json
from connectors.contract import Quarantine
from connectors.errors import Quarantined
from connectors.gdacs.event import GdacsEvent, Row, Values, bounding_box, countries_of, plain
from policies.groups import FieldGroup

PATH: Final = "/gdacsapi/api/events/geteventlist/SEARCH"
_TOLD: Final[Mapping[str, FieldGroup]] = {
    "alertlevel": FieldGroup.WHAT,
    "alertscore": FieldGroup.WHAT,
    "episodealertlevel": FieldGroup.WHAT,
    "eventname": FieldGroup.NARRATIVE,
    "episodeid": FieldGroup.REFERENCES,
}


class _Collection(msgspec.Struct):
    """The whole answer; features are read one by one."""

    features: list[Any]


def parameters(today: date, days: int, alert_levels: tuple[str, ...], event_types: tuple[str, ...]) -> dict[str, str]:
    """The request for the events of the last `days`."""
    return {
        "fromDate": (today - timedelta(days=days)).isoformat(),
        "toDate": today.isoformat(),
        "alertlevel": ";".join(alert_levels),
        "eventlist": ";".join(event_types),
    }


def events(body: bytes) -> Iterator[Row]:
    """The events of an answer, each as it is or with why it is none; raises `Unusable`."""
    for feature in decode_json(body, _Collection).features:
        try:
            yield _event(feature)
        except Quarantined as error:
            yield Quarantine(str(error))


def _event(feature: object) -> GdacsEvent:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(feature, dict) or not isinstance(properties, dict):
        raise Quarantined("a feature without `properties`: it has no identity")
    values = Values(properties)
    faults = values.faults
    event_type, event_id, key = values.identity()
    names = values.text("country", FieldGroup.WHERE)
    told = {name: values.text(name, group) for name, group in _TOLD.items()}
    told["severity"] = faults.read(FieldGroup.WHAT, lambda: _inner(properties, "severitydata", "severitytext"))
    told["iscurrent"] = values.switch("iscurrent", FieldGroup.WHEN)
    told["temporary"] = values.switch("istemporary", FieldGroup.WHAT)
    told["todate"] = values.time("todate", in_utc)
    told["bbox"] = faults.read(FieldGroup.WHERE, lambda: _bbox(feature.get("bbox")))
    listed = faults.read(FieldGroup.WHERE, lambda: _affected(properties.get("affectedcountries")))
    return GdacsEvent(
        key=key,
        modified=values.modified(("datemodified", "fromdate"), in_utc),
        event_type=event_type,
        event_id=event_id,
        alert_level=told["alertlevel"],
        title=values.text("name", FieldGroup.NARRATIVE),
        description=values.text("htmldescription", FieldGroup.NARRATIVE)
        or values.text("description", FieldGroup.NARRATIVE),
        started=values.time("fromdate", in_utc),
        countries=names,
        iso3=listed or countries_of(names, values.text("iso3", FieldGroup.WHERE)),
        point=faults.read(FieldGroup.WHERE, lambda: _point(feature.get("geometry"))),
        glide=values.text("glide", FieldGroup.REFERENCES),
        report=faults.read(FieldGroup.REFERENCES, lambda: _inner(properties, "url", "report")),
        cap=None,
        told=tuple((name, text) for name, text in told.items() if text is not None),
        faults=tuple(sorted(faults.groups)),
    )


def _inner(properties: Mapping[str, object], outer: str, name: str) -> str | None:
    match properties.get(outer):
        case None:
            return None
        case dict() as inner:
            return plain(inner.get(name))
        case _:
            raise ValueError("no object")


def _affected(countries: object) -> tuple[str, ...]:
    """The codes of all countries, or none where one of them has no code."""
    match countries:
        case None:
            return ()
        case list():
            codes = [_inner({"country": country}, "country", "iso3") for country in countries]
            return tuple(dict.fromkeys(code for code in codes if code is not None)) if all(codes) else ()
        case _:
            raise ValueError("no list")


def _point(geometry: object) -> tuple[str, str] | None:
    """Latitude and longitude of a point, which GeoJSON writes longitude first; None for another shape."""
    match geometry:
        case None:
            return None
        case {"type": "Point", "coordinates": [int() | float() as longitude, int() | float() as latitude, *_]}:
            return str(latitude), str(longitude)
        case {"type": str() as shape} if shape != "Point":
            return None
        case _:
            raise ValueError("no geometry")


def _bbox(box: object) -> str | None:
    match box:
        case None:
            return None
        case [
            int() | float() as west,
            int() | float() as south,
            int() | float() as east,
            int() | float() as north,
        ]:
            return bounding_box(west, south, east, north)
        case _:
            raise ValueError("no bounding box")


def in_utc(text: str) -> datetime:
    """A time of the event list, which has no zone and is in UTC; one with a zone keeps it. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
