"""The numbers of one source's client."""

from __future__ import annotations

from typing import Final

import msgspec

MAXIMUM_BODY_BYTES: Final = 32 * 1024 * 1024


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What one source may take; seconds, bytes, shares of one.

    Retries after Finagle's budget and the AWS SDKs' attempts, the breaker after Hystrix's defaults.
    """

    body_bytes: int = MAXIMUM_BODY_BYTES
    cache_bytes: int = 16 * 1024 * 1024
    concurrent: int = 16
    connect_seconds: float = 5.0

    attempts: int = 3
    retry_share: float = 0.2
    retries_a_second: float = 10.0
    # What requests earn is kept up to so many retries, so that an old quiet buys no storm.
    retries_kept: float = 100.0
    first_backoff_seconds: float = 0.1
    longest_backoff_seconds: float = 2.0
    # A platform that asks for more patience than this is asked once again after it.
    longest_pause_seconds: float = 900.0

    breaker_requests: int = 20
    breaker_seconds: float = 10.0
    breaker_share: float = 0.5
    open_seconds: float = 5.0
