"""Ids of requests, grants, declarations and emergency openings.

Derived from what is asked, by whom and when, under a key: they can't be guessed, tell nothing, and depend on nothing
that others do.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import digest
from typing import Final

import msgspec

from gateway.keys import KeyPurpose, derive

_BYTES: Final = 18


class Identifiers:
    """Makes ids with a key derived from the master secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive(secret, KeyPurpose.SHARING_IDS)

    def make(self, *parts: object) -> str:
        """The id of `parts`, 24 characters; the same for the same."""
        sealed = digest(self._key, msgspec.msgpack.encode(parts), sha256)[:_BYTES]
        return urlsafe_b64encode(sealed).decode()
