"""Sends what is due, from `start()` to `close()`: a thread with a loop of its own, since the store blocks."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from gateway.errors import DeliveryFault, StoreFault
from gateway.notices.deliveries import Deliveries, Delivery
from gateway.store.tables import ChannelKind

log = logging.getLogger("slt.notices")

POLL_SECONDS: Final = 1.0
# Deliveries that one process has in hand at a time, and those of one organization from which no more are taken.
IN_HAND: Final = 32
IN_HAND_OF_ONE: Final = 4
RETAIN_EVERY: Final = timedelta(hours=1)


class Sender(Protocol):
    """A way out."""

    async def send(self, item: Delivery, now: datetime) -> None:
        """Returns when the notice has arrived; raises `DeliveryFault`."""
        ...


class Courier:
    """Takes due deliveries and sends them; any number of processes may run one. `clock`: seconds since the epoch."""

    def __init__(
        self,
        deliveries: Deliveries,
        senders: Mapping[ChannelKind, Sender],
        *,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._deliveries = deliveries
        self._senders = senders
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = lambda: None
        self._retain_at: datetime | None = None

    def start(self) -> None:
        """Starts the thread; returns when it works."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work(ready)), name="notices", daemon=True)
        self._thread.start()
        ready.wait()

    async def close(self) -> None:
        """Ends the thread. What is under way is broken off and sent again when its lease is over."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop()
            await asyncio.to_thread(thread.join)

    async def deliver(self, item: Delivery) -> None:
        """One attempt, and what came of it is marked; raises `StoreFault` where it can't be."""
        sender = self._senders.get(item.channel)
        try:
            if sender is None:
                raise DeliveryFault("NOT_OFFERED")  # mail was taken out of the configuration
            await sender.send(item, self._now())
        except DeliveryFault as fault:
            log.warning("%s: %s to %s: %s", fault.code, item.channel.value, item.organization, fault)
            self._deliveries.failed(item, self._now(), str(fault))
        else:
            self._deliveries.delivered(item, self._now())

    async def _work(self, ready: threading.Event) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        # Names are looked up in threads that nothing can break off; slow ones must leave some to the others.
        loop.set_default_executor(ThreadPoolExecutor(2 * IN_HAND, "notices"))
        self._stop = lambda: _call(loop, stopping.set)
        ready.set()
        in_hand: dict[asyncio.Task[None], str] = {}
        failing = False
        until_stopped = asyncio.create_task(stopping.wait())
        while not stopping.is_set():
            try:
                for item in self._next(in_hand):
                    in_hand[asyncio.create_task(self.deliver(item))] = item.organization
            except StoreFault as fault:
                if not failing:
                    log.error("%s: notices are not sent: %s", fault.code, fault)
                failing = True
            else:
                failing = False
            done, _ = await asyncio.wait(
                [until_stopped, *in_hand], timeout=self._poll_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            for task in [task for task in in_hand if task in done]:
                del in_hand[task]
                _tell(task)
        for task in in_hand:
            task.cancel()
        await asyncio.gather(*in_hand, return_exceptions=True)

    def _next(self, in_hand: Mapping[asyncio.Task[None], str]) -> list[Delivery]:
        now = self._now()
        if self._retain_at is None or now >= self._retain_at:
            self._deliveries.retain(now)
            self._retain_at = now + RETAIN_EVERY
        self._deliveries.route(now)
        room = IN_HAND - len(in_hand)
        busy = [name for name, count in Counter(in_hand.values()).items() if count >= IN_HAND_OF_ONE]
        return list(self._deliveries.take(now, room, busy)) if room > 0 else []

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _tell(task: asyncio.Task[None]) -> None:
    """An attempt that ended in a fault nobody foresaw, or could not be marked: its lease makes it due again."""
    error = task.exception()
    if error is not None:
        log.error("%s: a delivery could not be ended: %s", getattr(error, "code", "INTERNAL_SERVER_ERROR"), type(error))


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function)
