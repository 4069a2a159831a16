"""What our access tokens say (RFC 9068), and for how long."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from joserfc.jwk import KeySet

from gateway.identity.dpop import TOKEN_TYPE
from gateway.identity.exchange import OnBehalf
from gateway.identity.keys import ALGORITHM, SigningKeys
from gateway.identity.persons import SignedIn
from gateway.identity.registered import RegisteredClient

TOKEN_SECONDS: Final = 300


class AccessTokens(JWTBearerTokenGenerator):  # type: ignore[misc]  # Authlib carries no types
    """RFC 9068 tokens; Authlib's own lifetime for client credentials is ten days."""

    def __init__(self, url: str, keys: SigningKeys) -> None:
        super().__init__(issuer=url, alg=ALGORITHM, expires_generator=TOKEN_SECONDS)
        self._keys = keys

    def __call__(self, grant_type: str, client: RegisteredClient, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The token's answer (RFC 6749 section 5.1, RFC 9449 section 5)."""
        token: dict[str, Any] = super().__call__(grant_type, client, *args, **kwargs)
        return token if client.jkt is None else {**token, "token_type": TOKEN_TYPE}

    def get_jwks(self) -> KeySet:
        """What signs."""
        return self._keys.signing

    def get_audiences(self, client: RegisteredClient, user: OnBehalf | SignedIn | None, scope: str) -> str:  # noqa: ARG002 - one audience
        """The gateway itself."""
        return str(self.issuer)

    def get_extra_claims(
        self,
        client: RegisteredClient,
        grant_type: str,  # noqa: ARG002 - alike for every grant
        user: OnBehalf | SignedIn | None,
        scope: str,  # noqa: ARG002 - alike for every scope
    ) -> dict[str, Any]:
        """The claims of `gateway.identity.tokens.Claims` that are not RFC 9068's."""
        own: dict[str, Any] = {"organization": client.organization, "purpose": client.purpose}
        if client.test:
            own["test"] = True
        bound = {} if client.jkt is None else {"cnf": {"jkt": client.jkt}}
        if user is None:
            return {**own, **bound}
        if isinstance(user, SignedIn):
            return {**own, **bound, "grant": {"id": user.grant.id, "capacities": user.grant.capacities}}
        now = int(time.time())
        return {
            "organization": user.member,
            "purpose": client.purpose,
            "exp": now + user.left(TOKEN_SECONDS, now),
            "act": {"sub": client.client_id, "organization": client.organization},
            **bound,
            **({} if user.origin is None else {"origin": msgspec.to_builtins(user.origin)}),
        }
