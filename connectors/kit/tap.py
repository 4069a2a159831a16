"""A tap between a simulator and its socket: it counts what goes through and spoils it on demand.

It stands inside the simulator's server rather than before it, so that links the platform writes lead through it too.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, MutableMapping
from enum import Enum
from typing import Any, Final

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PIECE: Final = b" " * 65_536
FLOOD_BYTES: Final = 256 * 1024 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One request's target and its answer. `media_type` without parameters."""

    method: str
    path: str
    status: int
    media_type: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Hold(Enum):
    """What may happen to an answer beside being altered."""

    SILENCE = "silence"  # nothing is sent until the client goes
    HALF = "half"  # the head and half of the body are sent, then nothing until the client goes
    FLOOD = "flood"  # the body never seems to end


Spoil = Callable[[Answer], "Answer | Hold"]


class Tap:
    """What is seen and spoiled. `spoil` may be set and unset at any time; `answers`: as the platform itself gave them.

    `held` and `released` tell that an answer is held back, and that the client went away from it.
    """

    def __init__(self) -> None:
        self.spoil: Spoil | None = None
        self.answers: list[Answer] = []
        self.sent_bytes = 0
        self.held = threading.Event()
        self.released = threading.Event()

    def reset(self) -> None:
        """Forgets what was spoiled and counted."""
        self.spoil = None
        self.answers = []
        self.sent_bytes = 0
        self.held.clear()
        self.released.clear()


class ServedTap(Tap):
    """The tap around a simulator, itself an ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = await self._answer(scope, receive)
        self.answers.append(answer)
        spoiled = answer if self.spoil is None else self.spoil(answer)
        if isinstance(spoiled, Answer):
            await self._send(send, spoiled)
        elif spoiled is Hold.FLOOD:
            await self._flood(send, receive, answer)
        else:
            if spoiled is Hold.HALF:
                await send(_head(answer))
                await self._body(send, answer.body[: len(answer.body) // 2], more=True)
            await self._hold(receive)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        head: MutableMapping[str, Any] = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._app(scope, receive, keep)
        headers = tuple(head.get("headers", ()))
        media_type = dict(headers).get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
        return Answer(
            method=scope["method"],
            path=scope["path"],
            status=head["status"],
            media_type=media_type,
            headers=tuple((name, value) for name, value in headers if name != b"content-length"),
            body=bytes(body),
        )

    async def _hold(self, receive: Receive) -> None:
        self.held.set()
        await _until_gone(receive)
        self.released.set()

    async def _flood(self, send: Send, receive: Receive, answer: Answer) -> None:
        gone = asyncio.ensure_future(_until_gone(receive))
        await send(_head(answer))
        while self.sent_bytes < FLOOD_BYTES and not gone.done():
            await self._body(send, _PIECE, more=True)
            await asyncio.sleep(0)  # lets the connection tell that the client went
        gone.cancel()
        await self._body(send, b"", more=False)

    async def _send(self, send: Send, answer: Answer) -> None:
        await send(_head(answer))
        await self._body(send, answer.body, more=False)

    async def _body(self, send: Send, piece: bytes, *, more: bool) -> None:
        await send({"type": "http.response.body", "body": piece, "more_body": more})
        self.sent_bytes += len(piece)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _head(answer: Answer) -> Message:
    return {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
