"""The internal reference of a record: what the ledger, consents and grants call it.

It outlives the keys of public ids.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

REFERENCE_BYTES: Final = 16


def reference(source: str, kind: str, native: str) -> bytes:
    """16 bytes for the record `native` of `kind` in `source`: SHA-256, cut, of the MessagePack array of the three.

    The array carries the lengths, so that no two triples read alike.
    """
    return sha256(msgspec.msgpack.encode((source, kind, native))).digest()[:REFERENCE_BYTES]
