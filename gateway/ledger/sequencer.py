"""The ledger's background thread: disclosures into trees, heads at their times, retention once a day."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Final

from gateway.errors import LedgerFault, StoreFault
from gateway.ledger.heads import TreeSigner, aligned, issue_heads
from gateway.ledger.retention import retain
from gateway.ledger.sequence import sequence_pending
from gateway.settings import LedgerSection
from gateway.store.engine import Store

log = logging.getLogger("slt.ledger")

# A disclosure is in its tree within so many seconds; one that is not is a fault.
SEQUENCED_WITHIN: Final = 5.0
_EVERY_SECONDS: Final = 1.0
_RETENTION_SECONDS: Final = 86_400


class Sequencer:
    """From `start()` to `close()`. Several processes over one store don't disturb each other.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self, store: Store, signer: TreeSigner, settings: LedgerSection, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._signer = signer
        self._settings = settings
        self._clock = clock
        self._ending = Event()
        self._thread: Thread | None = None
        self._headed: datetime | None = None
        self._retained: float | None = None
        self._said = ""

    def start(self) -> None:
        """Starts the thread."""
        self._thread = Thread(target=self._run, name="ledger-sequencer", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Sequences what is there and ends the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending.set()
            await asyncio.to_thread(thread.join)

    def step(self) -> None:
        """Everything that is due now; raises `StoreFault` or `LedgerFault`. Blocks."""
        while sequence_pending(self._store):
            pass
        now = self._clock()
        due = aligned(now, self._settings.head_seconds)
        if due != self._headed:
            issue_heads(self._store, self._signer, due)
            self._headed = due
        if self._retained is None or now - self._retained >= _RETENTION_SECONDS:
            today = datetime.fromtimestamp(now, UTC)
            done = retain(
                self._store,
                today - timedelta(days=self._settings.payload_days),
                today - timedelta(days=self._settings.refusal_days),
            )
            # What is left goes on with the next step: new disclosures don't wait for it.
            self._retained = now if done else None

    def _run(self) -> None:
        ending = False
        while not ending:
            ending = self._ending.wait(_EVERY_SECONDS)
            try:
                self.step()
                self._said = ""
            except (StoreFault, LedgerFault) as fault:
                if str(fault) != self._said:  # once, not every second
                    log.error("%s: %s", fault.code, fault)
                self._said = str(fault)
