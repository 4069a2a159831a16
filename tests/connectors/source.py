"""A source as the gateway builds it, for tests: an example's configuration, a call, and an oracle for filters."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import httpx
from opentelemetry.trace import NoOpTracer

from connectors.client import SourceClient
from connectors.contract import Call, Connector, FetchRequest, Page, SourceSettings
from connectors.markings import read_marking
from connectors.records import Record
from policies.condition import Field, Interval, Operator, Test
from policies.values import Moment


def example(package: str, url: str, credentials: Mapping[str, str], **options: Any) -> SourceSettings:
    """The settings of a connector's `example.toml`, with `options` over its own."""
    data = tomllib.loads(files(package).joinpath("example.toml").read_text("utf-8"))
    assert set(data["credentials"]) <= set(credentials), "the example asks for credentials that the test has not"
    return SourceSettings(
        name=data["name"],
        url=url,
        marking=read_marking(data["marking"]),
        credentials=credentials,
        options=data.get("options", {}) | options,
        originators=data.get("originators", {}),
    )


@asynccontextmanager
async def calling(url: str, seconds: float = 10.0) -> AsyncIterator[Call]:
    """A call with a client of its own and `seconds` until its deadline."""
    async with httpx.AsyncClient(trust_env=False) as http:
        deadline = asyncio.get_running_loop().time() + seconds
        yield Call(client=SourceClient(url, http), deadline=deadline, tracer=NoOpTracer())


async def pages(connector: Connector, url: str, request: FetchRequest) -> list[Page]:
    """All pages of one fetch."""
    async with calling(url) as call:
        return [page async for page in connector.fetch(request, call)]


def records(fetched: list[Page]) -> list[Any]:
    """The records of all pages, in their order."""
    return [record for page in fetched for record in page.records]


def natives(found: list[Record]) -> list[str]:
    """The records' own keys."""
    return [record.ref.native for record in found]


def tightest(record: Record, field: Field) -> Test:
    """The smallest interval that the record's own time lies in."""
    value: Any = getattr(record, field.value)
    cell = value if isinstance(value, Moment) else Moment.instant(value)
    end = cell.end if cell.end > cell.start else cell.end + timedelta(microseconds=1)
    return Test(field, Operator.WITHIN, Interval(cell.start, end))


def matches(record: Record, test: Test) -> bool:
    """Whether the record itself passes a test, told apart from how any platform filters."""
    value: Any = record
    for name in test.field.value.split("."):
        value = None if value is None else getattr(value, name)
    if value is None:
        return False
    if test.operator is Operator.IN:
        assert isinstance(test.value, frozenset)
        return value in test.value
    assert test.operator is Operator.WITHIN
    assert isinstance(test.value, Interval)
    cell = value if isinstance(value, Moment) else Moment.instant(value)
    start, end = test.value.start, test.value.end
    # An instant is a cell without length: it must lie before the end, which is not in the interval.
    inside = end is None or (cell.end < end if cell.start == cell.end else cell.end <= end)
    return (start is None or cell.start >= start) and inside
