"""A simulated ReliefWeb: the wire format of API v2, reports and all else invented."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from connectors.reliefweb.simulated_reports import items
from connectors.simulation.events import events, share

_DEFAULT_LIMIT: Final = 10
_MAXIMUM_LIMIT: Final = 1000


class Malformed(Exception):
    """A request that the platform refuses with 400."""


class SimulatedReliefWeb:
    """The server's state. `reports` may be changed while it runs; `calls` counts those of today.

    `calls_a_day`: how many it answers; the platform's 1,000 where a test sets it, and as many as are asked else.
    """

    def __init__(self, reports: list[dict[str, Any]], appname: str) -> None:
        self.reports = reports
        self.calls = 0
        self.calls_a_day: int | None = None
        self._appname = appname

    async def list_reports(self, request: Request) -> Response:
        """`POST /v2/reports?appname=…`."""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        started = time.monotonic()
        try:
            asked = json.loads(await request.body() or b"{}")
            offset, limit = int(asked.get("offset", 0)), int(asked.get("limit", _DEFAULT_LIMIT))
            if not 0 <= limit <= _MAXIMUM_LIMIT:
                raise Malformed(f"The limit must be between 0 and {_MAXIMUM_LIMIT}")
            found = [item for item in self.reports if _matches(item, asked.get("filter"))]
            for order in reversed(asked.get("sort", ["date.created:desc"])):
                key, _, direction = order.partition(":")
                found.sort(key=lambda item, key=key: _first(item, key), reverse=direction == "desc")  # type: ignore[misc]  # a default in a lambda has no type
        except (ValueError, TypeError, Malformed) as error:
            return _error(400, "BadRequestHttpException", str(error))
        page = found[offset : offset + limit]
        base = f"{str(request.base_url).rstrip('/')}/v2/reports"
        links: dict[str, Any] = {"self": {"href": str(request.url)}}
        if offset + limit < len(found):
            # As on the platform, it holds neither the filter of a POST nor its appname.
            links["next"] = {"href": f"{base}?offset={offset + limit}&limit={limit}"}
        return JSONResponse(
            {
                "time": int((time.monotonic() - started) * 1000),
                "href": str(request.url),
                "links": links,
                "took": 1,
                "totalCount": len(found),
                "count": len(page),
                "data": [_told(item, asked.get("fields", {}).get("include", ["title"])) for item in page],
            }
        )

    def _refusal(self, request: Request) -> Response | None:
        if request.query_params.get("appname") != self._appname:
            return _error(403, "AccessDeniedHttpException", "You are not using an approved appname. Please see …")
        self.calls += 1
        if self.calls_a_day is not None and self.calls > self.calls_a_day:
            return HTMLResponse("<!DOCTYPE html><html><body>Too many requests</body></html>")
        return None


async def gone(request: Request) -> Response:  # noqa: ARG001 - a route's signature
    """Whatever is asked of version 1."""
    return _error(410, "GoneHttpException", "The API version v1 has been decommissioned, use v2 instead.")


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:  # noqa: ARG001 - it has none
    """The server as an ASGI application, for the `appname` of `example.toml`. Its state: `app.state.reliefweb`."""
    example = tomllib.loads(files(__package__).joinpath("example.toml").read_text("utf-8"))
    reports = items(share(events(seed, records, now), "reliefweb"), now, "https://api.reliefweb.example")
    reliefweb = SimulatedReliefWeb(reports, example["options"]["appname"])
    app = Starlette(
        routes=[
            Route("/v2/reports", reliefweb.list_reports, methods=["POST"]),
            Route("/v1/{path:path}", gone, methods=["GET", "POST"]),
        ]
    )
    app.state.reliefweb = reliefweb
    return app


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"time": 1, "status": status, "error": {"type": kind, "message": message}}, status)


def _told(item: Mapping[str, Any], include: Sequence[str]) -> dict[str, Any]:
    """The item with the fields that were asked for, as paths through objects and lists."""
    fields: dict[str, Any] = {}
    for path in include:
        _copy(item["fields"], fields, path.split("."))
    return {**item, "fields": fields}


def _copy(source: Mapping[str, Any], target: dict[str, Any], path: Sequence[str]) -> None:
    key, rest = path[0], path[1:]
    if key not in source:
        return
    value = source[key]
    if not rest:
        target[key] = value
    elif isinstance(value, list):
        copies = target.setdefault(key, [{} for _ in value])
        for item, copy in zip(value, copies, strict=True):
            _copy(item, copy, rest)
    else:
        _copy(value, target.setdefault(key, {}), rest)


def _values(item: Mapping[str, Any], field: str) -> list[Any]:
    if field == "id":
        return [int(item["id"])]
    found: list[Any] = [item["fields"]]
    for key in field.split("."):
        found = [value[key] for value in found if isinstance(value, dict) and key in value]
        found = [inner for value in found for inner in (value if isinstance(value, list) else [value])]
    return found


def _first(item: Mapping[str, Any], field: str) -> Any:
    return next(iter(_values(item, field)), "")


def _matches(item: Mapping[str, Any], asked: Mapping[str, Any] | None) -> bool:
    if asked is None:
        return True
    if "conditions" in asked:
        parts = [_matches(item, part) for part in asked["conditions"]]
        passed = any(parts) if asked.get("operator", "AND") == "OR" else all(parts)
    else:
        passed = _passes(_values(item, asked["field"]), asked)
    return passed is not asked.get("negate", False)


def _passes(values: Sequence[Any], asked: Mapping[str, Any]) -> bool:
    wanted = asked.get("value")
    if wanted is None:
        return bool(values)
    if isinstance(wanted, dict):
        bounds = {key: _time(text) for key, text in wanted.items()}
        return any(
            ("from" not in bounds or bounds["from"] <= moment) and ("to" not in bounds or moment <= bounds["to"])
            for moment in map(_time, values)
        )
    several = wanted if isinstance(wanted, list) else [wanted]
    told = {str(value) for value in values}
    hits = [str(value) in told for value in several]
    return any(hits) if asked.get("operator", "AND") == "OR" else all(hits)


def _time(text: str) -> datetime:
    if "." in text:
        raise Malformed("Failed to parse date field: no fractions of a second")
    return datetime.fromisoformat(text)
