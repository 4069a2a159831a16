"""Keys derived from the one master secret, one a purpose, so that no two uses share a key (RFC 5869)."""

from __future__ import annotations

from enum import Enum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MINIMUM_MASTER_BYTES = 32


class KeyPurpose(Enum):
    """What a derived key is for; the value is bound into the derivation."""

    RECORD_IDS = b"slt-gateway record ids v1"
    CURSORS = b"slt-gateway cursors v1"
    SHARING_IDS = b"slt-gateway ids of requests and openings v1"
    LEDGER_CURSORS = b"slt-gateway ledger cursors v1"
    TREE_HEADS = b"slt-gateway tree heads v1"
    WEBHOOKS = b"slt-gateway webhook secrets v1"
    CONSOLE = b"slt-gateway console v1"
    SIGN_IN = b"slt-gateway sign-ins v1"


def derive(master: bytes, purpose: KeyPurpose) -> bytes:
    """64 bytes, as AES-256-SIV takes (Ed25519 takes the first 32).

    Raises `ValueError` for a master shorter than `MINIMUM_MASTER_BYTES`.
    """
    if len(master) < MINIMUM_MASTER_BYTES:
        raise ValueError(f"the master secret has {len(master)} bytes: give at least {MINIMUM_MASTER_BYTES}")
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=purpose.value).derive(master)
