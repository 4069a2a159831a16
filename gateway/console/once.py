"""What a page tells once: that something was done, and a new secret. It crosses the redirect after a form in a cookie.

The cookie is sealed (AES-256-SIV, RFC 5297) to the session and the page, lives a minute, and is taken back by the page
that shows it: so a secret stands in no address, no log and no store, and a page called again does not have it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "slt-console-once"
SECONDS: Final = 60


class Step(msgspec.Struct, frozen=True):
    """A step of a test: `state` is passed, failed or noted; `key` one of the texts' section `trial`."""

    state: str
    key: str
    parameters: dict[str, str] = msgspec.field(default_factory=dict)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`done` is a key of the texts' section `done`, with its parameters; `secret` is shown in full."""

    done: str | None = None
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    secret: str | None = None
    steps: list[Step] = msgspec.field(default_factory=list)
    until: float = 0.0


class Once:
    """Seals with `key` (64 bytes). `secure`: whether the gateway is reached over https."""

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._cipher = AESSIV(key)
        self._secure = secure

    def put(self, response: Response, session: str, path: str, told: Told, now: float) -> None:
        """Sends `told` along to the page at `path`; `now` in seconds since the epoch."""
        plain = msgspec.msgpack.encode(msgspec.structs.replace(told, until=now + SECONDS))
        sealed = self._cipher.encrypt(plain, [session.encode(), path.encode()])
        self._set(response, urlsafe_b64encode(sealed).decode(), SECONDS)

    def take(self, request: Request, session: str, now: float) -> Told | None:
        """What was put for this page and session; None for anything else."""
        sealed = request.cookies.get(COOKIE)
        if sealed is None:
            return None
        try:
            parts = [session.encode(), request.url.path.encode()]
            told = msgspec.msgpack.decode(self._cipher.decrypt(urlsafe_b64decode(sealed), parts), type=Told)
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            return None
        return told if now < told.until else None

    def forget(self, response: Response) -> None:
        """Takes it from the browser."""
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            COOKIE,
            value,
            max_age=seconds,
            path="/console",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
