"""Cursors of an originator's own lists: authenticated encryption (AES-256-SIV, RFC 5297) of a place, of one length."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.errors import CursorInvalid

# place, and what tells apart elements of one place
_LAYOUT: Final = struct.Struct(">q24s")


class LedgerCursors:
    """Makes and reads cursors; `key` is what `derive` gives for `KeyPurpose.LEDGER_CURSORS`.

    A cursor is good for one organization and one list: its name, and what it was narrowed to.
    """

    def __init__(self, key: bytes, organization: str, name: str, narrowed: str | None = None) -> None:
        self._cipher = AESSIV(key)
        self._binding = [msgspec.json.encode((organization, name, narrowed))]

    def encode(self, place: int, tie: str = "") -> str:
        """The cursor of an element by its place; `tie`, at most 24 bytes, where several share one."""
        return urlsafe_b64encode(self._cipher.encrypt(_LAYOUT.pack(place, tie.encode()), self._binding)).decode()

    def decode(self, cursor: str) -> int:
        """The place; raises `CursorInvalid` for whatever was not made here for this list."""
        return self.decode_with_tie(cursor)[0]

    def decode_with_tie(self, cursor: str) -> tuple[int, str]:
        """The place and what was given as `tie`; raises as `decode` does."""
        try:
            plain = self._cipher.decrypt(urlsafe_b64decode(cursor.encode("ascii")), self._binding)
        except (ValueError, InvalidTag) as error:
            raise CursorInvalid from error
        place, tie = _LAYOUT.unpack(plain)
        return place, tie.rstrip(b"\0").decode()
