"""Keeps the directory at hand and never older than a second: a small number is polled, not the tables."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from gateway.errors import StatusUnknown, StoreFault
from gateway.partnership.directory import Directory
from gateway.partnership.load import load_directory
from gateway.store.engine import Store

log = logging.getLogger("slt.partnership")

POLL_SECONDS: Final = 0.25
# Beyond this age nobody's status is known: a suspension must reach every replica within a second.
LEASE_SECONDS: Final = 1.0


class Watched:
    """The directory of `store`, followed from `start()` to `stop()`. `clock` is monotonic, in seconds."""

    def __init__(
        self, store: Store, *, poll_seconds: float = POLL_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._directory: Directory | None = None
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def current(self) -> Directory:
        """The directory, read from the store at most `LEASE_SECONDS` ago; raises `StatusUnknown`."""
        if self._directory is None or self._clock() - self._read_at > LEASE_SECONDS:
            raise StatusUnknown
        return self._directory

    async def start(self) -> None:
        """Reads the directory and begins to follow it; raises `StoreFault` where it can't be read."""
        await self.refresh()
        self._task = asyncio.create_task(self._follow(), name="partnership directory")

    async def stop(self) -> None:
        """Ends the following; waits for a read under way."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def refresh(self) -> None:
        """Looks now, so that this process's own change is seen by its next request; raises `StoreFault`."""
        async with self._reading:
            # The lease counts from before the read: what is found was true then.
            asked_at = self._clock()
            self._directory = await asyncio.to_thread(self._newest, self._directory)
            self._read_at = asked_at

    def _newest(self, known: Directory | None) -> Directory:
        if known is not None and known.epoch == self._store.epoch():
            return known
        return load_directory(self._store)

    async def _follow(self) -> None:
        failing = False
        while not await self._stopped_within(self._poll_seconds):
            try:
                await self.refresh()
            except StoreFault as fault:
                if not failing:
                    log.error("%s: %s", fault.code, fault)
                failing = True
            else:
                if failing:
                    log.info("the partnership directory can be read again")
                failing = False

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        except TimeoutError:
            return False
