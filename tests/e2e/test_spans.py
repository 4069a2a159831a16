"""One span a step of the path, one a source; no literal, token or value in any of them, nor in a log line."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from connectors.simulation.server import listen, url_of
from gateway.demo.run import configure, serving_gateway
from gateway.service import build_service
from gateway.settings.sections import OWN_SOURCE
from gateway.store.engine import open_store
from tests.conftest import Gateway

CANARY = "canary-7f3a"


@pytest.fixture
def traced(gateway: Gateway) -> Iterator[tuple[Gateway, InMemorySpanExporter]]:
    """A second gateway over the same store and platforms, with its own exporter."""
    exporter = InMemorySpanExporter()
    bound = listen()
    store = open_store(f"sqlite:///{gateway.demo.database}")
    settings = configure(gateway.demo.platforms, url_of(bound), gateway.demo.database, gateway.demo.database.parent)
    with serving_gateway(build_service(settings, store, exporter=exporter), bound):
        yield _at(gateway, url_of(bound)), exporter
    bound.close()
    store.close()


def _at(gateway: Gateway, url: str) -> Gateway:
    other = Gateway(gateway.demo)
    other.url, other.graphql = url, f"{url}/graphql"
    return other


def test_every_step_has_a_span_and_none_has_a_value(
    traced: tuple[Gateway, InMemorySpanExporter], caplog: pytest.LogCaptureFixture
) -> None:
    gateway, exporter = traced
    query = f'query Named($t: String) {{ incidents(first: 3, filter: {{text: $t}}) {{ nodes {{ id title }} }} other: incidents(filter: {{text: "{CANARY}"}}) {{ nodes {{ id }} }} }}'
    with caplog.at_level(logging.DEBUG):
        answer = gateway.post("dss-analyst", query, {"t": CANARY})
        gateway.post("dss-analyst", f'{{ incidents(after: "{CANARY}") {{ nodes {{ id }} }} }}')
    assert "errors" not in answer.json()
    gateway.http.close()
    spans = exporter.get_finished_spans()
    names = {span.name for span in spans}
    assert {
        "request",
        "authenticate",
        "parse and validate",
        "execute",
        "plan",
        "decide",
        "page",
        "fetch.source",
        "ledger",
        "respond",
    } <= names
    sources = {span.attributes["source"] for span in spans if span.name == "fetch.source" and span.attributes}
    assert sources == {OWN_SOURCE} | {
        platform.source["name"]
        for platform in gateway.demo.platforms
        if platform.source["connector"] in {"unsms", "kobo", "acled", "graphql", "tabular"}
    }
    written = "".join(span.to_json() for span in spans) + "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("slt")
    )
    assert CANARY not in written
    assert "eyJ" not in written


def test_spans_of_one_request_belong_to_one_trace(traced: tuple[Gateway, InMemorySpanExporter]) -> None:
    gateway, exporter = traced
    token = gateway.token("dss-analyst")
    exporter.clear()
    gateway.http.post(
        gateway.graphql,
        json={"query": "{ incidents(first: 1) { nodes { id } } }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    gateway.http.close()
    assert len({span.context.trace_id for span in exporter.get_finished_spans()}) == 1
