"""Generated garbage in the place of the index and of the files: never an error that the contract does not know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.cap.simulated_alerts import messages
from connectors.cap.simulator import simulate
from connectors.errors import SourceError
from connectors.simulation.events import events
from tests.connectors.cap.conftest import CAP, INDEX, NOW, TOKEN, atom, connector, indexed, message
from tests.connectors.formats.garbage import ALERTS, Answers, Fetch, answering, anything, fetching, sound

INVENTED = [item.body for item in messages(events(3, 40, NOW), 8)]
REFERENCES = "<references>desk@alerts.example,A-1,2026-11-20T10:00:00+03:00</references>"
UPDATE = message(extra=REFERENCES, identifier="A-2", sent="2026-11-20T11:00:00+03:00", msgType="Update")
ATOM = indexed(message())[INDEX][0]
INLINE = atom(f"<entry><id>urn:in</id><content>{message().decode()}</content></entry>")[0]
RSS = (
    b'<rss version="2.0"><channel><item><guid>1</guid><link>files/0.xml</link><pubDate>Mon, 23 Nov 2026 10:00:00 GMT'
    b'</pubDate><enclosure type="application/cap+xml" url="files/0.xml" length="1"/></item></channel></rss>'
)
RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def garbage() -> Iterator[tuple[str, Answers, Fetch]]:
    answers: Answers = {}
    with answering(answers) as url, fetching(url) as fetch:
        yield url, answers, fetch


@given(files=st.lists(anything(message(), UPDATE, *INVENTED), min_size=1, max_size=3))
@RELAXED
def test_any_file_is_a_record_or_a_quarantine_and_never_fails_the_source(
    garbage: tuple[str, Answers, Fetch], files: list[bytes]
) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers.update(indexed(*files, message(identifier="whole", sent="2026-11-24T09:00:00+00:00")))
    found = fetch(connector(url), ALERTS)
    assert not isinstance(found, SourceError), found
    sound(found)
    assert "whole" in [record.ref.native for page in found for record in page.records]


@given(index=anything(ATOM, INLINE, RSS))
@RELAXED
def test_any_index_is_read_or_a_typed_failure(garbage: tuple[str, Answers, Fetch], index: bytes) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers.update({INDEX: (index, "application/xml"), "/alerts/files/0.xml": (message(), CAP)})
    sound(fetch(connector(url), ALERTS))


@pytest.mark.parametrize("depth", [50_000])
def test_deep_nesting_costs_its_own_message_only(garbage: tuple[str, Answers, Fetch], depth: int) -> None:
    url, answers, fetch = garbage
    nested = message().replace(b"Invented headline", b"<a>" * depth + b"</a>" * depth)
    answers.clear()
    answers.update(indexed(nested, message(identifier="A-2")))
    body, media_type = answers[INDEX]
    within = b"<entry><id>urn:in</id>" + b"<a>" * depth + nested + b"</a>" * depth + b"</entry></feed>"
    answers[INDEX] = body.replace(b"</feed>", within), media_type
    found = fetch(connector(url), ALERTS)
    assert not isinstance(found, SourceError)
    assert [record.ref.native for page in found for record in page.records] == ["A-2"]
    assert len(found[0].quarantined) == 2


def test_the_simulated_feed_itself_is_no_garbage(garbage: tuple[str, Answers, Fetch]) -> None:
    assert len(simulate(40, 3, NOW, TOKEN).state.feed.messages) == len(INVENTED)
