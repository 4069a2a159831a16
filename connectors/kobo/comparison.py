"""Changes found by comparing all submissions with those of the last time, which the watermark holds by their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors.errors import Unusable
from connectors.kobo.submission import Submission

# The watermark has about fifty bytes a submission.
MOST: Final = 20_000
_DIGEST_BYTES: Final = 6


class _Watermark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A digest of the version of each submission, by its key."""

    known: dict[str, str]


def read_watermark(text: str | None) -> Mapping[str, str]:
    """What was known; raises `Unusable` for a watermark that is not this source's."""
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=_Watermark).known
    except msgspec.DecodeError as error:
        raise Unusable("the watermark is none that this source gave: synchronise from the beginning") from error


def watermark(known: Mapping[str, str]) -> str:
    """What is known now; raises `Unusable` where it is too much to be kept."""
    if len(known) > MOST:
        raise Unusable(f"more than {MOST} submissions: set `compared` to false and read the form live")
    return msgspec.json.encode(_Watermark(dict(known))).decode()


def digest(version: str) -> str:
    """A version shortened."""
    return hashlib.blake2b(version.encode(errors="replace"), digest_size=_DIGEST_BYTES).hexdigest()


def last_id(rows: Sequence[Submission], last: int) -> int:
    """The greatest `_id` of a page that follows `last`; raises `Unusable` where it can't be told or leads back."""
    found = [value for row in rows if isinstance(value := row.id, int) and value > last]
    if len(found) < len(rows):
        raise Unusable("a submission without `_id`, or one that was not asked for: the comparison can't go on")
    return max(found)
