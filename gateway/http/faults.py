"""The last door: what nothing else took becomes one fixed answer, and its message goes no further."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Internal
from gateway.http.responses import refusal

log = logging.getLogger("slt.http")


def note(fault: Exception) -> None:
    """Logs a fault by its code and class: its message and its stack trace may hold values."""
    log.error("%s: %s", getattr(fault, "code", Internal.code), type(fault).__name__)


class LastDoor:
    """ASGI middleware that answers `Internal` in place of any exception.

    Starlette's own handler for `Exception` raises it again after the answer, and the server then logs its message.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves; where an answer was begun already, it is left incomplete and the server ends the connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as fault:  # anything not foreseen: this is the door it must not pass
            note(fault)
            if not begun:
                await refusal(Internal())(scope, receive, send)
