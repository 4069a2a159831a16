"""Tokens that only the holder of a key can use: DPoP (RFC 9449). A proof is a JWT that goes with one request.

There are no nonces (section 8): a proof is taken once, by all replicas together, and within a minute of its making.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from secrets import compare_digest
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from authlib.oauth2 import OAuth2Error
from joserfc import jws
from joserfc.errors import JoseError

from gateway.identity.client_keys import ALGORITHMS, current_name, header_key
from gateway.identity.replay import LONGEST_JTI, SKEW_SECONDS

PROOF_HEADER: Final = "DPoP"
TOKEN_TYPE: Final = "DPoP"  # noqa: S105 - a name of RFC 9449 section 5
_PROOF_TYPE: Final = "dpop+jwt"
_LIFE_SECONDS: Final = 60
_LONGEST: Final = 8_192
_NEEDED: Final = frozenset({"alg", "typ", "jwk"})
# What may stand beside; no address of keys and no critical extension.
_ALLOWED: Final = _NEEDED | {"kid"}
_PORTS: Final = {"http": 80, "https": 443}


class _Headers(jws.JWSRegistry):
    """An RSA key in the header has more than the library's 512 bytes."""

    max_header_length = 2_048


_REGISTRY: Final = _Headers()


class InvalidProof(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 9449 sections 5 and 7.1."""

    error = "invalid_dpop_proof"


class ProofClaims(msgspec.Struct, frozen=True):
    """What a proof says; `iat` in seconds since the epoch."""

    jti: str
    htm: str
    htu: str
    iat: float
    ath: str | None = None


class Proof(NamedTuple):
    """A proof that is good for the request it came with, not yet spent: the key's thumbprint (RFC 7638), its `jti`."""

    jkt: str
    jti: str
    expires: float
    ath: str | None

    def is_for(self, token: str) -> bool:
        """Whether it was made for use with `token` (section 4.3, 11)."""
        digest = urlsafe_b64encode(sha256(token.encode()).digest()).decode().rstrip("=")
        return self.ath is not None and compare_digest(self.ath.encode(), digest.encode())


def read_proof(fields: Sequence[str], method: str, url: str, now: float) -> Proof:
    """The proof in a request's `DPoP` header fields, for `method` at `url` at `now` (section 4.3).

    `url` is the address as the public knows it, without query. Raises `InvalidProof`.
    """
    if len(fields) != 1 or len(fields[0]) > _LONGEST:
        raise InvalidProof("the DPoP field is missing, too long, or there more than once: send one proof")
    try:
        signed = jws.extract_compact(fields[0].encode(), registry=_REGISTRY)
        headers: dict[str, Any] = signed.headers()
        claims = msgspec.json.decode(signed.payload, type=ProofClaims)
    except (JoseError, ValueError) as error:
        raise InvalidProof("the proof is no JWT with jti, htm, htu and iat") from error
    algorithm = headers.get("alg")
    if not _NEEDED <= headers.keys() <= _ALLOWED or headers["typ"] != _PROOF_TYPE or algorithm not in ALGORITHMS:
        raise InvalidProof(f"the header of the proof must have typ {_PROOF_TYPE}, jwk, and as alg one of the metadata")
    headers["alg"] = current_name(algorithm)
    key = header_key(headers["jwk"])
    if key is None or headers["alg"] not in key.algorithms:
        raise InvalidProof("the jwk of the proof is no public key for its alg")
    try:
        genuine = jws.validate_compact(signed, key.key, [headers["alg"]])
    except (JoseError, ValueError):
        genuine = False
    if not genuine:
        raise InvalidProof("the signature of the proof is not of its jwk")
    if claims.htm != method or _compared(claims.htu) != _compared(url):
        raise InvalidProof("the proof is for another method or address: see htm and htu")
    if not now - _LIFE_SECONDS < claims.iat <= now + SKEW_SECONDS:
        raise InvalidProof("the proof was not made just now: set the clock, and make one for each request")
    if not 0 < len(claims.jti) <= LONGEST_JTI:
        raise InvalidProof(f"jti of the proof has 1 to {LONGEST_JTI} characters")
    return Proof(key.key.thumbprint(), claims.jti, claims.iat + _LIFE_SECONDS, claims.ath)


def _compared(url: str) -> str | None:
    """The address without query and fragment, its host in small letters, the scheme's own port left out."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    authority = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{authority}:{port or _PORTS[parts.scheme]}{parts.path or '/'}"
