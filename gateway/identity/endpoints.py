"""Identity as the rest of the gateway has it: who sends a request, and the addresses under which tokens are had."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from authlib.common.security import is_secure_transport
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.client.addresses import Network
from gateway.errors import ConfigurationFault, StatusUnknown, StoreFault
from gateway.identity.authorization_server import TOKEN_PATH, ClientServer, FormRequest, Reply, asserted
from gateway.identity.client_keys import PublicKey
from gateway.identity.client_metadata import Served
from gateway.identity.consent import Asked, SignIn
from gateway.identity.dpop import PROOF_HEADER, InvalidProof, read_proof
from gateway.identity.forms import Malformed, read_form
from gateway.identity.grants import Person, give_code, pushed
from gateway.identity.issued import Introspection, Revocation
from gateway.identity.issuers import Issuers
from gateway.identity.keys import SigningKeys
from gateway.identity.metadata import authorization_server_metadata, protected_resource_metadata
from gateway.identity.persons import AUTHORIZE_PATH, PUSH_PATH, REQUEST_URI, PushedRequests
from gateway.identity.presented import Door
from gateway.identity.registered import GRANT_TYPES, GRANT_TYPES_OF_PERSONS
from gateway.identity.registration import REGISTRATION_PATH, Registrations
from gateway.identity.registration_endpoints import RegistrationEndpoints
from gateway.identity.remote_keys import RemoteKeys
from gateway.identity.software_statements import SoftwareStatements
from gateway.identity.tokens import METADATA_PATH, Tokens
from gateway.partnership.watch import Watched
from gateway.store.engine import Store
from gateway.store.tables import PushedRequest
from policies.requester import Requester

log = logging.getLogger("slt.identity")

_NOT_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Hashing a secret takes 19 MiB and a core: this many at a time.
_HASHES_AT_ONCE: Final = 4


class Identity:
    """The authorization server at `url` (the gateway's own public URL, without a path) and the tokens it issues.

    `clock` gives seconds since the epoch; `networks` are those where clients may publish keys though not public.
    `sign_in` are the pages for persons; without them there are no tokens for persons. `issuers`: whose access tokens
    are taken beside the gateway's own; `statement_keys`: with which keys issuers sign software statements.
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
        issuers: Issuers | None = None,
        statement_keys: Mapping[str, Sequence[PublicKey]] | None = None,
    ) -> None:
        self.url = _issuer(url)
        self._keys = keys
        self._watched = watched
        self._clock = clock
        self._tokens = Tokens(self.url, keys)
        self._door = Door(self.url, self._tokens, store, watched.current, issuers or Issuers())
        self._server = ClientServer(self.url, keys, store, self._tokens, watched.current, clock)
        self._remote_keys = RemoteKeys(networks)
        self._server.register_endpoint(Revocation(self._tokens, store))
        self._server.register_endpoint(Introspection(self._tokens, watched.current))
        self._server.register_endpoint(PushedRequests(store))
        self._store = store
        self.sign_in = sign_in
        self._served_grants = GRANT_TYPES if sign_in is None else GRANT_TYPES + GRANT_TYPES_OF_PERSONS
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        registrations = Registrations(
            self.url,
            store,
            watched.current,
            clock,
            Served(self._served_grants, sign_in is not None),
            SoftwareStatements(statement_keys or {}, (self.url, self.url + REGISTRATION_PATH)),
            networks,
        )
        self.registration = RegistrationEndpoints(registrations, store, watched, self.authenticate, self._hashing)

    async def authenticate(self, request: Request) -> Requester:
        """Who sends `request`; raises `Unauthenticated`, or `Unavailable` where nobody's status can be told."""
        return await self._door.authenticate(request, self._clock())

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
        """GET /oauth/authorize: the browser comes with a pushed request; POST: with the person's word on it.

        It goes back with a code or `access_denied` (RFC 6749 section 4.1.2); nowhere for a request that was not pushed.
        """
        assert self.sign_in is not None
        try:
            form = await read_form(request) if request.method == "POST" else None
            parameters = request.query_params if form is None else form
            client_id, request_uri = parameters.get("client_id", ""), parameters.get("request_uri", "")
            name = request_uri.removeprefix(REQUEST_URI)
            left = await asyncio.to_thread(self._pushed, name, client_id)
            if left is None:
                return self.sign_in.refused(request)
            back = f"{AUTHORIZE_PATH}?{urlencode({'client_id': client_id, 'request_uri': request_uri})}"
            person = await self.sign_in.person(request, back)
            if isinstance(person, Response):
                return person
            asked = self._asked(left, person, request_uri)
            allowed = asked is not None and await self.sign_in.decision(request, form, asked)
            if isinstance(allowed, Response):
                return allowed
            if not allowed:
                return _sent_back(left, error="access_denied", iss=self.url)
            code = await asyncio.to_thread(self._code, name, person)
        except Malformed:
            return self.sign_in.refused(request)
        except (StoreFault, StatusUnknown) as fault:
            log.error("%s: %s", fault.code, fault)
            return JSONResponse({"error": "temporarily_unavailable"}, 503, {"Retry-After": "1", **_NOT_KEPT})
        if code is None:
            return self.sign_in.refused(request)
        return _sent_back(left, code=code, iss=self.url)

    def _asked(self, left: PushedRequest, person: Person, request_uri: str) -> Asked | None:
        """What there is to decide; None where the client is not for this person, or can be given nothing."""
        client = self._watched.current().clients.get(left.client_id)
        if client is None or client.disabled or client.organization != person.organization:
            return None
        scopes = person.narrowed(left.scope).split()
        if not scopes:
            return None
        return Asked(
            client_id=client.client_id,
            client=client.label,
            organization=self._watched.current().members[client.organization].name,
            scopes=tuple(scopes),
            redirect_uri=left.redirect_uri,
            request_uri=request_uri,
        )

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
        except Malformed as error:
            reply = self._server.refuse("invalid_request", str(error))
        except InvalidProof as error:
            reply = self._server.refuse(error.error, error.description)
        except (StoreFault, StatusUnknown) as fault:
            log.error("%s: %s", fault.code, fault)
            reply = Reply(503, {"error": "temporarily_unavailable"}, {"Retry-After": "1"})
        headers = {**reply.headers, **_NOT_KEPT}
        return JSONResponse(reply.body, reply.status, headers)

    async def _read(self, request: Request) -> FormRequest:
        """The form, with the keys that the client publishes: fetched here, where nobody else waits for them."""
        form = await read_form(request)
        assertion = asserted(form)
        if "client_assertion" in form and "Authorization" in request.headers:
            raise Malformed("credentials stand in two places: send the assertion alone")
        read = FormRequest(str(self.url) + request.url.path, request.headers, form, assertion)
        if assertion is not None:
            client = self._watched.current().clients.get(assertion.client_id)
            if client is not None and client.jwks_uri is not None and not client.disabled:
                read.published = await self._remote_keys.keys(client.jwks_uri, assertion.kid)
        if PROOF_HEADER in request.headers and request.url.path in (TOKEN_PATH, PUSH_PATH):
            read.proof = read_proof(request.headers.getlist(PROOF_HEADER), request.method, read.uri, self._clock())
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
            Route(AUTHORIZE_PATH, identity.authorize, methods=["GET", "POST"]),
        ]
    return [
        *persons,
        *identity.registration.routes(),
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()),
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in gets.items()),
    ]


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
