"""Commits entries: durable when `commit` returns, else nothing may be sent.

One thread writes. It takes all entries that wait and writes them in one transaction, so that requests in flight share
one wait for the disk (group commit).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from sqlalchemy import insert

from gateway.errors import LedgerFault, LedgerUnavailable, StoreFault
from gateway.ledger.entries import Entry, encode_shown
from gateway.store.engine import Store
from gateway.store.tables import LedgerDisclosure, LedgerEntry

log = logging.getLogger("slt.ledger")


class Ledger(Protocol):
    """What records disclosures."""

    async def commit(self, entry: Entry) -> None:
        """Returns when `entry` is durable; raises `LedgerUnavailable`: then nothing is sent."""
        ...


class _Waiting(NamedTuple):
    entry: dict[str, Any]  # a row's values are of its columns' types
    disclosures: list[dict[str, Any]]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class SqlLedger:
    """`Ledger` in the store, from `start()` to `close()`; also as an asynchronous context."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: Thread | None = None

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
        waiting = _Waiting(_entry_row(entry), _disclosure_rows(entry), loop, loop.create_future())
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
        disclosures = [row for waiting in batch for row in waiting.disclosures]
        written = False
        try:
            with self._store.connection() as connection:
                connection.execute(insert(LedgerEntry), [waiting.entry for waiting in batch])
                if disclosures:
                    connection.execute(insert(LedgerDisclosure), disclosures)
            written = True
        except StoreFault as error:
            log.error("%s: %s entries were refused: %s", error.code, len(batch), error)
        finally:
            for waiting in batch:
                _tell(waiting, written=written)


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


def _entry_row(entry: Entry) -> dict[str, Any]:
    if entry.at.utcoffset() is None:
        raise LedgerFault("an entry's `at` carries no offset: give it one, such as UTC")
    return {
        "id": entry.id,
        "at": entry.at,
        "organization": entry.organization,
        "on_behalf_of": entry.on_behalf_of,
        "client": entry.client,
        "purpose": entry.purpose,
        "operation": _text(entry.operation),
        "document_hash": entry.document_hash,
        "outcome": entry.outcome,
        "policy_version": entry.policy_version,
    }


def _disclosure_rows(entry: Entry) -> list[dict[str, Any]]:
    return [
        {"entry_id": entry.id, "originator": item.originator, "salt": item.salt, "shown": encode_shown(item.shown)}
        for item in entry.originators
    ]


def _text(value: str) -> str:
    """`value`, which came from outside and has to be text that can be stored."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LedgerFault("an entry's `operation` is no well-formed text: name the operation") from error
    return value
