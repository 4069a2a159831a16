"""The keys that sign access tokens: ECDSA on P-256 (ES256), named by their thumbprint (RFC 7638)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Final, NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeyParameters, KeySet

from gateway.errors import KeyFault
from gateway.settings import Settings

ALGORITHM: Final = "ES256"
_CURVE: Final = "P-256"
_USE: Final[KeyParameters] = {"use": "sig", "alg": ALGORITHM}


class VerifyingKey(NamedTuple):
    """A key whose tokens are taken until `until`, in seconds since the epoch."""

    key: ECKey
    until: float = inf


class SigningKeys:
    """The key that signs, and others whose tokens are taken: the next one, and retired ones until their end.

    A rotation: list the next key everywhere, let it sign, keep the former one listed until its last tokens are over.
    """

    def __init__(self, current: ECKey, others: Sequence[VerifyingKey] = ()) -> None:
        self.signing = KeySet([current])
        # The one that signs may still be listed as the next one.
        self.verifying = (VerifyingKey(current), *(item for item in others if item.key.kid != current.kid))

    def public(self, now: float) -> dict[str, Any]:
        """The JSON Web Key Set to publish at `now` (RFC 7517 section 5); private parts are left out."""
        return dict(KeySet([item.key for item in self.verifying if now < item.until]).as_dict(private=False))


def configured_keys(settings: Settings) -> SigningKeys:
    """The keys of a configuration; raises `KeyFault`."""
    others = [
        VerifyingKey(verifying_key(item.key), inf if item.until is None else item.until.timestamp())
        for item in settings.identity.other_keys
    ]
    return SigningKeys(signing_key(settings.keys.token_signing), others)


def new_signing_key() -> ECKey:
    """A fresh key."""
    return _named(ECKey.generate_key(_CURVE, _USE))


def signing_key(pem: bytes) -> ECKey:
    """The key in a PEM file; raises `KeyFault` for anything but a private key on P-256."""
    key = _read(pem, "keys.token_signing")
    if not key.is_private:
        raise KeyFault(_ADVICE.format("keys.token_signing", "holds a public key only"))
    return key


def verifying_key(pem: bytes) -> ECKey:
    """The key in a PEM file, public or private; raises `KeyFault` for any but one on P-256."""
    return _read(pem, "identity.other_keys")


def to_pem(key: ECKey) -> bytes:
    """The key as an unencrypted PKCS #8 PEM; keep it where only the gateway reads."""
    return key.as_pem(private=True)


_ADVICE: Final = "`{}` {}: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"


def _read(pem: bytes, setting: str) -> ECKey:
    try:
        key = ECKey.import_key(pem, _USE)
    except (ValueError, TypeError, JoseError) as error:
        raise KeyFault(_ADVICE.format(setting, "is no PEM of an elliptic-curve key")) from error
    if key.curve_name != _CURVE:
        raise KeyFault(_ADVICE.format(setting, f"is on the curve {key.curve_name}"))
    return _named(key)


def _named(key: ECKey) -> ECKey:
    key.ensure_kid()
    return key
