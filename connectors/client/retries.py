"""How often a read is asked again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable

from connectors.client.bounds import Bounds


class RetryBudget:
    """A share of the reads and a few a second (Finagle): retries can't multiply the load of a platform that fails."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self._bounds = bounds
        self._clock = clock
        self._reserve = bounds.retries_a_second
        self._earned = 0.0
        self._at = clock()
        self.spent = 0

    def earn(self) -> None:
        """A read was asked for; its retries are none."""
        self._earned = min(self._earned + self._bounds.retry_share, self._bounds.retries_kept)

    def spend(self) -> bool:
        """Whether one retry may be made; if so, it is counted."""
        now, rate = self._clock(), self._bounds.retries_a_second
        self._reserve = min(rate, self._reserve + (now - self._at) * rate)
        self._at = now
        if self._reserve >= 1:
            self._reserve -= 1
        elif self._earned >= 1:
            self._earned -= 1
        else:
            return False
        self.spent += 1
        return True


def backoff(attempt: int, bounds: Bounds) -> float:
    """Seconds before the attempt after `attempt` (from 1): exponential, with full jitter, so that no two go in step."""
    longest = min(bounds.longest_backoff_seconds, bounds.first_backoff_seconds * 2 ** (attempt - 1))
    return random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing
