"""Public ids of records: deterministic authenticated encryption (AES-256-SIV, RFC 5297) of where a record came from.

The same for every requester, so that they can be quoted; of one length; looked up without a store; telling nothing.
An id begins with the number of the key that made it, so that keys can be rotated.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Mapping
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from connectors.records import RecordRef
from connectors.records.base import NATIVE_KEY_BYTES
from policies.vocabulary import InformationKind

SOURCE_NAME_BYTES: Final = 40
_KINDS: Final = tuple(InformationKind)
_PLAIN_BYTES: Final = 2 + SOURCE_NAME_BYTES + 1 + NATIVE_KEY_BYTES
_SYNTHETIC_IV_BYTES: Final = 16


# RFC 4648, section 5.
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class NativeKeyTooLong(ValueError):
    """A platform's key that does not fit an id of one length."""


class RecordIds:
    """Makes and opens ids. `keys` maps key numbers (0 to 255) to 64-byte keys; `current` makes new ids."""

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        self._ciphers = {number: AESSIV(key) for number, key in keys.items()}
        self._current = current

    def encode(self, ref: RecordRef) -> tuple[str, bytes]:
        """The id of `ref`, and its 16 pseudo-random bytes; raises `NativeKeyTooLong`."""
        native = ref.native.encode()
        if len(native) > NATIVE_KEY_BYTES:
            raise NativeKeyTooLong(f"a key of {len(native)} bytes: at most {NATIVE_KEY_BYTES} fit")
        head = b"%b%c%b" % (_head(ref.source, ref.kind), len(native), native)
        sealed = self._ciphers[self._current].encrypt(head.ljust(_PLAIN_BYTES, b"\0"), None)
        public = b2a_base64(b"%c%b" % (self._current, sealed), newline=False).translate(_URL_SAFE).rstrip(b"=")
        return public.decode(), sealed[:_SYNTHETIC_IV_BYTES]

    def kind_of(self, public: str) -> InformationKind | None:
        """The kind of the record that an id is of; None for whatever is no id of this gateway."""
        ref = self.decode(public)
        return None if ref is None else ref.kind

    def decode(self, public: str) -> RecordRef | None:
        """The reference inside an id; None for whatever is no id of this gateway."""
        try:
            sealed = urlsafe_b64decode(public.encode("ascii") + b"=" * (-len(public) % 4))
            plain = self._ciphers[sealed[0]].decrypt(sealed[1:], None)
        except (ValueError, IndexError, KeyError, InvalidTag):
            return None
        kind, length = plain[0], plain[1]
        source, rest = plain[2 : 2 + length], plain[2 + length :]
        return RecordRef(source.decode(), _KINDS[kind], rest[1 : 1 + rest[0]].decode())


@cache
def _head(source: str, kind: InformationKind) -> bytes:
    """What the ids of one source's records of one kind have in common; sources are configured, so they are few."""
    name = source.encode()
    return bytes((_KINDS.index(kind), len(name))) + name
