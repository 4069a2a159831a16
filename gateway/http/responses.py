"""Answers: never stored, never compared, always JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import MethodNotAllowed, NotFound, Sendable
from gateway.http.request import JSON

NEVER_STORED: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Accept-Language, Authorization",
}


def json_response(
    body: object, status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """`body` encoded, with the headers of an answer that is never stored."""
    return Response(
        msgspec.json.encode(body),
        status,
        {**NEVER_STORED, **(headers or {}), "Content-Type": f"{media_type}; charset=utf-8"},
    )


def error_body(error: Sendable) -> dict[str, Any]:
    """The JSON of a refusal, in GraphQL's shape."""
    return {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}


def refusal(error: Sendable, media_type: str = JSON) -> Response:
    """An HTTP-level refusal."""
    return json_response(error_body(error), error.status, media_type, error.headers)


async def on_sendable(_request: Request, error: Exception) -> Response:
    """For Starlette: a refusal that may be sent."""
    assert isinstance(error, Sendable)
    return refusal(error)


async def on_not_found(_request: Request, _error: Exception) -> Response:
    """For Starlette: an address that is not served."""
    return refusal(NotFound("there is nothing at this address: see docs/http.md for those that are served"))


async def on_method(_request: Request, error: Exception) -> Response:
    """For Starlette: a method that an address does not take."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "GET")
    return refusal(MethodNotAllowed("this address does not take this method", tuple(sorted(allowed.split(", ")))))
