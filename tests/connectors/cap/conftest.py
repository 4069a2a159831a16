"""A simulated CAP feed on loopback, and feeds of whatever messages a test gives them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.cap import CapConnector
from connectors.cap.simulator import SimulatedFeed, simulate
from connectors.contract import Page
from connectors.formats.cap import NAMESPACE
from connectors.simulation.server import serving
from tests.connectors.formats.garbage import ALERTS, Answers, answering
from tests.connectors.source import example, pages

TOKEN = {"token": "invented-token"}
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
INDEX = "/alerts/index.xml"
CAP = "application/cap+xml"


class Running:
    """The simulator that runs, its address, and connectors for it."""

    def __init__(self, url: str, feed: SimulatedFeed) -> None:
        self.url = url
        self.feed = feed

    def connector(self, **options: Any) -> CapConnector:
        return connector(self.url, **options)


def connector(url: str, credentials: dict[str, str] | None = None, **options: Any) -> CapConnector:
    """The connector of the example's configuration."""
    return CapConnector(example("connectors.cap", url, TOKEN if credentials is None else credentials, **options))


@pytest.fixture
def feed() -> Iterator[Running]:
    app = simulate(160, 7, NOW, TOKEN)
    with serving(app) as url:
        yield Running(url, app.state.feed)


def message(content: str = "", extra: str = "", **changes: str) -> bytes:
    """A CAP message with one `info` block; `content` stands in it, `extra` before it."""
    fields = {
        "identifier": "A-1",
        "sender": "desk@alerts.example",
        "sent": "2026-11-20T10:00:00+03:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    } | changes
    head = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return (
        f'<alert xmlns="{NAMESPACE}">{head}{extra}<info><language>en</language><category>Transport</category>'
        "<event>Road closed</event><urgency>Immediate</urgency><severity>Severe</severity>"
        f"<certainty>Likely</certainty><headline>Invented headline</headline>{content}</info></alert>"
    ).encode()


def indexed(*files: bytes) -> Answers:
    """An Atom index of these files and the files, by path."""
    entries = "".join(
        f"<entry><id>urn:{place}</id><updated>2026-11-24T00:00:00Z</updated>"
        f'<link type="{CAP}" href="files/{place}.xml"/></entry>'
        for place in range(len(files))
    )
    answers: Answers = {f"/alerts/files/{place}.xml": (file, CAP) for place, file in enumerate(files)}
    answers[INDEX] = atom(entries)
    return answers


def atom(entries: str) -> tuple[bytes, str]:
    """An Atom index."""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entries}</feed>'.encode(),
        "application/atom+xml",
    )


@contextmanager
def messages(*files: bytes) -> Iterator[str]:
    """A server with an index of these files."""
    with answering(indexed(*files)) as url:
        yield url


async def fetched(*files: bytes, **options: Any) -> Page:
    """The page that an index of these files makes."""
    with messages(*files) as url:
        (page,) = await pages(connector(url, **options), url, ALERTS)
    return page


async def one(file: bytes, **options: Any) -> Any:
    """The record that a file makes."""
    page = await fetched(file, **options)
    assert not page.quarantined
    (record,) = page.records
    return record
