"""Tokens for persons: authorization code with PKCE, and refresh (RFC 6749, RFC 7636, RFC 9126, RFC 9700).

Every request is pushed first, so that no parameter comes by way of the browser, where it could be changed.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from time import time
from typing import Any, Final

import msgspec
from authlib.oauth2.rfc6749 import BaseGrant, InvalidGrantError, InvalidRequestError, TokenEndpointMixin
from authlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError, UnsupportedResponseTypeError
from authlib.oauth2.rfc6749.token_endpoint import TokenEndpoint
from sqlmodel import Session

from gateway.identity.dpop import InvalidProof
from gateway.identity.grants import (
    REQUEST_SECONDS,
    Misused,
    Redeemed,
    end_grant,
    push,
    redeem_code,
    redeem_refresh_token,
)
from gateway.identity.methods import METHODS_OF_PERSONS
from gateway.identity.registered import RegisteredClient
from gateway.store.engine import Store
from gateway.store.tables import PersonGrant, PushedRequest

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
PUSH_PATH: Final = "/oauth/par"
AUTHORIZE_PATH: Final = "/oauth/authorize"

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_THUMBPRINT: Final = _CHALLENGE
_LONGEST_STATE: Final = 500
_NOT_GOOD: Final = "the grant is spent, expired, or not for this client: let the person sign in again"


class SignedIn(msgspec.Struct, frozen=True):
    """The person a token is for, as Authlib asks about a user."""

    grant: PersonGrant

    def get_user_id(self) -> str:
        """The token's subject."""
        return self.grant.person


class PushedRequests(TokenEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """RFC 9126 section 2: a client leaves its request and gets the name to send the browser with."""

    ENDPOINT_NAME = "pushed_authorization_request"
    CLIENT_AUTH_METHODS: Final = METHODS_OF_PERSONS

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def create_endpoint_response(self, request: Any) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Raises `OAuth2Error`: nothing is ever told to a redirect URI here."""
        client = self.authenticate_endpoint_client(request)
        form = request.form
        if "request_uri" in form or "request" in form:
            raise InvalidRequestError("request and request_uri are not taken here: send the parameters themselves")
        if form.get("client_id", client.client_id) != client.client_id:
            raise InvalidRequestError("client_id is another client: send your own")
        if form.get("response_type") != "code":
            raise UnsupportedResponseTypeError("response_type: send code")
        # Compared as text (RFC 9700 section 4.1.3): nothing that merely looks alike.
        if form.get("redirect_uri") not in client.redirect_uris:
            raise InvalidRequestError("redirect_uri is none that was registered: send one of those, to the letter")
        if form.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(form.get("code_challenge", "")):
            raise InvalidRequestError("code_challenge is missing or not S256: send both (RFC 7636)")
        if len(form.get("state", "")) > _LONGEST_STATE:
            raise InvalidRequestError(f"state is longer than {_LONGEST_STATE} characters: shorten it")
        scope = client.get_allowed_scope(form.get("scope"))
        if scope is None:
            raise InvalidScopeError
        asked = PushedRequest(
            hash="",
            client_id=client.client_id,
            redirect_uri=form["redirect_uri"],
            challenge=form["code_challenge"],
            scope=scope,
            state=form.get("state"),
            jkt=_bound_to(form.get("dpop_jkt"), client.jkt),
            expires=0,
        )
        with self._store.transaction() as session:
            name = push(session, asked, int(time()))
        return 201, {"request_uri": REQUEST_URI + name, "expires_in": REQUEST_SECONDS}, []


def _bound_to(named: str | None, proven: str | None) -> str | None:
    """The key that the code is bound to: named in `dpop_jkt`, proven by the request itself (RFC 9449 section 10)."""
    if named is not None and not _THUMBPRINT.fullmatch(named):
        raise InvalidRequestError("dpop_jkt is no thumbprint: send that of a key, with SHA-256 (RFC 7638)")
    if named is not None and proven not in (None, named):
        raise InvalidProof("dpop_jkt is another key than that of the proof: name the one that you hold")
    return named or proven


class _ForPersons(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib carries no types
    TOKEN_ENDPOINT_AUTH_METHODS: Final = METHODS_OF_PERSONS

    def validate_token_request(self) -> None:
        """Raises `OAuth2Error`. What comes of a misuse stays, though the request fails."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("this client has no redirect_uri: register one that persons use")
        self.request.client = client
        now = int(time())
        with self.server.store.transaction() as session:
            redeemed = self._redeem(session, client, now)
            if isinstance(redeemed, Redeemed):
                self._scope = self._narrowed(redeemed.grant.scope)
        if isinstance(redeemed, Misused):
            end_grant(self.server.store, redeemed.grant_id, now)
        if not isinstance(redeemed, Redeemed):
            raise InvalidGrantError(_NOT_GOOD)
        self._redeemed = redeemed

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """RFC 6749 section 5.1."""
        user = SignedIn(self._redeemed.grant)
        token = self.generate_token(user=user, scope=self._scope, include_refresh_token=False)
        refresh = self._redeemed.refresh_token
        renewing = {} if refresh is None else {"refresh_token": refresh}
        return 200, {**token, **renewing}, self.TOKEN_RESPONSE_HEADER

    def _narrowed(self, granted: str) -> str:
        return granted

    def _redeem(self, session: Session, client: RegisteredClient, now: int) -> Redeemed | Misused | None:
        raise NotImplementedError


class AuthorizationCodeGrant(_ForPersons):
    """RFC 6749 section 4.1.3; S256 is the only method there is, so none is read from the request."""

    GRANT_TYPE: Final = "authorization_code"

    def _redeem(self, session: Session, client: RegisteredClient, now: int) -> Redeemed | Misused | None:
        form = self.request.form
        verifier = form.get("code_verifier", "")
        if not _VERIFIER.fullmatch(verifier):
            raise InvalidRequestError("code_verifier is missing or malformed: send 43 to 128 unreserved characters")
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        redirect_uri = form.get("redirect_uri", "")
        return redeem_code(session, form.get("code", ""), client, redirect_uri, challenge, now)


class RefreshGrant(_ForPersons):
    """RFC 6749 section 6; the answer has the next refresh token, unless the client keeps the one it has."""

    GRANT_TYPE: Final = "refresh_token"

    def _redeem(self, session: Session, client: RegisteredClient, now: int) -> Redeemed | Misused | None:
        return redeem_refresh_token(session, self.request.form.get("refresh_token", ""), client, now)

    def _narrowed(self, granted: str) -> str:
        """What was asked for; raises `InvalidScopeError`, and the token is not spent then."""
        asked = frozenset((self.request.payload.scope or granted).split())
        if not asked <= frozenset(granted.split()):
            raise InvalidScopeError
        return " ".join(sorted(asked))
