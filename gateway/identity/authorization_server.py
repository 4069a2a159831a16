"""The OAuth 2 authorization server: who proves itself how, and what it gets, on Authlib's server classes.

It is synchronous, as Authlib is, and hashes secrets: everything here runs in the thread pool.
"""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import ClientCredentialsGrant, InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from sqlmodel import Session, col, update

from gateway.identity.access_tokens import AccessTokens
from gateway.identity.assertions import ASSERTION_TYPE, Assertion, is_proven, read_assertion
from gateway.identity.client_keys import PublicKey, read_keys
from gateway.identity.clients import Secrets, is_live, secret_id
from gateway.identity.dpop import InvalidProof, Proof
from gateway.identity.exchange import TokenExchange
from gateway.identity.keys import SigningKeys
from gateway.identity.methods import METHODS, NOTHING, SECRET, SIGNATURE
from gateway.identity.persons import AuthorizationCodeGrant, RefreshGrant
from gateway.identity.registered import RegisteredClient, registered
from gateway.identity.replay import spend
from gateway.identity.tokens import REALM, Tokens
from gateway.partnership.directory import Directory
from gateway.store.engine import Store
from gateway.store.tables import Authentication, Client, ClientSecret

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - an address
# When a client was last seen is noted no more often than this.
_NOTED_EVERY: Final = timedelta(minutes=1)


class Reply(NamedTuple):
    """An HTTP answer to be sent."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class FormRequest(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A POST with its parameters in the body. Authlib deprecates `form`, and its endpoints read it all the same.

    `published` are the keys found at the address that the client registered, where it did; `proof` the proof of a key
    that came with it (RFC 9449), where that is of use.
    """

    def __init__(
        self, uri: str, headers: Mapping[str, str], form: Mapping[str, str], assertion: Assertion | None = None
    ) -> None:
        super().__init__("POST", uri, headers=headers)
        self._parameters = form
        self.payload = BasicOAuth2Payload(form)
        self.assertion = assertion
        self.published: Sequence[PublicKey] = ()
        self.proof: Proof | None = None

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters."""
        return self._parameters


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib carries no types
    TOKEN_ENDPOINT_AUTH_METHODS: Final = METHODS

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """As Authlib's, which writes the token to its log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class ClientServer(AuthorizationServer):  # type: ignore[misc]  # Authlib carries no types
    """Authlib's server over the store; one session a call. `clock` in seconds since the epoch."""

    def __init__(
        self,
        url: str,
        keys: SigningKeys,
        store: Store,
        tokens: Tokens,
        directory: Callable[[], Directory],
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.url = url
        self.tokens = tokens
        self.directory = directory
        self.store = store
        self._clock = clock
        self._secrets = Secrets()
        self._audiences = frozenset({url, url + TOKEN_PATH})
        self.register_client_auth_method(SECRET, self._by_secret)
        self.register_client_auth_method(SIGNATURE, self._by_signature)
        self.register_grant(_ClientCredentials)
        self.register_client_auth_method(NOTHING, self._by_nothing)
        self.register_grant(TokenExchange)
        self.register_grant(AuthorizationCodeGrant)
        self.register_grant(RefreshGrant)
        self.register_token_generator("default", AccessTokens(url, keys))

    def _by_secret(self, query_client: object, request: FormRequest) -> RegisteredClient | None:  # noqa: ARG002 - Authlib's signature
        """RFC 6749 section 2.3.1. An unknown client costs as much time as a wrong secret."""
        credentials = _basic_credentials(request.headers.get("Authorization", ""))
        if credentials is None:
            return None
        client_id, secret = credentials
        with self.store.session() as session:
            client = session.get(Client, client_id)
            kept = session.get(ClientSecret, (client_id, secret_id(secret)))
        if not self._secrets.matches(secret, None if kept is None else kept.hash):
            return None
        now = datetime.now(UTC)
        if kept is None or client is None or client.disabled_at is not None or not is_live(kept, now):
            return None
        if client.last_used is None or now - client.last_used > _NOTED_EVERY:
            with self.store.transaction() as session:
                _note_use(session, client_id, now)
        return self._holding(client, request)

    def _by_signature(self, query_client: object, request: FormRequest) -> RegisteredClient | None:  # noqa: ARG002 - Authlib's signature
        """RFC 7523 section 2.2; each assertion is taken once."""
        assertion, form = request.assertion, request.form
        if assertion is None or form.get("client_id", assertion.client_id) != assertion.client_id:
            return None
        with self.store.session() as session:
            client = session.get(Client, assertion.client_id)
        if client is None or client.disabled_at is not None:
            return None
        if client.authentication is not Authentication.PRIVATE_KEY_JWT:
            return None
        keys = request.published if client.jwks is None else read_keys(client.jwks)
        now = self._clock()
        if not is_proven(assertion, keys, self._audiences, now):
            return None
        with self.store.transaction() as session:
            if not spend(session, client.client_id, assertion.claims.jti, assertion.claims.exp, now):
                return None
            _note_use(session, client.client_id, datetime.now(UTC))
        return self._holding(client, request)

    def _by_nothing(self, query_client: object, request: FormRequest) -> RegisteredClient | None:  # noqa: ARG002 - Authlib's signature
        """RFC 6749 section 3.2.1: the client only says who it is, and must be registered as one that can't prove it."""
        if "Authorization" in request.headers or "client_assertion" in request.form:
            return None
        with self.store.session() as session:
            client = session.get(Client, request.form.get("client_id", ""))
        if client is None or client.disabled_at is not None or client.authentication is not Authentication.NONE:
            return None
        return self._holding(client, request)

    def _holding(self, client: Client, request: FormRequest) -> RegisteredClient:
        """The client, with the key that the request proves; raises `OAuth2Error`.

        Only now is a proof spent: whoever is no client can't fill the store.
        """
        proof = request.proof
        if proof is None:
            if client.dpop_bound and request.uri.endswith(TOKEN_PATH):
                raise InvalidRequestError("this client's tokens are bound to a key: send a proof as DPoP (RFC 9449)")
            return registered(client, None)
        with self.store.transaction() as session:
            if not spend(session, proof.jkt, proof.jti, proof.expires, self._clock()):
                raise InvalidProof("the proof was used before: make one for each request")
        return registered(client, proof.jkt)

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        """Requests are made by the endpoints."""
        return request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Reply:
        """What the endpoints send."""
        sent = dict(headers)
        if status == 401:
            sent["WWW-Authenticate"] = f'Basic realm="{REALM}", charset="UTF-8"'
        return Reply(status, body, sent)

    def refuse(self, error: str, description: str) -> Reply:
        """An error of RFC 6749 section 5.2."""
        reply: Reply = self.handle_response(*OAuth2Error(description, error=error)())
        return reply


def asserted(form: Mapping[str, str]) -> Assertion | None:
    """The assertion of a form, unproven."""
    text = form.get("client_assertion", "")
    return read_assertion(text) if form.get("client_assertion_type") == ASSERTION_TYPE else None


def _note_use(session: Session, client_id: str, at: datetime) -> None:
    session.exec(update(Client).where(col(Client.client_id) == client_id).values(last_used=at))


def _basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Client id and secret, each form-encoded beneath (RFC 6749 section 2.3.1); None for anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return None
    client_id, colon, secret = text.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if colon else None
