"""The simulated drop: invented incidents as a safety platform's spreadsheet has them, with the noise of hands."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final, TypeAlias

from connectors.simulation.events import Event
from policies.vocabulary import IncidentCategory, OrganizationType

Cell: TypeAlias = str | int | float | None

# Titles and tags; the last column is the platform's own and has no tag.
COLUMNS: Final = (
    ("Incident No.", "#event+id"),
    ("Date", "#date +occurred"),
    ("Country", "#country+name"),
    ("ISO", "#country +code"),
    ("Province", "#adm1+name"),
    ("Province P-code", "#adm1+code"),
    ("District", "#adm2+name"),
    ("District P-code", "#adm2+code"),
    ("Place", "#loc+name"),
    ("Latitude", "#geo+lat"),
    ("Longitude", "#geo+lon"),
    ("Geo Precision", "#geo+precision"),
    ("Act", "#event+type"),
    ("Impact", "#severity"),
    ("Actor", "#group+type"),
    ("Actor name", "#group+name"),
    ("NGO type", "#org+type"),
    ("Killed", "#affected+killed"),
    ("Injured", "#affected+injured"),
    ("Abducted", "#affected+kidnapped"),
    ("Arrested", "#affected+arrested"),
    ("Headline", "#event+title"),
    ("Description", "#description"),
    ("Shared on", "#date+shared"),
    ("Handling", "#meta+handling"),
    ("Grade", ""),
)
_ACTS: Final = {
    IncidentCategory.ATTACK: "Attack",
    IncidentCategory.CONFINE: "Confine",
    IncidentCategory.THEFT: "Theft",
    IncidentCategory.THREAT: "Threat",
    IncidentCategory.ACCIDENT: "Accident",
    IncidentCategory.OBSTRUCTION: "Obstruction",
    IncidentCategory.CIVIL_UNREST: "Unrest",
    IncidentCategory.HAZARD: "Hazard",
    IncidentCategory.OTHER: "Other",
}
_ACTORS: Final = {
    OrganizationType.ARMED_GROUP: "AOG",
    OrganizationType.GOVERNMENT: "State",
    OrganizationType.CIVILIAN: "Civilian",
    OrganizationType.UNKNOWN: "Unknown",
}
_PRECISIONS: Final = ("(2) 25 km precision ", "(3) District, Communicipality or Commune ", "(1) Exact", "(4) Province")


def drop(events: Sequence[Event]) -> list[dict[str, Cell]]:
    """The rows by title, in the order in which they came in: oldest shared first."""
    return [_row(event) for event in reversed(events)]


def written(rows: Sequence[Mapping[str, Cell]]) -> list[list[Cell]]:
    """The whole sheet: a banner, titles, tags, rows."""
    banner: list[Cell] = ["Safety incidents, all of them invented; for partners, not for publication"]
    head: list[list[Cell]] = [banner, [title for title, _ in COLUMNS], [tag for _, tag in COLUMNS]]
    return [*head, *([row[title] for title, _ in COLUMNS] for row in rows)]


def as_csv(sheet: Sequence[Sequence[Cell]]) -> bytes:
    """With semicolons and a byte order mark, as spreadsheets of many countries save it."""
    text = StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(sheet)
    return text.getvalue().encode("utf-8-sig")


def _row(event: Event) -> dict[str, Cell]:
    place, number = event.place, event.number
    act = "Sexual violence" if number % 23 == 5 else "Protection" if number % 29 == 6 else _ACTS[event.category]
    located = number % 9 != 2
    answers: dict[str, Any] = {
        "Incident No.": f"SP-{event.occurred:%Y}-{number:05}",
        "Date": _date(event),
        "Country": place.country.name,
        "ISO": place.country.iso3,
        "Province": place.admin1.name,
        "Province P-code": place.admin1.pcode,
        "District": place.admin2.name,
        "District P-code": place.admin2.pcode,
        "Place": place.locality,
        "Latitude": str(place.latitude).replace(".", ",") if located else None,
        "Longitude": str(place.longitude).replace(".", ",") if located else None,
        "Geo Precision": _PRECISIONS[number % len(_PRECISIONS)] if located else None,
        "Act": f"{act} " if number % 4 == 1 else act,
        "Impact": event.impact.name.replace("_", " ").title(),
        "Actor": _ACTORS[event.actor_type],
        "Actor name": event.actor_name,
        "NGO type": event.organization_type.value,
        # Numbers as text, and as tools write them that know no missing whole numbers.
        "Killed": f"{event.killed}.0" if number % 3 == 0 else str(event.killed),
        "Injured": event.injured,
        "Abducted": event.kidnapped,
        "Arrested": event.arrested,
        "Headline": event.title,
        "Description": event.narrative,
        "Shared on": event.shared_at.isoformat(timespec="seconds"),
        "Handling": ("Partners", "Partners ", "Internal", "Partners", "")[number % 5],
        "Grade": "ABC"[number % 3],
    }
    return answers


def _date(event: Event) -> str:
    """Two forms of a day in one column, and now and then a time."""
    day = event.occurred.date().isoformat()
    if event.number % 6 == 5:
        return event.occurred.isoformat(timespec="seconds")
    return f"{day}T00:00:00.000Z" if event.number % 2 else day
