"""An invented incident form in KoBoToolbox's shapes: its asset, and rows told from events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID, uuid5

from connectors.simulation.events import Event
from connectors.simulation.places import places
from policies.vocabulary import IncidentCategory

ASSET: Final = "aHarbourIncidentForm01"
_NAMESPACE: Final = UUID("6c0f7c54-52a1-4f0e-9f0f-6a4b4f1d7e10")
_VERSION: Final = "vHarbourIncident2026"
# Reporters write their own clock's time.
_LOCAL: Final = {"SSD": 2, "SDN": 2, "SOM": 3, "MLI": 0}

_WHAT: Final = {
    "armed_attack": "Armed attack",
    "ambush": "Ambush",
    "abduction": "Abduction",
    "detention": "Detention",
    "robbery": "Robbery or burglary",
    "threat": "Threat",
    "road_accident": "Road or boat accident",
    "access_denied": "Access denied",
    "unrest": "Unrest",
    "hazard": "Explosive or natural hazard",
    "other": "Something else",
    "sexual_violence": "Sexual violence",
    "protection_case": "Protection case",
}
_CODES: Final = {
    IncidentCategory.ATTACK: ("armed_attack", "ambush"),
    IncidentCategory.CONFINE: ("abduction", "detention"),
    IncidentCategory.THEFT: ("robbery",),
    IncidentCategory.THREAT: ("threat",),
    IncidentCategory.ACCIDENT: ("road_accident",),
    IncidentCategory.OBSTRUCTION: ("access_denied",),
    IncidentCategory.CIVIL_UNREST: ("unrest",),
    IncidentCategory.HAZARD: ("hazard",),
    IncidentCategory.OTHER: ("other",),
}
_GRAVITY: Final = {"1": "Near miss", "2": "Minor", "3": "Moderate", "4": "Serious", "5": "Critical"}
_ORGANIZATIONS: Final = {"ingo": "International NGO", "nngo": "National NGO", "un": "UN agency"}
_ACTORS: Final = {
    "armed_group": "Armed group",
    "government": "State forces",
    "civilian": "Civilians",
    "unknown": "Unknown",
}
_TRAVEL: Final = {"1": "Car", "2": "Motorcycle", "3": "Boat", "4": "On foot"}
_SHARING: Final = {"originator": "Nobody", "partners": "SLT partners", "public": "Everyone"}
_STATUSES: Final = {
    "approved": ("validation_status_approved", "Approved", "#00ff00"),
    "on_hold": ("validation_status_on_hold", "On Hold", "#0000ff"),
    "not_approved": ("validation_status_not_approved", "Not Approved", "#ff0000"),
}
# Group, name, type and label of each question; of a select, its list of choices as well.
_QUESTIONS: Final = (
    ("event", "title", "text", "Title", ""),
    ("event", "what", "select_one", "What happened?", "what"),
    ("event", "gravity", "select_one", "How grave was it?", "gravity"),
    ("event", "when", "datetime", "When did it happen?", ""),
    ("event", "country", "select_one", "Country", "country"),
    ("event", "state", "select_one", "State or region", "state"),
    ("event", "county", "select_one", "County or district", "county"),
    ("event", "village", "text", "Village or site", ""),
    ("event", "position", "geopoint", "Position", ""),
    ("event", "travel_mode", "select_multiple", "How was the team travelling?", "travel"),
    ("account", "story", "text", "What happened, in your words", ""),
    ("account", "radio_log", "text", "Radio log", ""),
    ("account", "response", "text", "What was done?", ""),
    ("account", "plans", "text", "What is planned?", ""),
    ("people", "organization_type", "select_one", "Whose staff?", "organization_type"),
    ("people", "killed", "integer", "Staff killed", ""),
    ("people", "injured", "integer", "Staff injured", ""),
    ("people", "kidnapped", "integer", "Staff abducted", ""),
    ("people", "arrested", "integer", "Staff arrested", ""),
    ("people", "staff_name", "text", "Name of the staff member", ""),
    ("people", "staff_role", "text", "Role of the staff member", ""),
    ("actor", "actor_type", "select_one", "Who did it?", "actor_type"),
    ("actor", "actor_name", "text", "Name of the group", ""),
    ("handling", "share_with", "select_one", "Who may see this report?", "share_with"),
)


def asset(rows: int, origin: str) -> dict[str, Any]:  # JSON of KoBoToolbox
    """`GET /api/v2/assets/{uid}/`: what of it a client of the form needs, in the platform's shape."""
    url = f"{origin}/api/v2/assets/{ASSET}/"
    return {
        "url": url,
        "asset_type": "survey",
        "uid": ASSET,
        "kind": "asset",
        "name": "Incident report (invented)",
        "has_deployment": True,
        "deployed_version_id": _VERSION,
        "deployment__active": True,
        "deployment__submission_count": rows,
        "deployment_status": "deployed",
        "data": f"{url}data/",
        "content": {
            "schema": "1",
            "survey": list(_survey()),
            "choices": list(_choices()),
            "settings": {},
            "translated": ["label"],
            "translations": ["English (en)"],
        },
    }


