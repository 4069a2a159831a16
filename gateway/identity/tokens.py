"""From an access token to a requester (RFC 9068 section 4, RFC 6750).

The token says which client asks and with which scopes; what the organization is comes from the directory at that
moment. So a suspension needs no new token, and a token can't carry a status that has passed.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from gateway.errors import Unauthenticated
from gateway.identity.keys import ALGORITHM, SigningKeys
from gateway.partnership.directory import Directory, KnownClient
from policies.requester import Requester
from policies.vocabulary import Purpose

REALM: Final = "slt-gateway"
JWT_TYPE: Final = "at+jwt"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"

# RFC 6750 section 2.1; a token of ours has about 700 characters.
_BEARER: Final = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{1,4096}=*) *", re.IGNORECASE)
# How far ahead of ours the clock of the issuer may be.
_SKEW_SECONDS: Final = 10
_VERIFIED_TOKENS: Final = 10_000


class Claims(msgspec.Struct, frozen=True):
    """The claims of our own tokens; times in whole seconds since the epoch."""

    iss: str
    aud: str
    sub: str
    client_id: str
    jti: str
    iat: int
    exp: int
    scope: str
    organization: str
    purpose: Purpose


class Tokens:
    """Verifies tokens that this gateway signed for itself; `url` is both issuer and audience."""

    def __init__(self, url: str, keys: SigningKeys) -> None:
        self._url = url
        # Nothing but what we write: no other algorithm, no key and no critical extension that comes with the token.
        self._headers = [({"alg": ALGORITHM, "typ": JWT_TYPE, "kid": key.kid}, key) for key in keys.verifying.keys]
        # Claims whose signature was found good. Whatever may change is checked each time.
        self._verified: dict[bytes, Claims] = {}

    def authenticate(self, authorization: str | None, directory: Directory, now: float) -> Requester:
        """Who sends `authorization`, the value of the header field; `now` in seconds since the epoch.

        Raises `Unauthenticated` with the challenge to send, which tells nothing of why a token is not good.
        """
        presented = _BEARER.fullmatch(authorization or "")
        if presented is None:
            raise Unauthenticated(
                "`Authorization` carries no access token: get one from /oauth/token and send it as Bearer",
                _challenge(self._url),
            )
        claims = self.read(presented[1])
        client = None if claims is None else live_client(claims, directory, now)
        if claims is None or client is None:
            raise Unauthenticated(
                "the access token is expired, revoked or not valid here: get a new one from /oauth/token",
                _challenge(self._url, 'error="invalid_token"'),
            )
        scopes = client.scopes.intersection(claims.scope.split())
        return Requester(
            profile=directory.profile(client.organization, client.purpose, scopes, client.capacities, now),
            client=client.client_id,
            epoch=directory.epoch,
            token_expires=float(claims.exp),
        )

    def read(self, token: str) -> Claims | None:
        """The claims of a token that this gateway signed for itself, be it expired or revoked; None for any other."""
        digest = sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._verify(token)
            if claims is None:
                return None
            if len(self._verified) >= _VERIFIED_TOKENS:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = claims
        return claims

    def _verify(self, token: str) -> Claims | None:
        try:
            signed = jws.extract_compact(token.encode())
            key = next((key for header, key in self._headers if header == signed.headers()), None)
            if key is None or not jws.validate_compact(signed, key, [ALGORITHM]):
                return None
            claims = msgspec.json.decode(signed.payload, type=Claims)
        except (JoseError, ValueError):
            return None
        return claims if claims.iss == claims.aud == self._url else None


def live_client(claims: Claims, directory: Directory, now: float) -> KnownClient | None:
    """The client of a token that is good at `now`: in its time, not revoked, and its client as it was registered."""
    if not claims.iat - _SKEW_SECONDS <= now < claims.exp or claims.jti in directory.revoked:
        return None
    client = directory.clients.get(claims.client_id)
    if client is None or client.disabled:
        return None
    registered = (client.client_id, client.organization, client.purpose)
    return client if registered == (claims.sub, claims.organization, claims.purpose) else None


def _challenge(url: str, *more: str) -> str:
    """The value of `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section 5.1)."""
    return "Bearer " + ", ".join((f'realm="{REALM}"', f'resource_metadata="{url}{METADATA_PATH}"', *more))
