"""The commitment to a disclosure: the data of its leaf. It stays when what it commits to is erased.

`SHA-256(salt || payload)`: a salt of 16 random bytes, and a MessagePack array of exactly what the originator may know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from policies.vocabulary import Purpose

FORMAT: Final = "slt-gateway disclosure v1"


def payload(
    *,
    entry_id: str,
    at: datetime,
    organization: str,
    on_behalf_of: str | None,
    purpose: Purpose,
    policy_version: str,
    shown: bytes,
) -> bytes:
    """The bytes committed to: `[FORMAT, entry id, time, organization, on behalf of, purpose, policy version, shown]`.

    The time is ISO 8601 in UTC to the microsecond; `shown` is spliced in as `encode_shown` made it. Lengths are written
    as short as MessagePack allows.
    """
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return msgspec.msgpack.encode(
        (FORMAT, entry_id, moment, organization, on_behalf_of, purpose.value, policy_version, msgspec.Raw(shown))
    )


def commitment(salt: bytes, committed: bytes) -> bytes:
    """32 bytes that bind to `committed` and, without `salt`, tell nothing of it."""
    return sha256(salt + committed).digest()
