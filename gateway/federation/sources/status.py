"""The status table: how each source is doing, written by a thread of its own, and read for who operates it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from sqlmodel import Session, select

from gateway.errors import StoreFault
from gateway.federation.sources.health import health, together
from gateway.federation.sources.source import Source
from gateway.federation.viewed import SourceHealth
from gateway.quarantine.rows import counted
from gateway.store.engine import Store
from gateway.store.tables import SourceStatus

log = logging.getLogger("slt.sources")

# A change is written within so many seconds.
POLL_SECONDS: Final = 1.0
# Newer times alone wait as long; so who reads the table can tell whether a gateway runs.
CONFIRMED_SECONDS: Final = 10.0
COLUMNS: Final = (
    *("source", "connector", "state", "last success", "error", "breaker", "watermark", "quarantined", "as of"),
)


class Statuses:
    """Writes how `sources` are doing into the store, from `start()` to `stop()`.

    `clock`: seconds since the epoch. Several processes write the same table: the newest of what they know stands.
    """

    def __init__(self, store: Store, sources: Sequence[Source], clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._sources = sources
        self._clock = clock
        self._news: Sequence[object] = ()
        self._written_at = float("-inf")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="status of the sources", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Writes what is not written yet and ends the thread."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def write(self) -> None:
        """Writes where something has changed, or is to be confirmed; raises `StoreFault`."""
        known = health(self._sources)
        news = [(item.state, item.breaker, item.error, item.embargoed_until, item.watermark) for item in known]
        now = self._clock()
        if known and (news != self._news or now - self._written_at >= CONFIRMED_SECONDS):
            self._write(known, datetime.fromtimestamp(now, UTC))
            self._news, self._written_at = news, now

    def _write(self, known: Sequence[SourceHealth], now: datetime) -> None:
        with self._store.transaction() as session:
            for item in known:
                stands = combined(session, item)
                told = {name: getattr(stands, name) for name in _TOLD}
                session.merge(SourceStatus(source=item.name, observed=now, **told))

    def _run(self) -> None:
        failing = False
        while True:
            last = self._stopping.wait(POLL_SECONDS)
            try:
                self.write()
                failing = False
            except StoreFault as fault:
                if not failing:
                    log.error("%s: the status of the sources could not be written: %s", fault.code, fault)
                failing = True
            if last:
                return


_TOLD: Final = tuple(name for name in SourceHealth.__struct_fields__ if name in SourceStatus.model_fields)


def combined(session: Session, known: SourceHealth) -> SourceHealth:
    """What this process knows of a source, and the others beside it."""
    row = session.get(SourceStatus, known.name)
    if row is None:
        return known
    return together(known, msgspec.structs.replace(known, **{name: getattr(row, name) for name in _TOLD}))


class StatusTable(msgspec.Struct, frozen=True):
    """What is known of the configured sources. `rows` as `COLUMNS` says, in the order of the configuration.

    `observed`: when a gateway told last how things are; None where none ever did.
    """

    rows: Sequence[Sequence[str]]
    observed: datetime | None

    def age(self, now: datetime) -> str:
        """How old it is, in words, and whether that means that no gateway runs."""
        if self.observed is None:
            return "no gateway has served these sources from this database yet"
        seconds = timedelta(seconds=max(0, round((now - self.observed).total_seconds())))
        if seconds.total_seconds() <= 3 * CONFIRMED_SECONDS:
            return f"as told {seconds} ago"
        return f"no gateway runs: this is how it was {seconds} ago"


def status_table(store: Store, configured: Iterable[tuple[str, str]]) -> StatusTable:
    """The status of the sources that are `configured`, by name and connector, whether a gateway runs or not.

    Raises `StoreFault`.
    """
    with store.session() as session:
        known = {row.source: row for row in session.exec(select(SourceStatus))}
    quarantined = counted(store)
    rows, observed = [], []
    for name, connector in configured:
        row = known.get(name)
        told = ("not asked", "", "", "", "", "")
        if row is not None:
            observed.append(row.observed)
            told = (
                "not asked" if row.state is None else row.state.value,
                _time(row.last_success),
                row.error or "",
                row.breaker.value,
                row.watermark or "",
                _time(row.observed),
            )
        rows.append((name, connector, *told[:5], str(quarantined.get(name, 0)), told[5]))
    return StatusTable(rows, max(observed, default=None))


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
