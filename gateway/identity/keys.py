"""The keys that sign access tokens: ECDSA on P-256 (ES256), named by their thumbprint (RFC 7638)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters, KeySet

from gateway.errors import KeyFault

ALGORITHM: Final = "ES256"
_CURVE: Final = "P-256"
_USE: Final[KeyParameters] = {"use": "sig", "alg": ALGORITHM}


class SigningKeys:
    """The key that signs, and those before it that still verify tokens signed before a rotation."""

    def __init__(self, current: ECKey, previous: Sequence[ECKey] = ()) -> None:
        self.signing = KeySet([current])
        self.verifying = KeySet([current, *previous])

    def public(self) -> dict[str, Any]:
        """The JSON Web Key Set to publish (RFC 7517 section 5); private parts are left out."""
        return dict(self.verifying.as_dict(private=False))


def new_signing_key() -> ECKey:
    """A fresh key."""
    return _named(ECKey.generate_key(_CURVE, _USE))


def signing_key(pem: bytes) -> ECKey:
    """The key in a PEM file; raises `KeyFault` for anything but a private key on P-256."""
    try:
        key = ECKey.import_key(pem, _USE)
    except (ValueError, TypeError, JoseError) as error:
        raise KeyFault(_ADVICE.format("is no PEM of an elliptic-curve key")) from error
    if not key.is_private:
        raise KeyFault(_ADVICE.format("holds a public key only"))
    if key.curve_name != _CURVE:
        raise KeyFault(_ADVICE.format(f"is on the curve {key.curve_name}"))
    return _named(key)


def to_pem(key: ECKey) -> bytes:
    """The key as an unencrypted PKCS #8 PEM; keep it where only the gateway reads."""
    return key.as_pem(private=True)


_ADVICE: Final = (
    "`keys.token_signing` {}: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
)


def _named(key: ECKey) -> ECKey:
    key.ensure_kid()
    return key
