"""Traces: one span a step of the path, one a source. Attributes are names and counts, never values or literals."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Span, StatusCode, Tracer


def configure_logging() -> None:
    """Warnings to standard error with time and name; for the command's process and every worker's."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")


def tracer_provider(exporter: str | SpanExporter) -> TracerProvider:
    """A provider for `"none"`, `"console"`, or an exporter that gets every span as it ends."""
    provider = TracerProvider(resource=Resource.create({"service.name": "slt-gateway"}), shutdown_on_exit=False)
    if isinstance(exporter, SpanExporter):
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    elif exporter == "console":
        provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    return provider


@contextmanager
def step(tracer: Tracer, name: str, **attributes: str | int) -> Iterator[Span]:
    """One step as a span. An exception marks it by its code or class name only: its message may hold a value."""
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(StatusCode.ERROR, str(getattr(error, "code", type(error).__name__)))
            raise
