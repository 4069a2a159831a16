"""Filters aimed at what differs between two worlds: the questions by which an oracle would be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, Final

from connectors.records import Attribute, Record, Source
from policies.values import Moment, Party, Place
from policies.vocabulary import Impact, InformationKind
from tests.adversarial.worlds import World

Filter = dict[str, Any]
TICK: Final = timedelta(microseconds=1)
INPUTS: Final = dict.fromkeys(InformationKind, "InformationFilter") | {
    InformationKind.INCIDENT_REPORT: "IncidentFilter",
    InformationKind.SECURITY_ALERT: "AlertFilter",
}
# The record's field and the filter's, where they are not called alike.
NAMES: Final = {
    "IncidentFilter": {"reported_at": "reported", "title": "text", "summary": "text", "narrative": "text"},
    "InformationFilter": {
        "reported_at": "reported",
        **dict.fromkeys(("title", "summary", "narrative", "text", "lesson", "recommendation", "measure"), "text"),
    },
    "AlertFilter": {
        "reported_at": "sent",
        "title": "text",
        "summary": "text",
        "narrative": "text",
        "msg_type": "msgType",
    },
}


def aims_at(worlds: Sequence[World]) -> Mapping[str, Sequence[Filter]]:
    """By input type: filters on every value that a record has in one of the worlds and not in the other."""
    found: dict[str, list[Filter]] = {name: [] for name in INPUTS.values()}
    by_ref: dict[Any, list[Record]] = {}
    for world in worlds:
        for row in world.rows:
            by_ref.setdefault(row.ref, []).append(row)
    for ref, rows in by_ref.items():
        name = INPUTS[ref.kind]
        for field in rows[0].__struct_fields__:
            values = [getattr(row, field) for row in rows]
            if any(value != values[0] for value in values):
                for value in values:
                    found[name] += _aims(NAMES[name].get(field, field), value)
    return found


def _aims(name: str, value: Any) -> Iterator[Filter]:
    match value:
        case Moment(start=start, end=end):
            yield {name: {"from": start.isoformat()}}
            yield {name: {"from": start.isoformat(), "to": (max(start, end) + TICK).isoformat()}}
            yield {name: {"to": (max(start, end) + TICK).isoformat()}}
        case Place():
            yield from _places(value)
        case Impact():
            yield {name: {"atLeast": value.name}}
            yield {name: {"atMost": value.name}}
        case Party(id=str(id_)):
            yield {name: [id_]}
        case Source():
            yield {name: [value.name]}
        case (Attribute(), *_):
            yield from ({name: [{"key": item.key, "values": [item.value]}]} for item in value)
        case Enum() if name != "marking":
            yield {name: [value.name]}
        case str() if value.strip():
            yield {name: value} if name == "text" else {name: [value]}
        case _:
            return


def _places(place: Place) -> Iterator[Filter]:
    if place.country is not None:
        yield {"country": [place.country.iso3]}
    for area in (place.admin1, place.admin2):
        if area is not None:
            yield {"area": [area.pcode]}


def known_to(fields: Mapping[str, Any]) -> Callable[[Filter], bool]:
    """Whether an input type has the field that a filter is on."""
    return lambda aim: all(name in fields for name in aim)
