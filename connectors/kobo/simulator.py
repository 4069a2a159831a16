"""A simulated KoBoToolbox server with one form: the wire format of API v2, rows and all else invented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.kobo.simulated_form import ASSET, asset, row
from connectors.simulation.events import events, share

_DEFAULT_LIMIT: Final = 100
_MAXIMUM_LIMIT: Final = 1000
_COMPARISONS: Final = ("$gt", "$gte", "$lt", "$lte")


class Malformed(Exception):
    """A query that the platform refuses with 400."""


class SimulatedKobo:
    """The server's state. `rows` may be changed while it runs; `content` is what the form asks."""

    def __init__(self, rows: list[dict[str, Any]], token: str) -> None:
        self.rows = rows
        self.questions: list[dict[str, Any]] = []
        self._token = token

    def edit(self, row: dict[str, Any], instance: str, **answers: Any) -> None:
        """An edit by the reporter: a new instance, which names the one it takes the place of; `_id` and root stay."""
        row |= {
            "meta/deprecatedID": row["meta/instanceID"],
            "meta/instanceID": f"uuid:{instance}",
            "_uuid": instance,
            **answers,
        }

    def validate(self, row: dict[str, Any], state: str, at: int) -> None:
        """A validation by the organization's data officer: `approved`, `on_hold` or `not_approved`; Unix seconds."""
        row["_validation_status"] = {"uid": f"validation_status_{state}", "timestamp": at, "by_whom": "invented"}

    async def get_asset(self, request: Request) -> Response:
        """`GET /api/v2/assets/{uid}/`."""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        answer = asset(len(self.rows), str(request.base_url).rstrip("/"))
        answer["content"]["survey"] += self.questions
        return JSONResponse(answer)

    async def get_data(self, request: Request) -> Response:
        """`GET /api/v2/assets/{uid}/data.json`."""
        refused = self._refusal(request)
        if refused is not None:
            return refused
        asked = request.query_params
        try:
            limit, start = min(int(asked.get("limit", _DEFAULT_LIMIT)), _MAXIMUM_LIMIT), int(asked.get("start", 0))
            query = json.loads(asked.get("query", "{}"))
            order = json.loads(asked.get("sort", '{"_id": 1}'))
            found = [item for item in self.rows if _matches(item, query)]
        except (ValueError, Malformed) as error:
            return JSONResponse({"detail": str(error)}, 400)
        # As the platform does, a sort by several keys is ignored.
        if len(order) == 1:
            ((key, direction),) = order.items()
            found.sort(key=lambda item: item.get(key, ""), reverse=direction == -1)
        page = found[start : start + limit]

        def link(place: int) -> str:
            return str(request.url.include_query_params(limit=limit, start=place))

        return JSONResponse(
            {
                "count": len(found),
                "next": link(start + limit) if start + limit < len(found) else None,
                "previous": link(max(0, start - limit)) if start else None,
                "results": page,
            }
        )

    def _refusal(self, request: Request) -> Response | None:
        """Without a token a private form is none that exists."""
        credentials = request.headers.get("authorization")
        if credentials is not None and credentials != f"Token {self._token}":
            return JSONResponse({"detail": "Invalid token."}, 401, {"www-authenticate": "Token"})
        if credentials is None or request.path_params["uid"] != ASSET:
            return JSONResponse({"detail": "Not found."}, 404)
        return None


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The server as an ASGI application; `credentials` holds `token`. Its state: `app.state.kobo`."""
    kobo = SimulatedKobo([row(event, now) for event in share(events(seed, records, now), "kobo")], credentials["token"])
    app = Starlette(
        routes=[
            Route("/api/v2/assets/{uid}/", kobo.get_asset),
            Route("/api/v2/assets/{uid}/data.json", kobo.get_data),
        ]
    )
    app.state.kobo = kobo
    return app


def _matches(item: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """The part of Mongo's language that clients of the platform use."""
    for key, wanted in query.items():
        if key in ("$and", "$or"):
            among = (_matches(item, part) for part in wanted)
            passed = all(among) if key == "$and" else any(among)
        elif key.startswith("$"):
            raise Malformed(f"unknown operator: {key}")
        elif isinstance(wanted, dict):
            passed = all(_compare(item.get(key), operator, value) for operator, value in wanted.items())
        else:
            passed = item.get(key) == wanted
        if not passed:
            return False
    return True


def _compare(value: Any, operator: str, wanted: Any) -> bool:
    if operator == "$in":
        return any(value == option for option in wanted)
    if operator == "$exists":
        return (value is not None) is wanted
    if operator not in _COMPARISONS:
        raise Malformed(f"unknown operator: {operator}")
    if type(value) is not type(wanted):
        return False
    return bool(
        {"$gt": value > wanted, "$gte": value >= wanted, "$lt": value < wanted, "$lte": value <= wanted}[operator]
    )
