"""Tokens that a trusted issuer signed: access tokens for this gateway, ID tokens for its sign-in.

RFC 9068 section 4, OpenID Connect Core section 3.1.3.7, RFC 8725. Keys come from the configured issuer and from
nowhere else; which algorithm a key is for is said by the key.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import CompactSignature

from gateway.identity.client_keys import ALGORITHMS, current_name
from gateway.identity.replay import SKEW_SECONDS

_LONGEST: Final = 16_384
# A key, an address of keys or a critical extension that comes with a token is none of ours (RFC 7515 section 4.1).
_HEADERS: Final = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
_TYPES: Final = (None, "JWT", "at+jwt", "application/at+jwt")
# Nobody has need of a token for longer; one that never ends is none.
_LONGEST_LIFE: Final = 86_400


class ForeignClaims(msgspec.Struct, frozen=True):
    """What is checked of a token; times in seconds since the epoch."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nbf: float | None = None
    client_id: str | None = None
    azp: str | None = None
    nonce: str | None = None
    scope: str | None = None
    idtyp: str | None = None
    cnf: Any = None
    act: Any = None


class ForeignToken(NamedTuple):
    """A token as it came: nothing of it is proven yet. `said` holds every claim."""

    signed: CompactSignature
    algorithm: str
    kid: str | None
    claims: ForeignClaims
    said: dict[str, Any]


def read_foreign(text: str) -> ForeignToken | None:
    """The token, unproven; None where it can be none of an issuer."""
    if len(text) > _LONGEST:
        return None
    try:
        signed = jws.extract_compact(text.encode())
        headers: dict[str, Any] = signed.headers()
        said = msgspec.json.decode(signed.payload, type=dict[str, Any])
        claims = msgspec.convert(said, ForeignClaims)
    except (JoseError, ValueError, RecursionError):
        return None
    algorithm, kid = headers.get("alg"), headers.get("kid")
    if not headers.keys() <= _HEADERS or algorithm not in ALGORITHMS or headers.get("typ") not in _TYPES:
        return None
    if kid is not None and not isinstance(kid, str):
        return None
    headers["alg"] = current_name(algorithm)
    return ForeignToken(signed, headers["alg"], kid, claims, said)


def in_its_time(claims: ForeignClaims, now: float) -> bool:
    """Whether it is good at `now`: an issuer's clock may be ten seconds ahead, and nothing counts beyond its end."""
    if any(moment is not None and moment > now + SKEW_SECONDS for moment in (claims.iat, claims.nbf)):
        return False
    return now < claims.exp <= claims.iat + _LONGEST_LIFE


def is_persons(claims: ForeignClaims) -> bool:
    """Whether an access token speaks of a person: programs have clients of the gateway's own."""
    program = claims.client_id or claims.azp
    return program is not None and claims.sub not in (claims.client_id, claims.azp) and claims.idtyp != "app"
