"""The public keys of clients that sign: which are taken, and for which algorithms (RFC 7517, RFC 8725 section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import CompactSignature

from connectors.client.addresses import Network
from gateway.errors import BadInput
from gateway.notices.reach import Reach

# What may sign an assertion; an algorithm is bound to a kind of key, so that none can be confused with another.
ALGORITHMS: Final = ("ES256", "PS256", "RS256", "EdDSA", "Ed25519")
_EDWARDS: Final = "Ed25519"
_RSA_BITS: Final = 2_048
_RSA_TEXT: Final = 342  # its modulus in base64url
_KEYS: Final = 10
_LONGEST_KID: Final = 200
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class PublicKey(NamedTuple):
    """A key of a client, its name if it has one, and the algorithms it may be used for."""

    kid: str | None
    algorithms: tuple[str, ...]
    key: Key


def read_keys(jwks: Mapping[str, Any]) -> Sequence[PublicKey]:
    """The usable keys of a set; raises `BadInput` for a set with any that must not be there.

    A key of another kind, curve or use is passed over: a published set may hold more than what is for us.
    """
    written = jwks.get("keys")
    if not isinstance(written, list) or not all(isinstance(item, dict) for item in written):
        raise BadInput('`jwks` is no JSON Web Key Set: give {"keys": [...]}')
    if len(written) > _KEYS:
        raise BadInput(f"`jwks` has {len(written)} keys: keep the current and the next, {_KEYS} at most")
    if any(_PRIVATE & item.keys() for item in written):
        raise BadInput("`jwks` holds a private or a shared key: send public keys only, and make a new one of this")
    keys = [key for item in written if (key := _usable(item)) is not None]
    names = [key.kid for key in keys]
    if len(set(names)) < len(names):
        raise BadInput("`jwks` has two keys with one `kid`, or without: give each a name of its own")
    return keys


def header_key(jwk: Any) -> PublicKey | None:
    """The key that stands in a proof's header; None for one that is private, shared, weak or of another kind."""
    return _usable(jwk) if isinstance(jwk, dict) and not _PRIVATE & jwk.keys() else None


def current_name(algorithm: Any) -> Any:
    """The algorithm's name today: what RFC 8037 calls `EdDSA` is `Ed25519` since RFC 9864."""
    return _EDWARDS if algorithm == "EdDSA" else algorithm


def signed_by(signed: CompactSignature, algorithm: str, kid: str | None, keys: Sequence[PublicKey]) -> bool:
    """Whether one of `keys` signed it: the one that `kid` names, where it names one, and by what that key is for."""
    return any(
        _signed(signed, algorithm, candidate.key)
        for candidate in keys
        if algorithm in candidate.algorithms and kid in (None, candidate.kid)
    )


def checked_jwks(jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The set as it is kept; raises `BadInput` unless one of its keys can be used."""
    if not read_keys(jwks):
        raise BadInput(
            "`jwks` has no key that can sign here: give an EC key on P-256, an RSA key of at least 2048 bits, "
            "or an Ed25519 key"
        )
    return {"keys": jwks["keys"]}


def checked_jwks_uri(url: str, networks: Sequence[Network]) -> str:
    """An address that keys may be fetched from; which addresses its name leads to is judged when it is called."""
    if not Reach(networks).usable(url):
        raise BadInput("`jwks_uri` can't be called from here: give https://HOST[:PORT]/PATH on a public address")
    return url


def _signed(signed: CompactSignature, algorithm: str, key: Key) -> bool:
    try:
        return jws.validate_compact(signed, key, [algorithm])
    except (JoseError, ValueError):
        return False


def _usable(written: Mapping[str, Any]) -> PublicKey | None:
    kid, algorithm = written.get("kid"), written.get("alg")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= _LONGEST_KID):
        return None
    if written.get("use", "sig") != "sig" or "verify" not in written.get("key_ops", ["verify"]):
        return None
    found = _imported(written)
    if found is None:
        return None
    key, algorithms = found
    if algorithm is not None:
        algorithms = tuple(item for item in algorithms if item == current_name(algorithm))
    return PublicKey(kid, algorithms, key) if algorithms else None


def _imported(written: Mapping[str, Any]) -> tuple[Key, tuple[str, ...]] | None:
    """The key and the algorithms of its kind. Only its own parameters are read, so that no other can disturb."""
    try:
        match written:
            case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y)}:
                return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y}), ("ES256",)
            case {"kty": "RSA", "n": str(n), "e": str(e)} if len(n) >= _RSA_TEXT:
                key = RSAKey.import_key({"kty": "RSA", "n": n, "e": e})
                return (key, ("PS256", "RS256")) if key.raw_value.key_size >= _RSA_BITS else None
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
                return OKPKey.import_key({"kty": "OKP", "crv": _EDWARDS, "x": x}), (_EDWARDS,)
    except (JoseError, ValueError, TypeError):
        return None
    return None
