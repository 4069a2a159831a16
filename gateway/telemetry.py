"""Traces: one span a step of the path, one a source. Attributes are names and counts, never values or literals."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import INVALID_SPAN, NoOpTracer, Span, StatusCode, Tracer

# The step of a tracer whose spans nobody gets: some twenty a request, so they cost nothing.
_UNSEEN: Final = nullcontext(INVALID_SPAN)


def configure_logging() -> None:
    """Warnings to standard error with time and name; for the command's process and every worker's."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")


def tracer_provider(exporter: str | SpanExporter) -> TracerProvider | None:
    """A provider for `"console"`, or for an exporter that gets every span as it ends; None for `"none"`."""
    if exporter == "none":
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": "slt-gateway"}), shutdown_on_exit=False)
    if isinstance(exporter, SpanExporter):
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    elif exporter == "console":
        provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))
    return provider


def step(tracer: Tracer, name: str, **attributes: str | int) -> AbstractContextManager[Span]:
    """One step as a span. An exception marks it by its code or class name only: its message may hold a value."""
    return _UNSEEN if isinstance(tracer, NoOpTracer) else _recorded(tracer, name, attributes)


@contextmanager
def _recorded(tracer: Tracer, name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(StatusCode.ERROR, str(getattr(error, "code", type(error).__name__)))
            raise
