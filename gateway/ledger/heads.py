"""Signed heads: what a tree was at a fixed time. An originator that keeps them can tell a history that was changed.

Signed with Ed25519 (RFC 8032) are the bytes of five lines: `FORMAT`, size, time, root, originator (`signed_bytes`).
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, Row, Select, insert, select
from sqlmodel import col

from gateway.errors import LedgerFault
from gateway.ledger.nodes import StoredNodes, originators, size_of
from gateway.ledger.tree import root
from gateway.store.engine import Store
from gateway.store.tables import LedgerHead

log = logging.getLogger("slt.ledger")

FORMAT: Final = "slt-gateway tree head v1"
# A tree that does not grow gets a head so often, so that silence is told apart from a stop.
QUIET: Final = timedelta(days=1)
_SEED_BYTES: Final = 32


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The root of the first `size` leaves of an originator's tree, as signed at `at` (in UTC, whole seconds)."""

    originator: str
    size: int
    root: bytes
    at: datetime
    signature: bytes


def signed_bytes(originator: str, size: int, root_hash: bytes, at: datetime) -> bytes:
    """UTF-8 of five lines joined by line feeds; the root in base64, the time as `treeHeads` gives it."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds")
    return "\n".join((FORMAT, str(size), moment, b64encode(root_hash).decode(), originator)).encode()


class TreeKey:
    """The public key that verifies heads."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    @property
    def jwk(self) -> Mapping[str, str]:
        """The key as a JSON Web Key (RFC 8037); `kid` is its thumbprint (RFC 7638)."""
        x = urlsafe_b64encode(self._key.public_bytes_raw()).decode().rstrip("=")
        members = {"crv": "Ed25519", "kty": "OKP", "x": x}
        digest = sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
        return {**members, "kid": urlsafe_b64encode(digest).decode().rstrip("=")}

    def verifies(self, head: Head) -> bool:
        """Whether `head` was signed with the key's private half."""
        try:
            self._key.verify(head.signature, signed_bytes(head.originator, head.size, head.root, head.at))
        except InvalidSignature:
            return False
        return True


class TreeSigner:
    """Signs heads; `key` is what `derive` gives for `KeyPurpose.TREE_HEADS`."""

    def __init__(self, key: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(key[:_SEED_BYTES])
        self.public = TreeKey(self._private.public_key())

    def sign(self, originator: str, size: int, root_hash: bytes, at: datetime) -> Head:
        """The signed head."""
        signature = self._private.sign(signed_bytes(originator, size, root_hash, at))
        return Head(originator=originator, size=size, root=root_hash, at=at, signature=signature)


def aligned(moment: float, seconds: int) -> datetime:
    """The last fixed time at or before `moment` (seconds since the epoch): its distance from others tells nothing."""
    return datetime.fromtimestamp(moment // seconds * seconds, UTC)


def issue_heads(store: Store, signer: TreeSigner, at: datetime) -> int:
    """Signs and stores the heads of `at`; how many. A tree that has one of then, or is quiet, gets none. Blocks."""
    with store.connection() as connection:
        made = []
        for originator in originators(connection):
            size, last = size_of(connection, originator), _last(connection, originator)
            if last is None or (last.at < at and (last.size < size or at - last.at >= QUIET)):
                try:
                    root_hash = root(StoredNodes(connection, originator), size)
                except LedgerFault as fault:
                    log.error("%s: %s", fault.code, fault)  # the other trees get their heads
                    continue
                made.append(signer.sign(originator, size, root_hash, at))
        if made:
            connection.execute(insert(LedgerHead), [msgspec.structs.asdict(head) for head in made])
    return len(made)


def heads(store: Store, originator: str, limit: int, before: datetime | None = None) -> list[Head]:
    """The newest heads of an originator's tree, those before a time where one is given. Blocks."""
    with store.session() as session:
        return _heads(session.connection(), originator, limit, before)


def _last(connection: Connection, originator: str) -> Head | None:
    return next(iter(_heads(connection, originator, 1, None)), None)


def _heads(connection: Connection, originator: str, limit: int, before: datetime | None) -> list[Head]:
    query = head_query().where(col(LedgerHead.originator) == originator)
    if before is not None:
        query = query.where(col(LedgerHead.at) < before)
    rows = connection.execute(query.order_by(col(LedgerHead.at).desc()).limit(limit))
    return [head_of(row) for row in rows]


def head_query() -> Select[str, int, bytes, datetime, bytes]:
    """Selects what `head_of` takes."""
    return select(
        col(LedgerHead.originator),
        col(LedgerHead.size),
        col(LedgerHead.root),
        col(LedgerHead.at),
        col(LedgerHead.signature),
    )


def head_of(row: Row[str, int, bytes, datetime, bytes]) -> Head:
    """The head in a row of `head_query`."""
    originator, size, root_hash, at, signature = row
    return Head(originator=originator, size=size, root=root_hash, at=at, signature=signature)
