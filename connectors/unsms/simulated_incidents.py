"""Invented incidents in the form of `openapi.json`, with every kind of handling that the contract knows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from connectors.simulation.events import Event
from policies.vocabulary import IncidentCategory

_CODES: Final = {
    IncidentCategory.ATTACK: (("ARMED_ATTACK", "Armed attack"), ("AMBUSH", "Ambush")),
    IncidentCategory.CONFINE: (("ABDUCTION", "Abduction"), ("DETENTION", "Detention")),
    IncidentCategory.THEFT: (("ROBBERY", "Robbery"), ("BURGLARY", "Burglary")),
    IncidentCategory.THREAT: (("INTIMIDATION", "Intimidation"),),
    IncidentCategory.ACCIDENT: (("ROAD_TRAFFIC_ACCIDENT", "Road traffic accident"),),
    IncidentCategory.OBSTRUCTION: (("ACCESS_DENIAL", "Denial of access"),),
    IncidentCategory.CIVIL_UNREST: (("DEMONSTRATION", "Demonstration"), ("RIOT", "Riot")),
    IncidentCategory.HAZARD: (("EXPLOSIVE_HAZARD", "Explosive hazard"), ("NATURAL_HAZARD", "Natural hazard")),
    IncidentCategory.OTHER: (("OTHER", "Other"),),
}
# By the event's turn of ten; what is not here has the source's default marking.
_HANDLING: Final[dict[int, dict[str, Any]]] = {
    1: {"audience": "UNSMS", "tlp": "AMBER"},
    2: {"audience": "PUBLIC", "tlp": "CLEAR"},
    3: {"restrictions": [{"groups": ["AFFECTED"], "reason": "STAFF_PRIVACY", "lifted_for": ["Northwind Aid"]}]},
    5: {"audience": "UNSMS", "tlp": "AMBER", "un_marking": "CONFIDENTIAL"},
    6: {"third_party": {"organization": "Meridian Health", "consent_recorded": False}},
    7: {"audience": "PUBLIC", "tlp": "CLEAR"},
    8: {"originator": "OCHA", "permitted_actions": {"relay_to_members": True}},
    9: {"audience": "PARTNERS_IN_AREA", "tlp": "AMBER", "plans_shared": True},
}


def incident(event: Event, now: datetime) -> dict[str, Any]:  # JSON of the contract
    """The event as an item of the feed: endorsed after three days, verified after one, a flash report before."""
    turn = event.number % 10
    place = event.place
    options = _CODES[event.category]
    code, label = options[event.number % len(options)]
    if event.number % 37 == 11:
        code, label = "SEXUAL_VIOLENCE", "Sexual violence"
    states = [("FLASH", event.shared_at)]
    states += [
        (state, event.shared_at + timedelta(days=days))
        for state, days in (("VERIFIED", 1), ("ENDORSED", 3))
        if event.shared_at + timedelta(days=days) <= now
    ]
    if event.number % 31 == 17:
        states[1:] = [("REFUTED", min(now, event.shared_at + timedelta(days=1)))]
    item: dict[str, Any] = {
        "id": f"unsms-{event.number:06d}",
        "revision": len(states),
        "state": states[-1][0],
        "states": [{"state": state, "at": _time(at)} for state, at in states],
        "shared_at": _time(event.shared_at),
        "reported_at": _time(event.occurred),
        "title": event.title,
        "narrative": event.narrative,
        "language": "en",
        "category": {"code": code, "label": label},
        "impact": event.impact.name,
        "occurred": {"start": _time(event.occurred), "precision": "DAY" if event.number % 7 == 0 else "INSTANT"},
        "location": {
            "country": {"iso3": place.country.iso3, "name": place.country.name},
            "admin1": {"pcode": place.admin1.pcode, "name": place.admin1.name},
            "admin2": {"pcode": place.admin2.pcode, "name": place.admin2.name},
            "locality": place.locality,
            "longitude": place.longitude,
            "latitude": place.latitude,
            "precision": "POSITION",
        },
        "affected": {
            "organizations": [{"type": event.organization_type.value}],
            "killed": event.killed,
            "injured": event.injured,
            "kidnapped": event.kidnapped,
            "arrested": event.arrested,
        },
        "credibility": 2 if event.verified else 3,
        "reliability": "B",
    }
    if event.actor_name:
        item["actors"] = [{"type": event.actor_type.value, "name": event.actor_name}]
    item |= {key: text for key, text in (("response", event.response), ("plans", event.plans)) if text is not None}
    if turn in _HANDLING:
        item["handling"] = _HANDLING[turn]
    if turn == 4:
        item["extensions"] = {"radio_room": True}
    return item


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
