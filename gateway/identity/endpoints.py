"""Identity as the rest of the gateway has it: who sends a request, and the addresses under which tokens are had."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from authlib.common.security import is_secure_transport
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.client.addresses import Network
from gateway.errors import ConfigurationFault, StatusUnknown, StoreFault
from gateway.identity.authorization_server import (
    GRANT_TYPES,
    GRANT_TYPES_OF_PERSONS,
    TOKEN_PATH,
    ClientServer,
    FormRequest,
    Reply,
    asserted,
)
from gateway.identity.grants import Person, give_code, pushed
from gateway.identity.issued import Introspection, Revocation
from gateway.identity.keys import SigningKeys
from gateway.identity.metadata import authorization_server_metadata, protected_resource_metadata
from gateway.identity.persons import AUTHORIZE_PATH, PUSH_PATH, REQUEST_URI, PushedRequests
from gateway.identity.remote_keys import RemoteKeys
from gateway.identity.tokens import METADATA_PATH, Tokens
from gateway.partnership.watch import Watched
from gateway.store.engine import Store
from gateway.store.tables import PushedRequest
from policies.requester import Requester

log = logging.getLogger("slt.identity")

# Which person is at the browser; or what to answer it with, as the way to where persons sign in.
SignIn = Callable[[Request], Awaitable[Person | Response]]

_NOT_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FORM_BYTES: Final = 16_384
_FORM_FIELDS: Final = 20
# Hashing a secret takes 19 MiB and a core: this many at a time.
_HASHES_AT_ONCE: Final = 4


class _Malformed(Exception):
    """A form that RFC 6749 section 3.2 does not allow; the message is sent."""


class Identity:
    """The authorization server at `url` (the gateway's own public URL, without a path) and the tokens it issues.

    `clock` gives seconds since the epoch; `networks` are those where clients may publish keys though not public.
    `sign_in` tells which person is at the browser, or answers it; without it there are no tokens for persons.
    Raises `ConfigurationFault` for an URL that can't be an issuer.
    """

    def __init__(
        self,
        url: str,
        keys: SigningKeys,
        store: Store,
        watched: Watched,
        clock: Callable[[], float] = time.time,
        networks: Sequence[Network] = (),
        sign_in: SignIn | None = None,
    ) -> None:
        self.url = _issuer(url)
        self._keys = keys
        self._watched = watched
        self._clock = clock
        self._tokens = Tokens(self.url, keys)
        self._server = ClientServer(self.url, keys, store, self._tokens, watched.current, clock)
        self._remote_keys = RemoteKeys(networks)
        self._server.register_endpoint(Revocation(self._tokens, store))
        self._server.register_endpoint(Introspection(self._tokens, watched.current))
        self._server.register_endpoint(PushedRequests(store))
        self._store = store
        self.sign_in = sign_in
        self._served_grants = GRANT_TYPES if sign_in is None else GRANT_TYPES + GRANT_TYPES_OF_PERSONS
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    def authenticate(self, request: Request) -> Requester:
        """Who sends `request`; raises `Unauthenticated`, or `StatusUnknown` where nobody's status can be told."""
        return self._tokens.authenticate(request.headers.get("Authorization"), self._watched.current(), self._clock())

    async def token(self, request: Request) -> JSONResponse:
        """POST /oauth/token: an access token for a client that proves itself (RFC 6749 section 4.4, RFC 8693)."""
        return await self._served(request, self._token_reply)

    async def revoke(self, request: Request) -> JSONResponse:
        """POST /oauth/revoke (RFC 7009)."""
        return await self._served(request, lambda form: self._endpoint_reply(Revocation.ENDPOINT_NAME, form))

    async def introspect(self, request: Request) -> JSONResponse:
        """POST /oauth/introspect (RFC 7662)."""
        return await self._served(request, lambda form: self._endpoint_reply(Introspection.ENDPOINT_NAME, form))

    async def push(self, request: Request) -> JSONResponse:
        """POST /oauth/par: an authorization request, left with us (RFC 9126)."""
        return await self._served(request, lambda form: self._endpoint_reply(PushedRequests.ENDPOINT_NAME, form))

    async def authorize(self, request: Request) -> Response:
        """GET /oauth/authorize: the browser comes with a pushed request, and goes back with a code (RFC 6749 4.1.2).

        Nobody is sent anywhere unless the request is one that was pushed.
        """
        assert self.sign_in is not None
        client_id = request.query_params.get("client_id", "")
        name = request.query_params.get("request_uri", "").removeprefix(REQUEST_URI)
        try:
            asked = await asyncio.to_thread(self._pushed, name, client_id)
            if asked is None:
                return _refused_page("the request is unknown, used or expired: start again where you came from")
            person = await self.sign_in(request)
            if isinstance(person, Response):
                return person
            client = self._watched.current().clients.get(client_id)
            if client is None or client.disabled or client.organization != person.organization:
                return _sent_back(asked, error="access_denied", iss=self.url)
            code = await asyncio.to_thread(self._code, name, person)
        except (StoreFault, StatusUnknown) as fault:
            log.error("%s: %s", fault.code, fault)
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "1", **_NOT_KEPT})
        if code is None:
            return _refused_page("the request was used already: start again where you came from")
        return _sent_back(asked, code=code, iss=self.url)

    def _pushed(self, name: str, client_id: str) -> PushedRequest | None:
        with self._store.session() as session:
            return pushed(session, name, client_id, int(time.time()))

    def _code(self, name: str, person: Person) -> str | None:
        with self._store.transaction() as session:
            return give_code(session, name, person, int(time.time()))

    async def authorization_server(self, _request: Request) -> JSONResponse:
        """GET /.well-known/oauth-authorization-server (RFC 8414)."""
        return _published(authorization_server_metadata(self.url, persons=self.sign_in is not None))

    async def protected_resource(self, _request: Request) -> JSONResponse:
        """GET /.well-known/oauth-protected-resource (RFC 9728)."""
        return _published(protected_resource_metadata(self.url))

    async def jwks(self, _request: Request) -> JSONResponse:
        """GET /.well-known/jwks.json: the public keys (RFC 7517)."""
        return _published(self._keys.public(self._clock()))

    async def _served(self, request: Request, reply_to: Callable[[FormRequest], Reply]) -> JSONResponse:
        try:
            form = await self._read(request)
            async with self._hashing:
                reply = await asyncio.to_thread(reply_to, form)
            # So that this process knows at once what it has just been told: a new client, a revoked token.
            await self._watched.refresh()
        except _Malformed as error:
            reply = self._server.refuse("invalid_request", str(error))
        except (StoreFault, StatusUnknown) as fault:
            log.error("%s: %s", fault.code, fault)
            reply = Reply(503, {"error": "temporarily_unavailable"}, {"Retry-After": "1"})
        headers = {**reply.headers, **_NOT_KEPT}
        return JSONResponse(reply.body, reply.status, headers)

    async def _read(self, request: Request) -> FormRequest:
        """The form, with the keys that the client publishes: fetched here, where nobody else waits for them."""
        form = await _form(request)
        assertion = asserted(form)
        if "client_assertion" in form and "Authorization" in request.headers:
            raise _Malformed("credentials stand in two places: send the assertion alone")
        read = FormRequest(str(self.url) + request.url.path, request.headers, form, assertion)
        if assertion is not None:
            client = self._watched.current().clients.get(assertion.client_id)
            if client is not None and client.jwks_uri is not None and not client.disabled:
                read.published = await self._remote_keys.keys(client.jwks_uri, assertion.kid)
        return read

    def _token_reply(self, form: FormRequest) -> Reply:
        asked = form.form.get("grant_type")
        served = " or ".join(self._served_grants)
        if not asked:
            return self._server.refuse("invalid_request", f"grant_type is missing: send {served}")
        if asked not in self._served_grants:
            return self._server.refuse("unsupported_grant_type", f"this grant_type is not served: send {served}")
        reply: Reply = self._server.create_token_response(form)
        return reply

    def _endpoint_reply(self, name: str, form: FormRequest) -> Reply:
        reply: Reply = self._server.create_endpoint_response(name, form)
        return reply


