"""A client that proves itself by a signature: `private_key_jwt` (RFC 7521, RFC 7523; OpenID Connect Core section 9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature

from gateway.identity.client_keys import ALGORITHMS, PublicKey, current_name, signed_by
from gateway.identity.replay import LONGEST_JTI, SKEW_SECONDS

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_SECONDS: Final = 300
_TYPES: Final = (None, "JWT", "client-authentication+jwt")
_HEADERS: Final = frozenset({"alg", "typ", "kid"})


class AssertionClaims(msgspec.Struct, frozen=True):
    """What an assertion says; times in seconds since the epoch."""

    iss: str
    sub: str
    aud: str | list[str]
    jti: str
    exp: float
    iat: float | None = None
    nbf: float | None = None


class Assertion(NamedTuple):
    """An assertion as it was sent: nothing of it is proven yet."""

    signed: CompactSignature
    algorithm: str
    kid: str | None
    claims: AssertionClaims

    @property
    def client_id(self) -> str:
        """The client it claims to be."""
        return self.claims.sub


def read_assertion(text: str) -> Assertion | None:
    """The assertion, unproven; None where it can be none of a client.

    A key, an address of keys or a critical extension that comes with it (RFC 7515 section 4.1) is none of ours.
    """
    try:
        signed = jws.extract_compact(text.encode())
        headers: dict[str, Any] = signed.headers()
        claims = msgspec.json.decode(signed.payload, type=AssertionClaims)
    except (JoseError, ValueError):
        return None
    algorithm, kid = headers.get("alg"), headers.get("kid")
    if not headers.keys() <= _HEADERS or algorithm not in ALGORITHMS or headers.get("typ") not in _TYPES:
        return None
    # The library knows it under its new name only; what was signed is left as it was sent.
    algorithm = headers["alg"] = current_name(algorithm)
    if (kid is not None and not isinstance(kid, str)) or claims.iss != claims.sub:
        return None
    return Assertion(signed, algorithm, kid, claims)


def is_proven(assertion: Assertion, keys: Sequence[PublicKey], audiences: Collection[str], now: float) -> bool:
    """Whether one of the client's `keys` signed it, for us (exactly one of `audiences`), and it is in its time."""
    claims = assertion.claims
    audience = claims.aud if isinstance(claims.aud, str) else claims.aud[0] if len(claims.aud) == 1 else None
    if audience not in audiences or not 0 < len(claims.jti) <= LONGEST_JTI:
        return False
    if not now < claims.exp <= now + _LIFE_SECONDS + SKEW_SECONDS:
        return False
    if any(moment is not None and moment > now + SKEW_SECONDS for moment in (claims.iat, claims.nbf)):
        return False
    return signed_by(assertion.signed, assertion.algorithm, assertion.kid, keys)
