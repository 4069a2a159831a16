"""`/graphql`: request → authenticate → read → answer → respond."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from opentelemetry.trace import Tracer
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import Internal, Sendable
from gateway.http.faults import note
from gateway.http.request import GraphQLRequest, ResponseType, negotiated, read
from gateway.http.responses import json_response, refusal
from gateway.telemetry import step
from policies.requester import Requester


class Executed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an operation. `executed` is False where it was refused before anything was run."""

    data: Mapping[str, Any] | None = None
    errors: Sequence[Mapping[str, Any]] = ()
    executed: bool = True
    extensions: Mapping[str, Any] | None = None


class Operations(Protocol):
    """What answers operations."""

    async def answer(self, request: GraphQLRequest, who: Requester) -> Executed:
        """Raises a `Sendable` where the whole HTTP request is refused."""
        ...

    async def refused(self, code: str, who: Requester | None) -> None:
        """Enters into the ledger that an HTTP request was refused with `code`."""
        ...


def endpoint(
    operations: Operations, authenticate: Callable[[Request], Awaitable[Requester]], tracer: Tracer, body_bytes: int
) -> Callable[[Request], Awaitable[Response]]:
    """The Starlette endpoint."""

    async def graphql(request: Request) -> Response:
        kind = ResponseType.LEGACY
        who: Requester | None = None
        with step(tracer, "request"):
            try:
                with step(tracer, "authenticate"):
                    who = await authenticate(request)
                kind = negotiated(request)
                asked = await read(request, body_bytes)
                executed = await operations.answer(asked, who)
            except Sendable as error:
                await operations.refused(error.code, who)
                return refusal(error, kind.value)
            except Exception as error:  # anything not foreseen is told in the answer's own media type
                note(error)
                await operations.refused(Internal.code, who)
                return refusal(Internal(), kind.value)
            with step(tracer, "respond"):
                return _response(executed, kind)

    return graphql


def _response(executed: Executed, kind: ResponseType) -> Response:
    body: dict[str, Any] = {}
    if executed.errors:
        body["errors"] = executed.errors
    if executed.executed:
        body["data"] = executed.data
    if executed.extensions:
        body["extensions"] = executed.extensions
    # application/json answers 200 to every request that could be read; the newer type tells refusals by 400.
    status = 400 if not executed.executed and kind is ResponseType.RESPONSE else 200
    return json_response(body, status, kind.value)
