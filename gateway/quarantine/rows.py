"""Notes quarantined rows as sources are read, by a thread of its own, and gives them to the operator."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Final, NamedTuple

from sqlalchemy.dialects.sqlite import insert
from sqlmodel import col, delete, func, select

from connectors.contract import Quarantine
from gateway.errors import StoreFault
from gateway.store.engine import Store
from gateway.store.tables import QuarantinedRow
from policies.vocabulary import InformationKind

log = logging.getLogger("slt.sources")

# A row that is met again and again is written again after this time.
FRESH_SECONDS: Final = 3_600.0
# So many rows are remembered as just written; beyond that they are written again.
_REMEMBERED: Final = 10_000
_LONGEST_REASON: Final = 500


class Row(NamedTuple):
    """A row of one source; `native` is "" where it has no key."""

    source: str
    kind: InformationKind
    native: str
    reason: str


class Quarantines:
    """Quarantined rows in the store, noted from `start()` to `stop()`. `clock`: seconds since the epoch."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._written: dict[Row, float] = {}
        self._queue: SimpleQueue[tuple[float, Sequence[Row]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="quarantine", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Writes what waits and ends the thread."""
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def note(self, source: str, kind: InformationKind, rows: Iterable[Quarantine]) -> None:
        """Rows that a page had; returns at once."""
        now = self._clock()
        fresh = [Row(source, kind, row.native or "", row.reason[:_LONGEST_REASON]) for row in rows]
        fresh = [row for row in fresh if now - self._written.get(row, -FRESH_SECONDS) >= FRESH_SECONDS]
        if fresh:
            if len(self._written) + len(fresh) > _REMEMBERED:
                self._written.clear()
            self._written.update(dict.fromkeys(fresh, now))
            self._queue.put((now, fresh))

    def write(self, met_at: float, rows: Iterable[Row]) -> None:
        """Writes rows, or when they were met last; raises `StoreFault`."""
        now = datetime.fromtimestamp(met_at, UTC)
        values = [{**row._asdict(), "first_seen": now, "last_seen": now} for row in dict.fromkeys(rows)]
        statement = insert(QuarantinedRow).on_conflict_do_update(
            index_elements=["source", "kind", "native", "reason"], set_={"last_seen": now}
        )
        with self._store.connection() as connection:
            connection.execute(statement, values)

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            met_at, rows = taken
            try:
                self.write(met_at, rows)
            except StoreFault as fault:
                log.error("%s: quarantined rows could not be noted: %s", fault.code, fault)
                for row in rows:
                    self._written.pop(row, None)


def quarantined(store: Store, source: str | None = None, limit: int | None = None) -> Sequence[QuarantinedRow]:
    """At most `limit` rows of one source, or of all, those met last first; raises `StoreFault`."""
    latest = (col(QuarantinedRow.last_seen).desc(), col(QuarantinedRow.native), col(QuarantinedRow.reason))
    query = select(QuarantinedRow).order_by(*latest).limit(limit)
    if source is not None:
        query = query.where(QuarantinedRow.source == source)
    with store.session() as session:
        return session.exec(query).all()


def counted(store: Store) -> Mapping[str, int]:
    """How many rows each source has in quarantine, by its name; raises `StoreFault`."""
    with store.session() as session:
        query = select(QuarantinedRow.source, func.count()).group_by(col(QuarantinedRow.source))
        return dict(session.exec(query).all())


def released(store: Store, source: str, kind: InformationKind, native: str) -> None:
    """Removes what was noted of a row that is a record now; raises `StoreFault`."""
    with store.transaction() as session:
        session.exec(
            delete(QuarantinedRow).where(
                col(QuarantinedRow.source) == source,
                col(QuarantinedRow.kind) == kind,
                col(QuarantinedRow.native) == native,
            )
        )
