"""What was made of data a short while ago, so that the same data, read again, is not worked through again."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")

KEPT: Final = 2_048
# What was not asked for in between is gone after twice as long: docs/data-protection.md.
SECONDS: Final = 240.0


class Recall(Generic[Key, Made]):
    """A bounded memory that forgets by itself.

    Two generations: whatever is asked for goes into the younger one; every `SECONDS`, and whenever it is half of
    `KEPT`, it becomes the older one and what was there is forgotten. A timer of the running loop sees to it, so that
    nothing stays with a gateway that nobody asks. Outside a loop nothing is kept.
    """

    def __init__(self, kept: int = KEPT, seconds: float = SECONDS) -> None:
        self._half = kept // 2
        self._seconds = seconds
        self._young: dict[Key, Made] = {}
        self._old: dict[Key, Made] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: Key) -> Made | None:
        """What was kept under `key`."""
        made = self._young.get(key)
        if made is None and self._old:
            made = self._old.pop(key, None)
            if made is not None:
                self.put(key, made)
        return made

    def put(self, key: Key, made: Made) -> None:
        """Keeps `made` for a while."""
        if self._timer is None or self._loop is None or self._loop.is_closed():
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                return
            self._timer = self._loop.call_later(self._seconds, self._forget)
        self._young[key] = made
        if len(self._young) >= self._half:
            self._turn()

    def clear(self) -> None:
        """Forgets everything."""
        self._young, self._old = {}, {}

    def _turn(self) -> None:
        self._young, self._old = {}, self._young

    def _forget(self) -> None:
        self._turn()
        assert self._loop is not None
        self._timer = self._loop.call_later(self._seconds, self._forget) if self._old else None
