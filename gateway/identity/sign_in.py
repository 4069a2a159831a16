"""Sign-in of persons by a trusted issuer: OpenID Connect, code flow with PKCE (RFC 6749, RFC 7636, RFC 9207, RFC 9700).

What a sign-in under way is bound to (state, nonce, verifier, where to go back to) is sealed into a cookie of its own,
so that nothing is written for who has not proven anything, and only the browser that began can end it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from enum import Enum
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.identity.issuers import Issuers
from gateway.identity.replay import spend
from gateway.identity.sessions import Sessions
from gateway.identity.vouched import entitled, vouched
from gateway.partnership.directory import Directory
from gateway.store.engine import Store

RETURN_PATH: Final = "/sign-in/return"
HOME: Final = "/console"
ATTEMPT_SECONDS: Final = 600
_LONGEST_BACK: Final = 1_000
_SEALED_FOR: Final = b"sign-in"
_SCOPE: Final = "openid profile email"
_NOT_KEPT: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


class Failure(Enum):
    """Why a sign-in came to nothing, as far as the person is told."""

    UNREACHABLE = "UNREACHABLE"
    NOT_BEGUN_HERE = "NOT_BEGUN_HERE"
    DECLINED = "DECLINED"
    UNPROVEN = "UNPROVEN"
    NOT_ADMITTED = "NOT_ADMITTED"


class SignInFailed(Exception):
    """A sign-in came to nothing."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class _Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in under way; `expires` in seconds since the epoch."""

    issuer: str
    state: str
    nonce: str
    verifier: str
    back: str
    expires: int


class SignIns:
    """Sign-ins at the gateway at `url`; `key` has 64 bytes. `clock` in seconds since the epoch.

    All may raise `SignInFailed`, `StoreFault`, and `StatusUnknown` where nobody's status can be told.
    """

    def __init__(
        self,
        issuers: Issuers,
        sessions: Sessions,
        store: Store,
        directory: Callable[[], Directory],
        url: str,
        key: bytes,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = issuers
        self._sessions = sessions
        self._store = store
        self._directory = directory
        self._url = url
        self._cipher = AESSIV(key)
        self._clock = clock

    async def begin(self, name: str, back: str | None) -> Response:
        """Sends the browser to the issuer `name`, which is one that persons sign in by."""
        provider = self._issuers.by_name[name]
        endpoints = await provider.endpoints()
        if endpoints is None:
            raise SignInFailed(Failure.UNREACHABLE)
        attempt = _Attempt(
            issuer=name,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            back=local(back),
            expires=int(self._clock()) + ATTEMPT_SECONDS,
        )
        asked = {
            "response_type": "code",
            "client_id": provider.settings.client_id,
            "redirect_uri": self._redirect_uri(name),
            "scope": _SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _unpadded(sha256(attempt.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(endpoints.authorization_endpoint).query else "?"
        response = RedirectResponse(endpoints.authorization_endpoint + joint + urlencode(asked), 303, _NOT_KEPT)
        sealed = _unpadded(self._cipher.encrypt(msgspec.json.encode(attempt), [_SEALED_FOR]))
        self._sessions.cookies.put(response, _cookie(attempt.state), sealed, ATTEMPT_SECONDS)
        return response

    async def complete(self, name: str, request: Request) -> Response:
        """The browser comes back from the issuer `name`: a session, and on to where the person wanted to go."""
        attempt = self._attempt(request)
        if attempt is None or attempt.issuer != name or name not in self._issuers.by_name:
            raise SignInFailed(Failure.NOT_BEGUN_HERE)
        provider = self._issuers.by_name[name]
        endpoints = await provider.endpoints()
        if endpoints is None:
            raise SignInFailed(Failure.UNREACHABLE)
        # RFC 9207 section 2.4; an issuer that names itself always has to.
        named = _one(request, "iss")
        if named != provider.settings.issuer and (named or endpoints.authorization_response_iss_parameter_supported):
            raise SignInFailed(Failure.UNPROVEN)
        code = _one(request, "code")
        if "error" in request.query_params or not code:
            raise SignInFailed(Failure.DECLINED)
        claims = await provider.redeem(code, attempt.verifier, self._redirect_uri(name), attempt.nonce)
        if claims is None:
            raise SignInFailed(Failure.UNPROVEN)
        who = vouched(provider.settings, claims)
        if who is None or entitled(provider.settings, who, self._directory()) is None:
            raise SignInFailed(Failure.NOT_ADMITTED)
        if not await asyncio.to_thread(self._spent, attempt):
            raise SignInFailed(Failure.NOT_BEGUN_HERE)
        response = RedirectResponse(attempt.back, 303, _NOT_KEPT)
        await self._sessions.begin(request, who, response)
        self._sessions.cookies.take(response, _cookie(attempt.state))
        return response

    def _attempt(self, request: Request) -> _Attempt | None:
        """The attempt of this browser that the answer's `state` is of."""
        state = _one(request, "state")
        sealed = self._sessions.cookies.read(request, _cookie(state))
        try:
            opened = self._cipher.decrypt(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), [_SEALED_FOR])
            attempt = msgspec.json.decode(opened, type=_Attempt)
        except (ValueError, InvalidTag):
            return None
        alike = secrets.compare_digest(attempt.state.encode(), state.encode())
        return attempt if alike and self._clock() < attempt.expires else None

    def _spent(self, attempt: _Attempt) -> bool:
        with self._store.transaction() as session:
            return spend(session, f"sign-in {attempt.issuer}", attempt.state, attempt.expires, self._clock())

    def _redirect_uri(self, name: str) -> str:
        """One address an issuer, so that the answer of one is not taken for another's (RFC 9700 section 4.4.2.2)."""
        return f"{self._url}{RETURN_PATH}/{name}"


def local(back: str | None) -> str:
    """Where to go after sign-in: a path of the gateway's own, `HOME` for anything that leads or may lead elsewhere."""
    if back is None or len(back) > _LONGEST_BACK or not back.isascii() or not back.isprintable():
        return HOME
    plain = back.startswith("/") and not back.startswith("//") and "\\" not in back and " " not in back
    return back if plain else HOME


def _one(request: Request, name: str) -> str:
    """The parameter; empty where it is not there exactly once."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 else ""


def _cookie(state: str) -> str:
    """One cookie an attempt: several tabs may sign in at once."""
    return f"slt-sign-in-{state[:8]}"


def _unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
