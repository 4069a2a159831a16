"""A running simulator with its state, and the connector of the example's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.reliefweb import ReliefWebConnector
from connectors.reliefweb.simulator import SimulatedReliefWeb, simulate
from connectors.simulation.server import serving
from tests.connectors.source import example
from tests.samples import SAMPLES

# An empty list of parameters would count as a skipped test.
collect_ignore = [] if SAMPLES is not None else ["test_samples.py"]

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Running:
    """The simulator while it runs."""

    url: str
    platform: SimulatedReliefWeb

    def connector(self, **options: Any) -> ReliefWebConnector:
        """The example's connector, with `options` over its own."""
        return ReliefWebConnector(example("connectors.reliefweb", self.url, {}, **options))


@pytest.fixture
def reliefweb() -> Iterator[Running]:
    """The reports on 240 events."""
    app = simulate(240, 1, NOW, {})
    with serving(app) as url:
        yield Running(url, app.state.reliefweb)
