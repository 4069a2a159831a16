"""A running simulator with its state, and the connector of the example's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.kobo import KoboConnector
from connectors.kobo.simulator import SimulatedKobo, simulate
from connectors.simulation.server import serving
from tests.connectors.source import example
from tests.samples import SAMPLES

# An empty list of parameters would count as a skipped test.
collect_ignore = [] if SAMPLES is not None else ["test_samples.py"]

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
CREDENTIALS = {"token": "a-token-of-the-test"}


@dataclass(frozen=True)
class Running:
    """The simulator while it runs."""

    url: str
    platform: SimulatedKobo

    def connector(self, **options: Any) -> KoboConnector:
        """The example's connector, with `options` over its own."""
        return KoboConnector(example("connectors.kobo", self.url, CREDENTIALS, **options))


@pytest.fixture
def kobo() -> Iterator[Running]:
    """240 events, of which this platform tells 92."""
    app = simulate(240, 1, NOW, CREDENTIALS)
    with serving(app) as url:
        yield Running(url, app.state.kobo)
