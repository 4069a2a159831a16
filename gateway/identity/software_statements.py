"""Who vouches for the software of a client: software statements (RFC 7591 section 2.3), each taken once.

An issuer counts only where the configuration lists it with its keys. A statement that is not good, or of nobody known,
refuses the registration: it is never left aside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from authlib.oauth2.rfc7591 import InvalidSoftwareStatementError, UnapprovedSoftwareStatementError
from joserfc import jws
from joserfc.errors import JoseError

from gateway.errors import BadInput, ConfigurationFault
from gateway.identity.client_keys import ALGORITHMS, PublicKey, current_name, read_keys
from gateway.identity.replay import LONGEST_JTI, SKEW_SECONDS
from gateway.settings import Settings

_LIFE_SECONDS: Final = 86_400
_HEADERS: Final = frozenset({"alg", "typ", "kid"})
# What a statement says of itself; the rest is metadata.
_OWN: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti", "sub"})


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str | list[str]
    exp: float
    jti: str
    iat: float | None = None
    nbf: float | None = None


class Statement(NamedTuple):
    """A good statement, not yet spent: its issuer, `jti`, end in seconds since the epoch, and the metadata in it."""

    issuer: str
    jti: str
    expires: float
    metadata: dict[str, Any]


class SoftwareStatements:
    """Statements by the issuers whose `keys` are known, for a server known by `audiences`."""

    def __init__(self, keys: Mapping[str, Sequence[PublicKey]], audiences: Sequence[str]) -> None:
        self._keys = keys
        self._audiences = frozenset(audiences)

    def read(self, text: str, now: float) -> Statement:
        """The statement, proven; raises `UnapprovedSoftwareStatementError`, `InvalidSoftwareStatementError`."""
        try:
            signed = jws.extract_compact(text.encode())
            headers: dict[str, Any] = signed.headers()
            claims = msgspec.json.decode(signed.payload, type=_Claims)
            said = msgspec.json.decode(signed.payload, type=dict[str, Any])
        except (JoseError, ValueError) as error:
            raise InvalidSoftwareStatementError("software_statement is no JWT with iss, aud, exp and jti") from error
        keys = self._keys.get(claims.iss)
        if keys is None:
            raise UnapprovedSoftwareStatementError("nobody of that name vouches for software here: leave it out")
        if not headers.keys() <= _HEADERS or headers.get("alg") not in ALGORITHMS:
            raise InvalidSoftwareStatementError("software_statement: its header has alg, kid and typ, and nothing else")
        algorithm = headers["alg"] = current_name(headers["alg"])
        candidates = [item for item in keys if algorithm in item.algorithms and headers.get("kid") in (None, item.kid)]
        if not any(_signed(signed, item, algorithm) for item in candidates):
            raise InvalidSoftwareStatementError("software_statement is not signed by its issuer")
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if self._audiences.isdisjoint(audiences):
            raise InvalidSoftwareStatementError("software_statement is for another server: see aud")
        if not now < claims.exp <= now + _LIFE_SECONDS:
            raise InvalidSoftwareStatementError("software_statement is over, or lasts for more than a day: see exp")
        if any(moment is not None and moment > now + SKEW_SECONDS for moment in (claims.iat, claims.nbf)):
            raise InvalidSoftwareStatementError("software_statement is not good yet: see iat and nbf")
        if not 0 < len(claims.jti) <= LONGEST_JTI:
            raise InvalidSoftwareStatementError(f"software_statement: jti has 1 to {LONGEST_JTI} characters")
        metadata = {name: value for name, value in said.items() if name not in _OWN}
        return Statement(claims.iss, claims.jti, claims.exp, metadata)


def configured_statements(settings: Settings) -> Mapping[str, Sequence[PublicKey]]:
    """The keys of `identity.statement_issuers` by issuer; raises `ConfigurationFault`."""
    found = {}
    for item in settings.identity.statement_issuers:
        try:
            keys = read_keys(msgspec.json.decode(item.jwks, type=dict[str, Any]))
        except (BadInput, ValueError) as error:
            raise ConfigurationFault(
                f"`identity.statement_issuers`: the keys of {item.issuer} are no JSON Web Key Set of public keys"
            ) from error
        found[item.issuer] = keys
    return found


def _signed(signed: jws.CompactSignature, candidate: PublicKey, algorithm: str) -> bool:
    try:
        return jws.validate_compact(signed, candidate.key, [algorithm])
    except (JoseError, ValueError):
        return False
