"""Commits entries: durable when `commit` returns, else nothing may be sent.

One thread writes. It takes all entries that wait and writes them in one transaction, so that requests in flight share
one wait for the disk (group commit).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

from gateway.errors import LedgerUnavailable, StoreFault
from gateway.ledger.entries import Entry
from gateway.ledger.inserting import Inserting
from gateway.ledger.rows import DISCLOSURE_COLUMNS, ENTRY_COLUMNS, Rows, rows_of
from gateway.notices.outbox import insert_rows
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry, LedgerRecord

log = logging.getLogger("slt.ledger")

# Public ids that this process knows to be written: some 15 MB.
_KNOWN_RECORDS: Final = 100_000


class Ledger(Protocol):
    """What records disclosures."""

    async def commit(self, entry: Entry) -> None:
        """Returns when `entry` is durable; raises `LedgerUnavailable`: then nothing is sent."""
        ...


class _Waiting(NamedTuple):
    rows: Rows
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class SqlLedger:
    """`Ledger` in the store, from `start()` to `close()`; also as an asynchronous context."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._known: set[str] = set()
        self._entries = Inserting(LedgerEntry, ENTRY_COLUMNS)
        self._disclosures = Inserting(LedgerDisclosure, DISCLOSURE_COLUMNS)
        self._records = Inserting(LedgerRecord, ("public_id", "reference"), "ON CONFLICT DO NOTHING")

    def start(self) -> None:
        """Starts the thread that writes."""
        self._thread = Thread(target=self._write_all, name="ledger", daemon=True)
        self._thread.start()

    async def commit(self, entry: Entry) -> None:
        """Returns when `entry` is durable; raises `LedgerUnavailable` where it could not be written, or is closed.

        Raises `LedgerFault` for an entry that can't be recorded. An entry whose waiter was cancelled is written all the
        same.
        """
        if self._thread is None or not self._thread.is_alive():
            raise LedgerUnavailable
        loop = asyncio.get_running_loop()
        # The rows are made here: an entry that can't be recorded must not spoil its neighbours' transaction.
        waiting = _Waiting(rows_of(entry), loop, loop.create_future())
        self._queue.put(waiting)
        await waiting.done

    async def close(self) -> None:
        """Writes what waits and ends the thread; later commits are refused."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _write_all(self) -> None:
        closing = False
        while not closing:
            taken = [self._queue.get()]
            while not self._queue.empty():
                taken.append(self._queue.get())
            closing = None in taken
            batch = [waiting for waiting in taken if waiting is not None]
            if batch:
                self._write(batch)

    def _write(self, batch: Sequence[_Waiting]) -> None:
        disclosures = [row for waiting in batch for row in waiting.rows.disclosures]
        notices = [row for waiting in batch for row in waiting.rows.notices]
        records = {
            public: reference
            for waiting in batch
            for public, reference in waiting.rows.records.items()
            if public not in self._known
        }
        written = False
        try:
            with self._store.connection() as connection:
                self._entries(connection, [waiting.rows.entry for waiting in batch])
                self._disclosures(connection, disclosures)
                self._records(
                    connection,
                    [{"public_id": public, "reference": reference} for public, reference in records.items()],
                )
                insert_rows(connection, notices)
            self._remember(records)
            written = True
        except StoreFault as error:
            log.error("%s: %s entries were refused: %s", error.code, len(batch), error)
        finally:
            for waiting in batch:
                _tell(waiting, written=written)

    def _remember(self, records: Iterable[str]) -> None:
        if len(self._known) > _KNOWN_RECORDS:
            self._known.clear()
        self._known.update(records)


def _tell(waiting: _Waiting, *, written: bool) -> None:
    """Ends the wait in the loop of the waiter; either may be gone by now."""

    def settle() -> None:
        if waiting.done.done():
            return
        if written:
            waiting.done.set_result(None)
        else:
            waiting.done.set_exception(LedgerUnavailable())

    with suppress(RuntimeError):  # the loop was closed
        waiting.loop.call_soon_threadsafe(settle)
