"""How a source is doing, for its operator: no address, no credential, nothing of any record."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from connectors.errors import NotAsked, SourceError
from policies.vocabulary import BreakerState, SourceState


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A moment's state. Times are UTC; None where there was none yet since the start.

    `state` is OK where the last request went well, else what a requester sees of its failure. `last_error` is the code
    of the last failure (`SourceError.code`); `retries` counts those made; `patient_seconds` is how long the platform
    has yet asked to be left alone (`Retry-After`).
    """

    state: SourceState | None
    breaker: BreakerState
    last_success: datetime | None
    last_failure: datetime | None
    last_error: str | None
    in_flight: int
    requests: int
    retries: int
    patient_seconds: float


class Record:
    """What is written down as requests end."""

    def __init__(self) -> None:
        self.last_success: datetime | None = None
        self.last_failure: datetime | None = None
        self.last_error: str | None = None
        self.state: SourceState | None = None
        self.in_flight = 0
        self.requests = 0

    def succeeded(self) -> None:
        """An answer was usable."""
        self.last_success = datetime.now(UTC)
        self.state = SourceState.OK

    def failed(self, error: SourceError) -> None:
        """A request, or what its answer held, was a failure."""
        self.last_failure = datetime.now(UTC)
        self.state = error.state
        # Why the breaker is open says more than that it is.
        if not isinstance(error, NotAsked) or self.last_error is None:
            self.last_error = error.code
