"""A running platform with its state, and connectors of the example's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.contract import SourceSettings
from connectors.graphql import GraphqlConnector
from connectors.graphql.simulator import SimulatedPlatform, simulate
from connectors.simulation.server import serving
from tests.connectors.source import example

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
CREDENTIALS = {"token": "a-token-of-the-test"}


def settings(url: str = "http://127.0.0.1:9", **incidents: Any) -> SourceSettings:
    """The example's settings, with `incidents` over the keys of its kind."""
    plain = example("connectors.graphql", url, CREDENTIALS)
    of_kind = plain.options["incidents"]
    assert isinstance(of_kind, dict)
    return msgspec.structs.replace(plain, options={**plain.options, "incidents": of_kind | incidents})


@dataclass(frozen=True)
class Running:
    """The simulator while it runs."""

    url: str
    platform: SimulatedPlatform

    def connector(self, **incidents: Any) -> GraphqlConnector:
        """The example's connector, with `incidents` over the keys of its kind."""
        return GraphqlConnector(settings(self.url, **incidents))


@pytest.fixture
def platform() -> Iterator[Running]:
    """240 events, of which this platform tells 88."""
    app = simulate(240, 1, NOW, CREDENTIALS)
    with serving(app) as url:
        yield Running(url, app.state.platform)
