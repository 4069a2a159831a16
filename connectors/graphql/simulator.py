"""A simulated coordination platform with a GraphQL API of its own: cursor-paged, with a bearer token, all invented.

It is a subgraph of Apollo Federation too: `_service` tells its schema, `_entities` finds what a key names.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from graphql import GraphQLError, build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.graphql.simulated_notes import field_note, warning
from connectors.simulation.events import events, share

_MEDIA_TYPE: Final = "application/graphql-response+json"
_MAXIMUM_FIRST: Final = 200
# Every so many notes come with a warning.
_WARNINGS: Final = 5


class SimulatedPlatform:
    """The platform's state. `notes` and `warnings` may be changed while it runs."""

    def __init__(self, notes: list[dict[str, Any]], warnings: list[dict[str, Any]], token: str) -> None:
        self.notes = notes
        self.warnings = warnings
        self._token = token
        self._sdl = files(__package__).joinpath("simulated.graphql").read_text("utf-8")
        self._schema = build_schema(self._sdl)

    async def answer(self, request: Request) -> Response:
        """`POST /graphql`, as GraphQL over HTTP has it."""
        if request.headers.get("authorization") != f"Bearer {self._token}":
            return _refused("UNAUTHENTICATED", "Sign in first.", 401)
        try:
            asked = json.loads(await request.body())
            source, variables = asked["query"], asked.get("variables")
        except (ValueError, TypeError, KeyError):
            return _refused("BAD_REQUEST", "A JSON object with `query` is expected.", 400)
        root = {
            "fieldNotes": self._field_notes,
            "warnings": self._warnings,
            "_entities": self._find_entities,
            "_service": {"sdl": self._sdl},
        }
        result = graphql_sync(self._schema, source, root, variable_values=variables)
        return JSONResponse(result.formatted, 400 if result.data is None else 200, media_type=_MEDIA_TYPE)

    def _field_notes(self, _info: object, **asked: Any) -> dict[str, Any]:
        return _connection(self.notes, asked)

    def _warnings(self, _info: object, **asked: Any) -> dict[str, Any]:
        return _connection(self.warnings, asked)

    def _find_entities(self, _info: object, representations: Sequence[Any]) -> list[dict[str, Any] | None]:
        of_types = {"FieldNote": self.notes, "Warning": self.warnings}
        found: list[dict[str, Any] | None] = []
        for asked in representations:
            if not isinstance(asked, dict) or asked.get("__typename") not in of_types:
                raise GraphQLError("No such entity type.", extensions={"code": "BAD_USER_INPUT"})
            items = [item for item in of_types[asked["__typename"]] if item["ref"] == asked.get("ref")]
            found.append({"__typename": asked["__typename"], **items[0]} if items else None)
        return found


def simulate(records: int, seed: int, now: datetime, credentials: Mapping[str, str]) -> Starlette:
    """The platform as an ASGI application; `credentials` holds `token`. Its state: `app.state.platform`."""
    told = share(events(seed, records, now), "graphql")
    platform = SimulatedPlatform(
        [field_note(event) for event in told], [warning(event) for event in told[::_WARNINGS]], credentials["token"]
    )
    app = Starlette(routes=[Route("/graphql", platform.answer, methods=["POST"])])
    app.state.platform = platform
    return app


def _connection(items: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Newest first; a cursor holds the place after which to go on, so pages stay whole while notes arrive."""
    if not 0 <= asked["first"] <= _MAXIMUM_FIRST:
        raise GraphQLError("Ask for fewer.", extensions={"code": "BAD_USER_INPUT"})
    found = sorted((item for item in items if _passes(item, asked)), key=_place, reverse=True)
    total = len(found)
    if asked.get("after") is not None:
        after = _read_cursor(asked["after"])
        found = [item for item in found if _place(item) < after]
    page = found[: asked["first"]]
    edges = [{"cursor": _cursor(item), "node": item} for item in page]
    return {
        "totalCount": total,
        "edges": edges,
        "pageInfo": {"hasNextPage": len(page) < len(found), "endCursor": edges[-1]["cursor"] if edges else None},
    }


def _passes(item: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    happened = (item.get("happened") or "")[:10]
    posted = datetime.fromisoformat(item["postedOn"])
    since, before = asked.get("postedSince"), asked.get("postedBefore")
    return (
        (since is None or posted >= datetime.fromisoformat(since))
        and (before is None or posted < datetime.fromisoformat(before))
        and (asked.get("happenedFrom") is None or happened >= asked["happenedFrom"])
        and (asked.get("happenedTo") is None or "" < happened <= asked["happenedTo"])
        and (asked.get("inCountries") is None or item["spot"]["nation"]["code"] in asked["inCountries"])
        and (asked.get("refs") is None or item["ref"] in asked["refs"])
    )


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["postedOn"], item["ref"]


def _cursor(item: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(_place(item)).encode()).decode()


def _read_cursor(cursor: str) -> tuple[str, str]:
    try:
        posted, ref = json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise GraphQLError("No such cursor.", extensions={"code": "BAD_USER_INPUT"}) from error
    return str(posted), str(ref)


def _refused(code: str, message: str, status: int) -> Response:
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return JSONResponse(body, status, {"www-authenticate": "Bearer"} if status == 401 else None, media_type=_MEDIA_TYPE)
