"""The simulated reports: each country's situation by weeks and lessons by months. All of it invented."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.simulation.events import Event
from policies.vocabulary import IncidentCategory

_FIRST_ID: Final = 4_100_000
# How long after the last event of a week its report comes out, if now is not sooner.
_DELAY: Final = timedelta(hours=5)
_PUBLISHERS: Final = (
    ("UN Office for the Coordination of Humanitarian Affairs", "OCHA", "International Organization", 272),
    ("Harbour Relief", "Harbour Relief", "Non-governmental Organization", 274),
    ("Lantern Society (invented)", "Lantern", "Non-governmental Organization", 274),
)
_LANGUAGES: Final = (("English", "en", 267), ("French", "fr", 268))
_THEMES: Final = {"Safety and Security": 4600, "Mine Action": 12033, "Protection and Human Rights": 4600}
_TAKES: Final = "Plan the route with the community, tell partners before leaving, and report near misses the same day."


def items(events: Sequence[Event], now: datetime, origin: str) -> list[dict[str, Any]]:
    """Reports with all their fields, as `data` of an answer holds them."""
    weeks: dict[tuple[str, int, int], list[Event]] = {}
    lessons: dict[tuple[str, IncidentCategory, int], list[Event]] = {}
    for event in events:
        year, week, _ = event.occurred.isocalendar()
        weeks.setdefault((event.place.country.iso3, year, week), []).append(event)
        lessons.setdefault((event.place.country.iso3, event.category, event.occurred.month), []).append(event)
    told = [_situation(of_week, now) for of_week in weeks.values()]
    told += [_lesson(of_kind, now) for of_kind in lessons.values()]
    told.sort(key=lambda fields: (fields["date"]["created"], fields["title"]))
    return [_item(_FIRST_ID + number, fields, origin) for number, fields in enumerate(told)]


def _item(number: int, fields: dict[str, Any], origin: str) -> dict[str, Any]:
    # Every third id is a number, as some answers have it; the others are text, as in recordings.
    written: object = number if number % 3 == 0 else str(number)
    slug = f"https://reliefweb.example/report/{number}"
    files = [{"id": str(number), "url": f"{slug}/report.pdf", "filename": "report.pdf", "mimetype": "application/pdf"}]
    whole = {**fields, "id": number, "url_alias": slug, **({"file": files} if number % 4 == 0 else {})}
    return {"id": written, "score": 1, "href": f"{origin}/v2/reports/{number}", "fields": whole}


def _situation(of_week: Sequence[Event], now: datetime) -> dict[str, Any]:
    country = of_week[0].place.country
    year, week, _ = of_week[0].occurred.isocalendar()
    entries = "".join(
        f"<li><strong>{html.escape(event.place.admin1.name)}</strong>: {html.escape(event.title)}.</li>"
        for event in of_week
    )
    body = (
        "<style>.r { color: red }</style><h2>Highlights</h2>"
        f"<p>{len(of_week)} events were reported in {html.escape(country.name)}&nbsp;&ndash; all of them invented.</p>"
        f"<ul>{entries}</ul><script>track('invented')</script>"
    )
    hazard = any(event.category is IncidentCategory.HAZARD for event in of_week)
    fields = _common(of_week, now, f"{country.name}: Situation report, week {week} of {year} (invented)", body)
    fields["format"] = [{"id": 10, "name": "Situation Report"}]
    fields["theme"] = _themes("Safety and Security", *(["Mine Action"] if hazard else []))
    fields["headline"] = {"title": country.name, "summary": f"{len(of_week)} events in a week (invented)."}
    if hazard:
        glide = f"FL-{year}-000{week:03}-{country.iso3}"
        fields["disaster"] = [{"id": 50_000 + week, "name": f"{country.name}: Floods (invented)", "glide": glide}]
    return fields


def _lesson(of_kind: Sequence[Event], now: datetime) -> dict[str, Any]:
    country, category = of_kind[0].place.country, of_kind[0].category
    words = category.value.replace("_", " ").lower()
    body = f"<p>After {len(of_kind)} events ({words}), teams agreed:</p><blockquote>{_TAKES}</blockquote>"
    title = f"{country.name}: What {len(of_kind)} reports of {words} taught us (invented)"
    fields = _common(of_kind, now, title, body)
    fields["format"] = [{"id": 6, "name": "Evaluation and Lessons Learned"}]
    # Not every lesson is about security.
    other = category is IncidentCategory.OTHER
    hazard = ["Mine Action"] if category is IncidentCategory.HAZARD else []
    fields["theme"] = _themes("Protection and Human Rights") if other else _themes("Safety and Security", *hazard)
    return fields


def _common(told: Sequence[Event], now: datetime, title: str, body: str) -> dict[str, Any]:
    created = min(now, max(event.shared_at for event in told) + _DELAY).astimezone(UTC).replace(microsecond=0)
    number = told[0].number
    country = told[0].place.country
    name, short, kind, identifier = _PUBLISHERS[number % len(_PUBLISHERS)]
    language, code, of_language = _LANGUAGES[number % 7 == 3]
    primary = {"id": 1, "name": country.name, "iso3": country.iso3.lower()}
    neighbour = {"id": 2, "name": "Chad", "iso3": "tcd"}
    return {
        "title": title,
        "body": body,
        "date": {
            "original": created.replace(hour=0, minute=0, second=0).isoformat(),
            "created": created.isoformat(),
            "changed": created.isoformat(),
        },
        "primary_country": {**primary, "primary": True},
        "country": [primary, *([neighbour] if number % 5 == 0 else [])],
        "source": [{"name": name, "shortname": short, "type": {"id": identifier, "name": kind}, "homepage": ""}],
        "language": [{"id": of_language, "name": language, "code": code}],
        "status": "published",
    }


def _themes(*names: str) -> list[dict[str, Any]]:
    return [{"id": _THEMES[name], "name": name} for name in names]
