"""The OAuth 2 authorization server: client credentials, revocation, introspection, on Authlib's server classes.

It is synchronous, as Authlib is, and hashes secrets: everything here runs in the thread pool.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

import msgspec
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import KeySet

from gateway.identity.clients import Secrets
from gateway.identity.keys import ALGORITHM, SigningKeys
from gateway.identity.tokens import REALM
from gateway.store.engine import Store
from gateway.store.tables import Client

TOKEN_SECONDS: Final = 300
AUTHENTICATION_METHOD: Final = "client_secret_basic"
GRANT_TYPE: Final = "client_credentials"


class Reply(NamedTuple):
    """An HTTP answer to be sent."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


class FormRequest(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A POST with its parameters in the body. Authlib deprecates `form`, and its endpoints read it all the same."""

    def __init__(self, uri: str, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        super().__init__("POST", uri, headers=headers)
        self._parameters = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> Mapping[str, str]:
        """The parameters."""
        return self._parameters


class RegisteredClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as Authlib asks about it (the methods of its `ClientMixin` that our grants reach)."""

    client_id: str
    organization: str
    purpose: str
    scopes: frozenset[str]

    def get_client_id(self) -> str:
        """The `client_id`."""
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All the client's scopes where none is asked for; None, which refuses, where one is beyond them."""
        asked = frozenset((scope or "").split()) or self.scopes
        return " ".join(sorted(asked)) if asked <= self.scopes else None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - alike at every endpoint
        """Whether the client may prove itself by `method`."""
        return method == AUTHENTICATION_METHOD

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use the grant."""
        return grant_type == GRANT_TYPE


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib carries no types
    TOKEN_ENDPOINT_AUTH_METHODS: Final = [AUTHENTICATION_METHOD]

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """As Authlib's, which writes the token to its log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]  # Authlib carries no types
    """RFC 9068 tokens; Authlib's own lifetime for this grant is ten days."""

    def __init__(self, url: str, keys: SigningKeys) -> None:
        super().__init__(issuer=url, alg=ALGORITHM, expires_generator=TOKEN_SECONDS)
        self._keys = keys

    def get_jwks(self) -> KeySet:
        return self._keys.signing

    def get_audiences(self, client: RegisteredClient, user: None, scope: str) -> str:  # noqa: ARG002 - one audience
        return str(self.issuer)

    def get_extra_claims(self, client: RegisteredClient, grant_type: str, user: None, scope: str) -> dict[str, str]:  # noqa: ARG002 - alike for every grant
        return {"organization": client.organization, "purpose": client.purpose}


class ClientServer(AuthorizationServer):  # type: ignore[misc]  # Authlib carries no types
    """Authlib's server over the store; one session a call."""

    def __init__(self, url: str, keys: SigningKeys, store: Store) -> None:
        super().__init__()
        self._store = store
        self._secrets = Secrets()
        self.register_client_auth_method(AUTHENTICATION_METHOD, self._by_secret)
        self.register_grant(_ClientCredentials)
        self.register_token_generator("default", _AccessTokens(url, keys))

    def _by_secret(self, query_client: object, request: FormRequest) -> RegisteredClient | None:  # noqa: ARG002 - Authlib's signature
        """RFC 6749 section 2.3.1. An unknown client costs as much time as a wrong secret."""
        credentials = _basic_credentials(request.headers.get("Authorization", ""))
        if credentials is None:
            return None
        client_id, secret = credentials
        with self._store.session() as session:
            client = session.get(Client, client_id)
        if not self._secrets.matches(secret, None if client is None else client.secret_hash):
            return None
        if client is None or client.disabled_at is not None:
            return None
        return RegisteredClient(
            client_id=client.client_id,
            organization=client.organization_id,
            purpose=client.purpose.value,
            scopes=frozenset(client.scopes),
        )

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
