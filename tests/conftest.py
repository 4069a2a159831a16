"""The whole gateway, as the demo starts it: real platforms' simulators, real HTTP, real tokens, a real ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings

from gateway.demo.cast import DemoClient
from gateway.demo.run import Demo, started
from gateway.store.engine import Store, open_store
from tests.samples import SAMPLES

# No property fails by the clock: a machine may be slow. `make test-long` looks further.
UNTIMED = [HealthCheck.too_slow]
settings.register_profile("short", deadline=None, suppress_health_check=UNTIMED)
settings.register_profile("long", deadline=None, suppress_health_check=UNTIMED, max_examples=2_000)
settings.load_profile(os.environ.get("SLT_TEST_PROFILE", "short"))


class Gateway:
    """A running gateway and its clients by label."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.url = demo.url
        self.graphql = f"{demo.url}/graphql"
        self._clients = {client.label: client for client in demo.clients}
        self.http = httpx.Client(trust_env=False, timeout=30.0)

    def client(self, label: str) -> DemoClient:
        return self._clients[label]

    def token(self, label: str, scope: str | None = None) -> str:
        client = self._clients[label]
        form = {"grant_type": "client_credentials", **({} if scope is None else {"scope": scope})}
        granted = self.http.post(f"{self.url}/oauth/token", data=form, auth=(client.client_id, client.client_secret))
        assert granted.status_code == 200, granted.text
        token: str = granted.json()["access_token"]
        return token

    def post(self, label: str, query: str, variables: Mapping[str, Any] | None = None, **body: Any) -> httpx.Response:
        return self.http.post(
            self.graphql,
            json={"query": query, "variables": variables, **body},
            headers={"Authorization": f"Bearer {self.token(label)}"},
        )

    def ask(self, label: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The data of an answer without errors."""
        body = self.post(label, query, variables).json()
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    def store(self) -> Store:
        return open_store(f"sqlite:///{self.demo.database}")


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """Shared by all tests that only read; a test that stops a platform or suspends a partner starts its own."""
    with started(port=0, seed=7, records=240) as demo:
        running = Gateway(demo)
        try:
            yield running
        finally:
            running.http.close()


def pytest_make_parametrize_id(val: object) -> str | None:
    """No bytes in a name: those of a workbook hold the time, and processes that share the tests call them alike."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where the recorded payloads are not there, one line says so; no test stands for them."""
    if SAMPLES is None:
        terminalreporter.write_line(
            "recorded payloads not found: their tests are not collected; SLT_SAMPLES names the folder"
        )
