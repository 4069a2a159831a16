"""Keeps the directory at hand and never older than a second: a small number is polled, not the tables.

The polling has a thread of its own: an event loop that is busy with answers must not let the lease run out. Where it
does run out, on a machine too busy for the thread as well, the next request looks for itself.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
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
        self._known: tuple[Directory, float] | None = None
        self._reading = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._renewal: asyncio.Task[None] | None = None

    def current(self) -> Directory:
        """The directory, read from the store at most `LEASE_SECONDS` ago; raises `StatusUnknown`."""
        known = self._at_hand()
        if known is None:
            raise StatusUnknown
        return known

    async def start(self) -> None:
        """Reads the directory and begins to follow it; raises `StoreFault` where it can't be read."""
        await self.refresh()
        self._thread = threading.Thread(target=self._follow, name="partnership directory", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Ends the following; waits for a read under way."""
        self._stopping.set()
        if self._renewal is not None:
            await self._renewal
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def refresh(self) -> None:
        """Looks now, so that this process's own change is seen by its next request; raises `StoreFault`."""
        await asyncio.to_thread(self._read)

    async def renew(self) -> None:
        """Looks now where the lease has run out: one look for all who wait, and each for as long as a lease at most."""
        if self._at_hand() is not None:
            return
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renewed())
        with suppress(TimeoutError):
            async with asyncio.timeout(LEASE_SECONDS):
                await asyncio.shield(self._renewal)

    async def _renewed(self) -> None:
        # What can't be read stays unknown; the following tells the log.
        with suppress(StoreFault):
            await self.refresh()

    def _at_hand(self) -> Directory | None:
        known = self._known
        return None if known is None or self._clock() - known[1] > LEASE_SECONDS else known[0]

    def _read(self) -> None:
        with self._reading:
            # The lease counts from before the read: what is found was true then.
            asked_at = self._clock()
            known = self._known
            if known is not None and known[0].epoch == self._store.epoch():
                self._known = (known[0], asked_at)
            else:
                self._known = (load_directory(self._store), asked_at)

    def _follow(self) -> None:
        failing = False
        while not self._stopping.wait(self._poll_seconds):
            try:
                self._read()
            except StoreFault as fault:
                if not failing:
                    log.error("%s: %s", fault.code, fault)
                failing = True
            else:
                if failing:
                    log.info("the partnership directory can be read again")
                failing = False