def row(event: Event, now: datetime) -> dict[str, Any]:
    """The event as a submission. Of seven, two are for everyone and one for nobody else."""
    place = event.place
    codes = _CODES[event.category]
    what = codes[event.number % len(codes)]
    if event.number % 23 == 5:
        what = "sexual_violence"
    elif event.number % 29 == 6:
        what = "protection_case"
    root = f"uuid:{uuid5(_NAMESPACE, str(event.number))}"
    instance = f"uuid:{uuid5(_NAMESPACE, f'{event.number} edited')}" if event.number % 9 == 4 else root
    # Not by twos or fours: countries take turns by four.
    located = event.number % 9 != 2
    zone = timezone(timedelta(hours=_LOCAL[place.country.iso3]))
    answers = {
        "event/title": event.title,
        "event/what": what,
        "event/gravity": str(event.impact.value),
        "event/when": event.occurred.astimezone(zone).isoformat(timespec="milliseconds"),
        "event/country": place.country.iso3.lower(),
        "event/state": place.admin1.pcode,
        "event/county": place.admin2.pcode,
        "event/village": place.locality,
        "event/position": f"{place.latitude} {place.longitude} 0 0" if located else None,
        "event/travel_mode": f"1 {2 + event.number % 3}" if event.number % 3 == 0 else None,
        "account/story": event.narrative,
        "account/radio_log": f"Called base at {event.occurred:%H:%M} UTC (invented)."
        if event.number % 5 == 0
        else None,
        "account/response": event.response,
        "account/plans": event.plans,
        "people/organization_type": event.organization_type.value.lower(),
        "people/killed": str(event.killed),
        "people/injured": str(event.injured),
        "people/kidnapped": str(event.kidnapped),
        "people/arrested": str(event.arrested),
        "people/staff_name": f"Person Invented {event.number}" if event.injured else None,
        "people/staff_role": "Driver" if event.injured else None,
        "actor/actor_type": event.actor_type.value.lower(),
        "actor/actor_name": event.actor_name,
        "handling/share_with": ("public", "originator", "partners", None, "partners", "partners", "public")[
            event.number % 7
        ],
    }
    submitted = event.shared_at.astimezone(UTC)
    position = [place.latitude, place.longitude] if located else [None, None]
    deprecated = {} if instance == root else {"meta/deprecatedID": root}
    return {
        "_id": 70_000_000 + event.number,
        "formhub/uuid": uuid5(_NAMESPACE, "form").hex,
        "start": event.shared_at.astimezone(zone).isoformat(timespec="milliseconds"),
        "end": event.shared_at.astimezone(zone).isoformat(timespec="milliseconds"),
        # An unanswered question has no key in the row.
        **{path: answer for path, answer in answers.items() if answer is not None},
        "__version__": _VERSION,
        "meta/instanceID": instance,
        **deprecated,
        "_xform_id_string": ASSET,
        "_uuid": instance.removeprefix("uuid:"),
        "meta/rootUuid": root,
        "_attachments": [],
        "_status": "submitted_via_web",
        "_geolocation": position,
        "_submission_time": submitted.strftime("%Y-%m-%dT%H:%M:%S"),
        "_tags": [],
        "_notes": [],
        "_validation_status": _status(event, now),
        "_submitted_by": "field_office_invented",
    }


def _status(event: Event, now: datetime) -> dict[str, Any]:
    """Looked at after a day, if at all."""
    looked = event.shared_at + timedelta(days=1)
    if looked > now or event.number % 11 == 6:
        return {}
    uid, label, color = _STATUSES[
        "not_approved" if event.number % 19 == 3 else "approved" if event.verified else "on_hold"
    ]
    stamp = int(looked.timestamp())
    return {"timestamp": stamp, "uid": uid, "by_whom": "data_officer_invented", "color": color, "label": label}


def _survey() -> Sequence[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"name": "start", "type": "start", "$kuid": "kStart", "$autoname": "start"},
        {"name": "end", "type": "end", "$kuid": "kEnd", "$autoname": "end"},
        {
            "name": "welcome",
            "type": "note",
            "$kuid": "kNote",
            "$autoname": "welcome",
            "label": ["Thank you (invented form)"],
        },
    ]
    opened = ""
    for group, name, kind, label, choices in _QUESTIONS:
        if group != opened:
            if opened:
                items.append({"type": "end_group", "$kuid": f"kEnd{opened}"})
            items.append(
                {
                    "name": group,
                    "type": "begin_group",
                    "$kuid": f"k{group}",
                    "$autoname": group,
                    "label": [group.title()],
                }
            )
            opened = group
        item = {"name": name, "type": kind, "$kuid": f"k{name}", "$autoname": name, "label": [label]}
        items.append(item | ({"select_from_list_name": choices} if choices else {}))
    return [*items, {"type": "end_group", "$kuid": f"kEnd{opened}"}]


def _choices() -> Sequence[dict[str, Any]]:
    areas = [place for found in places().values() for place in found]
    lists = {
        "what": _WHAT,
        "gravity": _GRAVITY,
        "country": {place.country.iso3.lower(): place.country.name for place in areas},
        "state": {place.admin1.pcode: place.admin1.name for place in areas},
        "county": {place.admin2.pcode: place.admin2.name for place in areas},
        "travel": _TRAVEL,
        "organization_type": _ORGANIZATIONS,
        "actor_type": _ACTORS,
        "share_with": _SHARING,
    }
    return [
        {"name": code, "$kuid": f"k{name}{code}", "label": [label], "list_name": name, "$autovalue": code}
        for name, codes in lists.items()
        for code, label in codes.items()
    ]
