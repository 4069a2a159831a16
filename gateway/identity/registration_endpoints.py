"""The addresses at which clients register (RFC 7591) and change (RFC 7592): who may, and JSON in and out."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.errors import StatusUnknown, StoreFault, Unauthenticated, Unavailable
from gateway.identity.invitations import invitation
from gateway.identity.registration import REGISTRATION_PATH, InvalidTokenError, Registrations, Terms
from gateway.identity.scopes import Scope
from gateway.identity.self_management import SelfManagement
from gateway.identity.tokens import REALM
from gateway.partnership.watch import Watched
from gateway.store.engine import Store
from policies.requester import Requester
from policies.vocabulary import Capacity

log = logging.getLogger("slt.identity")

_NOT_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_JSON: Final = "application/json"
_BODY_BYTES: Final = 65_536
_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{1,4096}=*) *", re.IGNORECASE)
# An access token is a JWT; no other token here has two dots.
_DOTS_OF_A_JWT: Final = 2


class InsufficientScope(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 6750 section 3.1."""

    error = "insufficient_scope"
    status_code = 403


class RegistrationEndpoints:
    """`authenticate` tells who sends an access token; `hashing` bounds how many secrets are hashed at once."""

    def __init__(
        self,
        registrations: Registrations,
        store: Store,
        watched: Watched,
        authenticate: Callable[[Request], Awaitable[Requester]],
        hashing: asyncio.Semaphore,
    ) -> None:
        self._registrations = registrations
        self._management = SelfManagement(registrations, store)
        self._store = store
        self._watched = watched
        self._authenticate = authenticate
        self._hashing = hashing

    def routes(self) -> list[Route]:
        """POST at one address; GET, PUT and DELETE at that of a client."""
        return [
            Route(REGISTRATION_PATH, self.register, methods=["POST"]),
            Route(REGISTRATION_PATH + "/{client_id}", self.manage, methods=["GET", "PUT", "DELETE"]),
        ]

    async def register(self, request: Request) -> Response:
        """POST /oauth/register."""

        async def answer() -> Response:
            # As things stand now: an organization that was just added, or just suspended.
            await self._watched.refresh()
            terms = await self._terms(request)
            document = await _document(request)
            told = await self._blocking(lambda: self._registrations.register(terms, document))
            return JSONResponse(told, 201, _NOT_KEPT)

        return await _answered(answer)

    async def manage(self, request: Request) -> Response:
        """GET, PUT and DELETE /oauth/register/{client_id}."""
        client_id = request.path_params["client_id"]

        async def answer() -> Response:
            token = _bearer(request)
            if request.method == "DELETE":
                await self._blocking(lambda: self._management.delete(client_id, token))
                return Response(status_code=204, headers=_NOT_KEPT)
            if request.method == "PUT":
                await self._watched.refresh()
                document = await _document(request)
                told = await self._blocking(lambda: self._management.update(client_id, token, document))
            else:
                told = await asyncio.to_thread(self._management.read, client_id, token)
            return JSONResponse(told, headers=_NOT_KEPT)

        return await _answered(answer)

    async def _terms(self, request: Request) -> Terms:
        """Who registers: an organization that was invited, or one of its own clients or persons that may."""
        presented = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if presented is not None and presented[1].count(".") != _DOTS_OF_A_JWT:
            return await asyncio.to_thread(self._invited, presented[1])
        who = await self._authenticate(request)
        if Scope.CLIENTS_MANAGE not in who.profile.scopes or who.on_behalf_of is not None or who.profile.test:
            raise InsufficientScope("the token is not one that registers clients: it needs the scope clients:manage")
        return Terms(
            organization=who.profile.organization,
            scopes=frozenset(scope.value for scope in Scope),
            purpose=who.profile.purpose,
            by=who.person or who.client,
        )

    def _invited(self, token: str) -> Terms:
        with self._store.session() as session:
            found = invitation(session, token)
        if found is None:
            raise InvalidTokenError("the initial access token is unknown, used or over: ask for another")
        return Terms(
            organization=found.organization_id,
            scopes=frozenset(found.scopes),
            purpose=found.purpose,
            by=f"invitation {found.id} of {found.made_by}",
            capacities=frozenset(map(Capacity, found.capacities)),
            country=found.country,
            invitation=found.id,
        )

    async def _blocking(self, change: Callable[[], Any]) -> Any:
        async with self._hashing:
            done = await asyncio.to_thread(change)
        # So that this process knows at once what it has just been told.
        await self._watched.refresh()
        return done


async def _answered(answer: Callable[[], Awaitable[Response]]) -> Response:
    """The answer, or why there is none, in OAuth's own form."""
    try:
        return await answer()
    except Unauthenticated as refused:
        return _refused(InvalidTokenError("the token is missing, over or not valid here"), refused.challenge)
    except OAuth2Error as error:
        return _refused(error, f'Bearer realm="{REALM}", error="{error.error}"')
    except (StoreFault, StatusUnknown, Unavailable) as fault:
        log.error("%s: %s", fault.code, fault)
        return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "1", **_NOT_KEPT})


def _refused(error: OAuth2Error, challenge: str) -> Response:
    status, body, _ = error()
    asking = {"WWW-Authenticate": challenge} if status in (401, 403) else {}
    return JSONResponse(body, status, {**asking, **_NOT_KEPT})


def _bearer(request: Request) -> str:
    presented = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if presented is None:
        raise InvalidTokenError("the registration access token is missing: send it as Bearer")
    return presented[1]


async def _document(request: Request) -> dict[str, Any]:
    """The JSON object of the body; raises `InvalidRequestError`."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _JSON:
        raise InvalidRequestError(f"the body is of another type: send {_JSON}")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_BYTES:
                raise InvalidRequestError(f"the body is larger than {_BODY_BYTES} bytes")
        return msgspec.json.decode(bytes(body), type=dict[str, Any])
    except (ValueError, RecursionError, ClientDisconnect) as error:
        raise InvalidRequestError("the body is no JSON object in UTF-8") from error
