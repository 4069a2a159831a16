"""Single flight: equal reads that are under way at the same time are one request; and how what is under way ends.

A task that closes its connection must not be cancelled a second time: HTTP libraries shield their cleaning up from
their own scopes' cancellation only, and what is cancelled while cleaning up leaves its socket open. So what asks a
platform is a task without a timeout inside, and it is cancelled once, when the last one who waits for it leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from connectors.client.answer import Answer
from connectors.errors import Late


class Deadline:
    """By when an answer is wanted, on the running loop's clock; later once somebody joins who has more time."""

    def __init__(self, at: float) -> None:
        self.at = at


Work = Callable[[Deadline], Coroutine[Any, Any, Answer]]


class Flight:
    """One task that asks a platform, and those who wait for it."""

    def __init__(self, work: Work, deadline: float) -> None:
        self._deadline = Deadline(deadline)
        self._task = asyncio.create_task(work(self._deadline), name="request of a source")
        self._waiting = 0
        self.ending = False

    async def answer(self, deadline: float) -> Answer:
        """What the task gives before `deadline`; raises what the task raises, and `Late`.

        The last one to leave ends the task, and returns when it is over: its connection is closed then.
        """
        self._deadline.at = max(self._deadline.at, deadline)
        self._waiting += 1
        try:
            await asyncio.wait({self._task}, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
            if not self._task.done():
                raise Late("no complete answer before the deadline")
            return self._task.result()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.ending = True
                await _ended(self._task)


class Flights:
    """What is under way, by a key that stands for a request with all its headers, its credentials among them."""

    def __init__(self) -> None:
        self._under_way: dict[bytes, Flight] = {}

    async def join(self, key: bytes, deadline: float, work: Work) -> Answer:
        """The answer of the flight of `key`, begun where there is none."""
        flight = self._under_way.get(key)
        if flight is None or flight.ending:
            flight = self._under_way[key] = Flight(work, deadline)
        try:
            return await flight.answer(deadline)
        finally:
            if flight.ending and self._under_way.get(key) is flight:
                del self._under_way[key]

    def part(self) -> None:
        """What is under way ends for those who wait for it, and nobody joins it any more."""
        self._under_way.clear()


async def _ended(task: asyncio.Task[Answer]) -> None:
    """Cancels `task` unless it is over, and waits until it is, through every cancellation of the caller's own."""
    interruption: asyncio.CancelledError | None = None
    if not task.done():
        task.cancel()
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            interruption = error
    if not task.cancelled():
        task.exception()  # seen: whoever it was for may be gone
    if interruption is not None:
        raise interruption
