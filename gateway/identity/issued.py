"""What a client may do with its own tokens: revoke them (RFC 7009) and ask about them (RFC 7662)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from sqlmodel import Session, col, delete

from gateway.identity.authorization_server import FormRequest
from gateway.identity.dpop import TOKEN_TYPE
from gateway.identity.grants import end_grant, grant_of_refresh_token
from gateway.identity.methods import METHODS, METHODS_OF_PERSONS
from gateway.identity.registered import RegisteredClient
from gateway.identity.tokens import Claims, Tokens, live_client
from gateway.partnership.directory import Directory
from gateway.store.engine import Store
from gateway.store.tables import PersonGrant, RevokedToken


class _Issued:
    """A token whose signature is ours, as Authlib asks about it."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was issued to `client`."""
        return self.claims.client_id == client.client_id


class _Renewing:
    """A refresh token: its grant, as Authlib asks about it."""

    def __init__(self, grant: PersonGrant) -> None:
        self.grant = grant

    def check_client(self, client: RegisteredClient) -> bool:
        """Whether it was issued to `client`."""
        return self.grant.client_id == client.client_id


class _OwnTokens:
    """`token_type_hint` is left aside: there is one type, and RFC 7009 section 2.1 has wrong hints ignored."""

    CLIENT_AUTH_METHODS = METHODS

    _tokens: Tokens

    def check_params(self, request: FormRequest, client: RegisteredClient) -> None:  # noqa: ARG002 - Authlib's signature
        if not request.form.get("token"):
            raise InvalidRequestError("the parameter token is missing: send the access token in it")

    def query_token(self, token: str, hint: str | None) -> _Issued | _Renewing | None:  # noqa: ARG002 - Authlib's signature
        return self.query_access_token(token)

    def query_access_token(self, token: str) -> _Issued | None:
        """The token where it is one of ours."""
        claims = self._tokens.read(token, time.time())
        return None if claims is None else _Issued(claims)


class Revocation(_OwnTokens, RevocationEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """A token of another client is refused; one that is not ours, expired or revoked already is as good as revoked.

    A refresh token takes with it all that its grant gave (RFC 7009 section 2.1).
    """

    CLIENT_AUTH_METHODS = METHODS_OF_PERSONS

    def __init__(self, tokens: Tokens, store: Store) -> None:
        super().__init__()
        self._tokens = tokens
        self._store = store

    def query_token(self, token: str, hint: str | None) -> _Issued | _Renewing | None:  # noqa: ARG002 - Authlib's signature
        """Refresh tokens as well."""
        found = self.query_access_token(token)
        if found is not None:
            return found
        with self._store.session() as session:
            grant = grant_of_refresh_token(session, token)
        return None if grant is None else _Renewing(grant)

    def revoke_token(self, token: _Issued | _Renewing, request: FormRequest) -> None:  # noqa: ARG002 - Authlib's signature
        """Durable when it returns; every replica refuses the token within a second."""
        now = int(time.time())
        if isinstance(token, _Renewing):
            end_grant(self._store, token.grant.id, now)
            return
        claims = token.claims
        if claims.exp <= now:
            return

        def change(session: Session) -> None:
            session.exec(delete(RevokedToken).where(col(RevokedToken.expires) <= now))
            session.merge(RevokedToken(jti=claims.jti, expires=claims.exp))

        self._store.write(change)


class Introspection(_OwnTokens, IntrospectionEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """Tells a client about its own tokens; any other is `active: false`."""

    def __init__(self, tokens: Tokens, directory: Callable[[], Directory]) -> None:
        super().__init__()
        self._tokens = tokens
        self._directory = directory

    def check_permission(self, token: _Issued, client: RegisteredClient, request: FormRequest) -> bool:  # noqa: ARG002 - Authlib's signature
        """Whether `client` may know."""
        return token.check_client(client)

    def create_introspection_payload(self, token: _Issued | None) -> dict[str, Any]:
        """RFC 7662 section 2.2."""
        if token is None or live_client(token.claims, self._directory(), time.time()) is None:
            return {"active": False}
        claims = token.claims
        acting = {} if claims.act is None else {"act": msgspec.to_builtins(claims.act)}
        bound = {} if claims.cnf is None else {"cnf": msgspec.to_builtins(claims.cnf)}
        return {
            "active": True,
            "token_type": "Bearer" if claims.cnf is None else TOKEN_TYPE,
            "scope": claims.scope,
            "client_id": claims.client_id,
            "sub": claims.sub,
            "iss": claims.iss,
            "aud": claims.aud,
            "iat": claims.iat,
            "exp": claims.exp,
            "jti": claims.jti,
            "organization": claims.organization,
            "purpose": claims.purpose.value,
            **({"test": True} if claims.test else {}),
            **acting,
            **bound,
        }
