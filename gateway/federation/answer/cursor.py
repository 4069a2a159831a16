"""Cursors: opaque, of one length, bound to the requester, the query and the policy.

A cursor is deterministic authenticated encryption (AES-256-SIV, RFC 5297) of the view's order key: equal answers stay
byte-equal, and nobody but the gateway can read or make one.
"""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.errors import CursorExpired, CursorInvalid
from gateway.federation.answer.order import OrderKey
from gateway.federation.operation import ListOperation
from policies.requester import Requester

# nothing shown, rank, tie, epoch, time of the first page
_LAYOUT: Final = struct.Struct(">?q16s16sd")


class Position(NamedTuple):
    """Where a page ended, and the time against which the first page's filter was resolved."""

    key: OrderKey
    at: float


class Cursors:
    """Makes and reads cursors with one key (64 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def encoder(
        self, at: float, operation: ListOperation, who: Requester, policy_version: str
    ) -> Callable[[OrderKey], str]:
        """Gives the cursor of a record by its forward order key, in a list whose first page was made at `at`."""
        epoch, binding = _epoch(who, policy_version), [_binding(operation, who)]

        def encode(key: OrderKey) -> str:
            return urlsafe_b64encode(self._cipher.encrypt(_LAYOUT.pack(*key, epoch, at), binding)).decode()

        return encode

    def decode(self, cursor: str, operation: ListOperation, who: Requester, policy_version: str) -> Position:
        """Raises `CursorInvalid` for any other requester or query and for whatever is no cursor; `CursorExpired` where
        only the policy, or what the requester is, has changed since."""
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii"))
            plain = self._cipher.decrypt(sealed, [_binding(operation, who)])
        except (ValueError, InvalidTag) as error:
            raise CursorInvalid from error
        nothing, rank, tie, epoch, at = _LAYOUT.unpack(plain)
        if epoch != _epoch(who, policy_version):
            raise CursorExpired
        return Position((nothing, rank, tie), at)


def _binding(operation: ListOperation, who: Requester) -> bytes:
    """What stays the same over the pages of one list: parties, purpose, scopes, and the question."""
    parties = [
        (party.organization, party.purpose.value, sorted(party.scopes), who.person or "") for party in who.parties
    ]
    question = (operation.kind.value, operation.order.value, operation.descending, operation.canonical)
    return sha256(msgspec.json.encode((parties, question))).digest()


def _epoch(who: Requester, policy_version: str) -> bytes:
    """What may change beneath a list: the rules, and the standing of the parties."""
    standing = [
        (
            party.category.value,
            party.partnership.value,
            None if party.partner_areas is None else sorted(party.partner_areas),
            sorted(party.approved_areas),
            party.worldwide,
        )
        for party in who.parties
    ]
    return sha256(msgspec.json.encode((policy_version, standing))).digest()[:16]
