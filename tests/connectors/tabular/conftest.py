"""A running place of drops with its state, the example's connector, and tables of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.simulation.server import serving
from connectors.tabular import TabularConnector
from connectors.tabular.simulator import SimulatedDrop, simulate
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
    place: SimulatedDrop

    def connector(self, **options: Any) -> TabularConnector:
        """The example's connector, with `options` over its own."""
        return TabularConnector(example("connectors.tabular", self.url, CREDENTIALS, **options))


@pytest.fixture
def drop() -> Iterator[Running]:
    """240 events."""
    app = simulate(240, 1, NOW, CREDENTIALS)
    with serving(app) as url:
        yield Running(url, app.state.drop)
