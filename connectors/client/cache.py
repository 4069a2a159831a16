"""Bodies that the platform may say are unchanged (RFC 9110, section 13). Only what precedes policy is ever in here.

Whatever the platform says of freshness, it is asked each time: a record that it withdrew is gone with the next query,
and `as_of` stays true. What is spared is the body, not the question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from connectors.client.answer import Answer

# No body may take more than this part of the whole, so that one does not drive out all others.
_LARGEST_PART = 4


class Stored(msgspec.Struct, frozen=True):
    """An answer and the headers that ask whether it still holds."""

    answer: Answer
    conditions: Mapping[str, str]


class ValidatorCache:
    """Keeps at most `maximum_bytes` of bodies, those used last. A key stands for a request with all its headers.

    Since the key holds the headers, `Vary` needs no look: only `*` is heeded.
    """

    def __init__(self, maximum_bytes: int) -> None:
        self._maximum = maximum_bytes
        self._stored: OrderedDict[bytes, Stored] = OrderedDict()
        self.held_bytes = 0

    def get(self, key: bytes) -> Stored | None:
        """What is stored under `key`."""
        found = self._stored.get(key)
        if found is not None:
            self._stored.move_to_end(key)
        return found

    def put(self, key: bytes, answer: Answer) -> None:
        """Stores `answer` if it has a validator and may be stored; what was there is gone in any case."""
        self.drop(key)
        headers, size = answer.headers, len(answer.body)
        conditions = {
            condition: headers[validator]
            for condition, validator in (("if-none-match", "etag"), ("if-modified-since", "last-modified"))
            if validator in headers
        }
        barred = "no-store" in headers.get("cache-control", "").lower() or headers.get("vary", "").strip() == "*"
        if answer.status != 200 or not conditions or barred or size > self._maximum // _LARGEST_PART:
            return
        self._stored[key] = Stored(answer, conditions)
        self.held_bytes += size
        while self.held_bytes > self._maximum:
            self.drop(next(iter(self._stored)))

    def drop(self, key: bytes) -> None:
        """Forgets what is stored under `key`."""
        gone = self._stored.pop(key, None)
        if gone is not None:
            self.held_bytes -= len(gone.answer.body)

    def clear(self) -> None:
        """Forgets everything."""
        self._stored.clear()
        self.held_bytes = 0
