"""Titles composed from a view, where the originator's own is not shown or there is none.

Made of what the view shows and of nothing else: "Attack, Upper Nile, week of 16 November 2026".
"""

from __future__ import annotations

from typing import Any, Final

from policies.values import Moment, TimePrecision
from policies.view import View

# What a record is called where the view shows nothing of what it is about.
_KINDS: Final = {
    "Incident": "Incident report",
    "SituationReport": "Situation report",
    "SecurityAlert": "Security alert",
    "SecurityProcedure": "Security procedure",
    "MitigationMeasure": "Mitigation measure",
    "LessonLearned": "Lesson learned",
}

# Always English, whatever the locale of the process.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def title(view: View) -> str:
    """The view's title, else one composed of category or event, place and time."""
    shown: Any = view
    if shown.title is not None:
        return str(shown.title)
    parts = [_subject(shown), _place(shown.place), _time(getattr(shown, "occurred", None) or shown.reported_at)]
    return ", ".join(part for part in parts if part)


def _subject(shown: Any) -> str:
    category = getattr(shown, "category", None)
    if category is not None:
        return str(category.value).replace("_", " ").capitalize()
    subject = getattr(shown, "event", None) or getattr(shown, "subject", None)
    if subject:
        return str(subject)
    return _KINDS[type(shown).__name__]


def _place(place: Any) -> str | None:
    if place is None:
        return None
    for area in (place.admin2, place.admin1):
        if area is not None:
            return str(area.name or area.pcode)
    return None if place.country is None else str(place.country.name or place.country.iso3)


def _time(moment: Moment | None) -> str | None:
    if moment is None:
        return None
    start = moment.start
    month = f"{_MONTHS[start.month - 1]} {start.year}"
    day = f"{start.day} {month}"
    match moment.precision:
        case TimePrecision.WEEK:
            return f"week of {day}"
        case TimePrecision.MONTH:
            return month
        case TimePrecision.YEAR:
            return str(start.year)
        case _:
            return day
