"""The Starlette application: which address is served by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.errors import Sendable, Unavailable
from gateway.http.faults import LastDoor
from gateway.http.responses import json_response, on_method, on_not_found, on_sendable, refusal
from gateway.http.standing import Standing

# The endpoint itself refuses what it does not take, in its own form.
EVERY_METHOD: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def build_app(
    *,
    graphql: Callable[[Request], Awaitable[Response]],
    ready: Callable[[], None],
    status: Callable[[], object],
    renew: Callable[[], Awaitable[None]],
    more: Sequence[BaseRoute],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]],
) -> Starlette:
    """The application. `ready` raises a `Sendable` while requests can't be answered; `status` names no partner;
    `renew` sees to it that partners' standing is of now.
    """

    async def healthz(_request: Request) -> Response:
        return json_response({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        try:
            ready()
        except Sendable as error:
            return refusal(error if error.status == 503 else Unavailable("the gateway is not ready: try again shortly"))
        return json_response({"status": "ready"})

    async def public_status(_request: Request) -> Response:
        return json_response(status())

    app = Starlette(
        routes=[
            Route("/graphql", graphql, methods=EVERY_METHOD),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
            Route("/status", public_status, methods=["GET"]),
            *more,
        ],
        middleware=[Middleware(LastDoor), Middleware(Standing, renew=renew)],
        exception_handlers={404: on_not_found, 405: on_method, Sendable: on_sendable},
        lifespan=lifespan,
    )
    # Or `/graphql/` would be sent on, token and all, to wherever the `Host` field says.
    app.router.redirect_slashes = False
    return app
