"""Invented field notes and warnings in the words of `simulated.graphql`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from connectors.simulation.events import Event
from connectors.simulation.places import Place
from policies.vocabulary import Impact, IncidentCategory

_MEMBERS: Final = (("juniper", "Juniper Trust"), ("cedar-bridge", "Cedarbridge"), ("northwind", "Northwind Aid"))
_SHARING: Final = ("OPEN", "NETWORK", "AREA")
_SORTS: Final = {
    IncidentCategory.ATTACK: ("attack", "Attack"),
    IncidentCategory.CONFINE: ("held", "People held"),
    IncidentCategory.THEFT: ("theft", "Theft"),
    IncidentCategory.THREAT: ("threat", "Threat"),
    IncidentCategory.ACCIDENT: ("accident", "Accident"),
    IncidentCategory.OBSTRUCTION: ("blocked", "Access blocked"),
    IncidentCategory.CIVIL_UNREST: ("crowd", "Crowd"),
    IncidentCategory.HAZARD: ("hazard", "Hazard"),
    IncidentCategory.OTHER: ("other", "Other"),
}
_GRAVITY: Final = {
    Impact.NEAR_MISS: "NO_HARM",
    Impact.MINOR: "LIGHT",
    Impact.MODERATE: "MEDIUM",
    Impact.SERIOUS: "HEAVY",
    Impact.CRITICAL: "FATAL",
}
_URGENCY: Final = ("now", "soon", "later")
_SEVERITY: Final = ("grave", "marked", "slight")


def field_note(event: Event) -> dict[str, Any]:  # a node of the platform's own schema
    """The event as a note: a third each for everyone, for members, and for members in the area.

    One in 29 is by a guest that is no member, one in 31 of a sort that is the platform's own, one in five keeps its
    suspects back.
    """
    sort, label = _SORTS[event.category]
    if event.number % 31 == 13:
        sort, label = "safeguarding", "Safeguarding"
    kept_back = event.number % 5 == 1
    return {
        "ref": f"cgp-{event.number:06d}",
        "edition": 1 + event.number % 3,
        "postedOn": _time(event.shared_at),
        **_of_member(event),
        "checked": "FALSE_ALARM" if event.number % 37 == 15 else "BY_PLATFORM" if event.verified else "NOT_YET",
        "headline": event.title,
        "account": event.narrative,
        "sort": sort,
        "sortLabel": label,
        "gravity": _GRAVITY[event.impact],
        "happened": _time(event.occurred),
        "spot": _spot(event.place),
        "harm": {
            "staffOf": event.organization_type.value,
            "dead": event.killed,
            "hurt": event.injured,
            "taken": event.kidnapped,
            "jailed": event.arrested,
        },
        "suspects": {"sort": event.actor_type.value, "called": event.actor_name} if event.actor_name else None,
        "keptBack": ["SUSPECTS"] if kept_back else [],
        "keptBackBecause": ("STAFF", "HEARD_FROM_OTHERS")[event.number % 2] if kept_back else None,
        "followUp": event.response,
        "nextSteps": event.plans,
        "phoneNetworkDown": event.number % 6 == 3,
        "hotlineCalls": event.number % 8,
    }


def warning(event: Event) -> dict[str, Any]:
    """A warning that follows the event, for three days."""
    _, label = _SORTS[event.category]
    return {
        "ref": f"cgw-{event.number:06d}",
        "edition": 1,
        "postedOn": _time(event.shared_at),
        **_of_member(event),
        "headline": f"{label}: take care around {event.place.admin2.name}",
        "hazard": label,
        "urgency": _URGENCY[event.number % len(_URGENCY)],
        "severity": _SEVERITY[event.number % len(_SEVERITY)],
        "certainty": "seen" if event.verified else "possible",
        "startsAt": _time(event.shared_at),
        "endsAt": _time(event.shared_at + timedelta(days=3)),
        "spot": _spot(event.place, exact=False),
        "advice": "Check in with the base twice a day and keep to agreed routes.",
    }


def _of_member(event: Event) -> dict[str, Any]:
    # Thirds of thirds, so that each member shares in every way.
    handle, name = _MEMBERS[event.number // 3 % 3]
    if event.number % 29 == 14:
        handle, name = "guest", "A guest"
    return {"contributor": {"handle": handle, "displayName": name}, "sharing": _SHARING[event.number % 3]}


def _spot(place: Place, *, exact: bool = True) -> dict[str, Any]:
    return {
        "nation": {"code": place.country.iso3, "label": place.country.name},
        "province": {"code": place.admin1.pcode, "label": place.admin1.name},
        "district": {"code": place.admin2.pcode, "label": place.admin2.name},
        "site": place.locality if exact else None,
        "lat": place.latitude if exact else None,
        "lng": place.longitude if exact else None,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