def routes(identity: Identity) -> list[Route]:
    """The addresses of `docs/http.md` that belong to identity."""
    posts: dict[str, Callable[[Request], Awaitable[JSONResponse]]] = {
        TOKEN_PATH: identity.token,
        "/oauth/revoke": identity.revoke,
        "/oauth/introspect": identity.introspect,
    }
    gets: dict[str, Callable[[Request], Awaitable[JSONResponse]]] = {
        "/.well-known/oauth-authorization-server": identity.authorization_server,
        METADATA_PATH: identity.protected_resource,
        "/.well-known/jwks.json": identity.jwks,
    }
    persons: list[Route] = []
    if identity.sign_in is not None:
        persons = [
            Route(PUSH_PATH, identity.push, methods=["POST"]),
            Route(AUTHORIZE_PATH, identity.authorize, methods=["GET"]),
        ]
    return [
        *persons,
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()),
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in gets.items()),
    ]


def _refused_page(why: str) -> Response:
    return PlainTextResponse(f"This sign-in can't go on: {why}.", 400, _NOT_KEPT)


def _sent_back(asked: PushedRequest, **answer: str) -> Response:
    """To the client's own address, with `state` and `iss` (RFC 9207); 303, so that no form is posted on (RFC 9700)."""
    url = urlsplit(asked.redirect_uri)
    state = {} if asked.state is None else {"state": asked.state}
    query = [*parse_qsl(url.query, keep_blank_values=True), *answer.items(), *state.items()]
    headers = {**_NOT_KEPT, "Referrer-Policy": "no-referrer"}
    return RedirectResponse(urlunsplit(url._replace(query=urlencode(query))), 303, headers)


def _published(document: dict[str, Any]) -> JSONResponse:
    return JSONResponse(document, headers={"Cache-Control": "max-age=300"})


def _issuer(url: str) -> str:
    """The URL as an issuer (RFC 8414 section 2: https, here also http on loopback; no query, no fragment)."""
    issuer = url.rstrip("/")
    parts = urlsplit(issuer)
    if parts.path or parts.query or parts.fragment or parts.username or not is_secure_transport(issuer):
        raise ConfigurationFault(
            f"`gateway.url` {url} can't be an issuer: give https://HOST[:PORT] without a path (http on loopback only)"
        )
    return issuer


async def _form(request: Request) -> dict[str, str]:
    """The parameters of the body; raises `_Malformed`."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM_TYPE:
        raise _Malformed(f"the body is of another type: send {_FORM_TYPE}")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM_BYTES:
                raise _Malformed(f"the body is larger than {_FORM_BYTES} bytes: send the parameters only")
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FORM_FIELDS)
    except (ValueError, ClientDisconnect) as error:
        raise _Malformed("the body is no form in UTF-8: encode the parameters") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _Malformed("a parameter is sent more than once: send each once")
    if "client_secret" in form:
        raise _Malformed("the secret stands in the body: send it in the Authorization header as Basic")
    return form
