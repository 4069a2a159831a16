"""The circuit breaker: a platform that fails half of the time is left alone for a while, then asked by one request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from connectors.client.bounds import Bounds
from connectors.errors import NotAsked
from policies.vocabulary import BreakerState


class Breaker:
    """Opens when, of at least `breaker_requests` in the last `breaker_seconds`, a share of `breaker_share` failed."""

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        self._bounds = bounds
        self._clock = clock
        self._outcomes: deque[tuple[float, bool]] = deque()  # when, and whether it failed
        self._probe_at = 0.0
        self._proven = False  # closed by a probe, and nothing asked since
        self.state = BreakerState.CLOSED

    def admit(self) -> bool:
        """Lets a request go, and says whether it is the probe; raises `NotAsked` while open.

        `settle` must follow.
        """
        if self.state is BreakerState.CLOSED:
            return False
        left = self._probe_at - self._clock()
        if self.state is BreakerState.PROBING or left > 0:
            raise NotAsked(
                "not asked: too many of its last requests failed; one is let through to see whether it has recovered",
                after=max(left, 0.0),
            )
        self.state = BreakerState.PROBING
        return True

    def settle(self, *, probe: bool, failed: bool | None) -> None:
        """How an admitted request ended; `failed` is None where nothing was learned, as when its caller gave up."""
        if probe:
            self._settle_probe(failed)
        elif self.state is BreakerState.CLOSED and failed is not None:
            self._proven = False
            self._outcomes.append((self._clock(), failed))
            self._judge()

    def spoil(self) -> None:
        """The answer counted last as a success turned out to be unusable."""
        if self.state is not BreakerState.CLOSED:
            return
        if self._proven:
            self._open()
            return
        for place in range(len(self._outcomes) - 1, -1, -1):
            at, failed = self._outcomes[place]
            if not failed:
                self._outcomes[place] = at, True
                self._judge()
                return

    def _settle_probe(self, failed: bool | None) -> None:
        if failed is None:
            self.state = BreakerState.OPEN  # and the next request is the probe
        elif failed:
            self._open()
        else:
            self.state = BreakerState.CLOSED
            self._proven = True

    def _judge(self) -> None:
        while self._outcomes[0][0] <= self._clock() - self._bounds.breaker_seconds:
            self._outcomes.popleft()
            if not self._outcomes:
                return
        failures = sum(failed for _, failed in self._outcomes)
        enough = len(self._outcomes) >= self._bounds.breaker_requests
        if enough and failures >= self._bounds.breaker_share * len(self._outcomes):
            self._open()

    def _open(self) -> None:
        self.state = BreakerState.OPEN
        self._probe_at = self._clock() + self._bounds.open_seconds
        self._outcomes.clear()
