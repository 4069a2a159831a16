"""A simulated ACLED: its true wire format, with embargo, password grant, deletions, and invented events."""

from __future__ import annotations

import csv
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from connectors.simulation.events import Event, events, share
from policies.vocabulary import IncidentCategory

EMBARGO_DAYS: Final = 3
_MAXIMUM_ROWS: Final = 5000
_LIFE_SECONDS: Final = 86_400

# Category → what ACLED would code it as, the first for most events.
_CODES: Final[Mapping[IncidentCategory, Sequence[tuple[str, str, str]]]] = {
    IncidentCategory.ATTACK: (
        ("Political violence", "Violence against civilians", "Attack"),
        ("Political violence", "Battles", "Armed clash"),
        ("Political violence", "Violence against civilians", "Attack"),
        ("Political violence", "Explosions/Remote violence", "Grenade"),
    ),
    IncidentCategory.CONFINE: (("Political violence", "Violence against civilians", "Abduction/forced disappearance"),),
    IncidentCategory.THEFT: (("Strategic developments", "Strategic developments", "Looting/property destruction"),),
    IncidentCategory.THREAT: (("Strategic developments", "Strategic developments", "Other"),),
    IncidentCategory.ACCIDENT: (("Strategic developments", "Strategic developments", "Other"),),
    IncidentCategory.OBSTRUCTION: (("Demonstrations", "Protests", "Protest with intervention"),),
    IncidentCategory.CIVIL_UNREST: (
        ("Demonstrations", "Protests", "Peaceful protest"),
        ("Political violence", "Riots", "Mob violence"),
    ),
    IncidentCategory.HAZARD: (("Strategic developments", "Strategic developments", "Disrupted weapons use"),),
    IncidentCategory.OTHER: (("Strategic developments", "Strategic developments", "Change to group/activity"),),
}


class SimulatedAcled:
    """The platform's state: rows as ACLED writes them, deletions, and the tokens it gave."""

    def __init__(self, reported: Sequence[Event], now: datetime, credentials: Mapping[str, str]) -> None:
        rows = [_row(event) for event in reported if event.number % 29]
        # ACLED documents no order: rows come in one that means nothing.
        self.rows = sorted(rows, key=lambda row: hashlib.sha256(row["event_id_cnty"].encode()).digest())
        self.deleted = [
            {"event_id_cnty": _key(event), "deleted_timestamp": str(int(now.timestamp()) - 3600)}
            for event in reported
            if event.number % 29 == 0
        ]
        self.embargo = (now - timedelta(days=EMBARGO_DAYS)).date()
        self.tokens: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.grants: list[str] = []
        self.accepted_terms = True
        self._credentials = credentials

    async def grant(self, request: Request) -> JSONResponse:
        """`POST /oauth/token`: the grants `password` and `refresh_token`, whose token is used once."""
        async with request.form() as form:
            told = {key: str(value) for key, value in form.items()}
        kind = told.pop("grant_type", "")
        if told.pop("client_id", "") != "acled" or not self._granted(kind, told):
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.grants.append(kind)
        token, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.tokens.add(token)
        self.refresh_tokens.add(refresh)
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": _LIFE_SECONDS, "access_token": token, "refresh_token": refresh}
        )

    def _granted(self, kind: str, told: Mapping[str, str]) -> bool:
        if kind == "refresh_token" and told.get(kind) in self.refresh_tokens:
            self.refresh_tokens.remove(told[kind])
            return True
        return kind == "password" and told == {key: self._credentials[key] for key in ("username", "password")}

    async def read(self, request: Request) -> JSONResponse:
        """`GET /api/acled/read`: rows the embargo has released."""
        return self._answer(request, [row for row in self.rows if row["event_date"] <= self.embargo.isoformat()])

    async def read_deleted(self, request: Request) -> JSONResponse:
        """`GET /api/deleted/read`."""
        return self._answer(request, self.deleted)

    def _answer(self, request: Request, rows: Sequence[Mapping[str, str]]) -> JSONResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self.tokens:
            return JSONResponse({"message": "Unauthorized"}, 401, {"www-authenticate": "Bearer"})
        if not self.accepted_terms:
            return JSONResponse({"message": "Access denied: accept the terms"}, 403)
        asked = dict(request.query_params)
        if asked.pop("_format", "json") != "json":
            return JSONResponse({"message": "Not acceptable"}, 406)
        limit = int(asked.pop("limit", "0") or 0) or _MAXIMUM_ROWS
        page = int(asked.pop("page", "1") or 1)
        found = [row for row in rows if _matches(row, asked)]
        return JSONResponse(
            {
                "status": 200,
                "success": True,
                "last_update": 1,
                "count": len(found[(page - 1) * limit : page * limit]),
                "total_count": str(len(found)),
                "messages": [],
                "data": found[(page - 1) * limit : page * limit],
                "filename": "",
                "data_query_restrictions": {
                    "date_recency": {
                        "quantity": EMBARGO_DAYS,
                        "unit": "Days",
                        "description": f"{EMBARGO_DAYS} Days old",
                        "date": self.embargo.isoformat(),
                    }
                },
                "error": None,
            }
        )


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The platform as an ASGI application, `app.state.acled` its state; `credentials`: `username` and `password`."""
    acled = SimulatedAcled(share(events(seed, records, now), "acled"), now, credentials)
    app = Starlette(
        routes=[
            Route("/oauth/token", acled.grant, methods=["POST"]),
            Route("/api/acled/read", acled.read),
            Route("/api/deleted/read", acled.read_deleted),
        ]
    )
    app.state.acled = acled
    return app


def _matches(row: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(
        _compare(row.get(column, ""), value, asked.get(f"{column}_where", "="))
        for column, value in asked.items()
        if not column.endswith("_where")
    )


def _compare(value: str, asked: str, operator: str) -> bool:
    options = asked.split("|")
    match operator:
        case "BETWEEN":
            return options[0] <= value <= options[1]
        case ">=":
            return value >= asked
        case "<=":
            return value <= asked
        case _:
            return value in options


def _key(event: Event) -> str:
    return f"{event.place.country.iso3}{event.number}"


def _row(event: Event) -> dict[str, str]:
    """All 31 columns, every value a string as ACLED commonly sends them."""
    options = _CODES[event.category]
    disorder, event_type, sub_event_type = options[event.number % len(options)]
    if event.number % 41 == 7:
        disorder, event_type, sub_event_type = "Political violence", "Violence against civilians", "Sexual violence"
    place = event.place
    civilians = event_type == "Violence against civilians"
    return {
        "event_id_cnty": _key(event),
        "event_date": event.occurred.date().isoformat(),
        "year": str(event.occurred.year),
        "time_precision": "3" if event.number % 20 == 3 else "2" if event.number % 10 == 7 else "1",
        "disorder_type": disorder,
        "event_type": event_type,
        "sub_event_type": sub_event_type,
        "actor1": event.actor_name or f"Unidentified Armed Group ({place.country.name})",
        "assoc_actor_1": "",
        "inter1": "Rebel group" if event.number % 2 else "Political militia",
        "actor2": f"Civilians ({place.country.name})" if civilians else "",
        "assoc_actor_2": "Aid Workers (Invented)" if civilians else "",
        "inter2": "Civilians" if civilians else "",
        "interaction": "Rebel group-Civilians" if civilians else "Rebel group only",
        "civilian_targeting": "Civilian targeting" if civilians else "",
        "iso": _numeric()[place.country.iso3],
        "region": "Western Africa" if place.country.iso3 == "MLI" else "Eastern Africa",
        "country": place.country.name,
        "admin1": place.admin1.name,
        "admin2": place.admin2.name,
        "admin3": "",
        "location": place.locality,
        "latitude": f"{place.latitude:.4f}",
        "longitude": f"{place.longitude:.4f}",
        "geo_precision": "3" if event.number % 15 == 4 else "2" if event.number % 5 == 2 else "1",
        "source": "Plainfield Daily; Radio Larkspur",
        "source_scale": "National",
        "notes": event.narrative,
        "fatalities": str(event.killed),
        "tags": "",
        "timestamp": str(int(event.shared_at.timestamp())),
    }


def _numeric() -> dict[str, str]:
    table = files(__package__).joinpath("countries.csv").read_text("utf-8").splitlines()
    return {row["iso3"]: row["numeric"].lstrip("0") for row in csv.DictReader(table)}
