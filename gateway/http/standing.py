"""Before a request is served: what is known of partners is looked at, where following it has fallen behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

# What tells how the process is doing waits for nothing.
UNDELAYED: Final = frozenset({"/healthz", "/readyz", "/status"})


class Standing:
    """ASGI middleware. `renew` returns at once where nothing has to be looked at, and never raises."""

    def __init__(self, app: ASGIApp, renew: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._renew = renew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves."""
        if scope["type"] == "http" and scope["path"] not in UNDELAYED:
            await self._renew()
        await self._app(scope, receive, send)
