"""What a CAP file that is not there costs: nothing of the source's health, which its operator looks at."""

from __future__ import annotations

import pytest

from connectors.errors import Unusable
from policies.vocabulary import BreakerState, SourceState
from tests.connectors.formats.garbage import ALERTS, Answers, answering
from tests.connectors.gdacs.conftest import CAP_LINK, FILE, RSS, cap_file, connector, feed, item
from tests.connectors.source import calling, natives

LINKED = CAP_LINK.replace("/TC/7/cap_7.xml", "/TC/{0}/cap_{0}.xml")
RSS_TYPE = "application/rss+xml"


async def test_an_event_whose_file_is_not_there_is_no_failure_of_the_source() -> None:
    events = [item(LINKED.format(number), eventid=str(number)) for number in range(30)]
    answers: Answers = {RSS: (feed(*events), RSS_TYPE)}
    with answering(answers) as url:
        reader = connector(url)
        async with calling(url) as call:
            (page,) = [page async for page in reader.fetch(ALERTS, call)]
            health = call.client.health
    assert len(natives(list(page.records))) == 30
    assert not page.quarantined
    assert health.requests == 31
    assert (health.state, health.last_failure, health.last_error) == (SourceState.OK, None, None)
    assert health.breaker is BreakerState.CLOSED


async def test_a_file_that_is_there_and_no_cap_costs_its_event_alone() -> None:
    answers: Answers = {
        RSS: (feed(item(CAP_LINK), item(LINKED.format(8), eventid="8")), RSS_TYPE),
        FILE: (cap_file(), "application/cap+xml"),
        FILE.replace("7", "8"): (b"<html>Busy</html>", "text/html"),
    }
    with answering(answers) as url:
        async with calling(url) as call:
            (page,) = [page async for page in connector(url).fetch(ALERTS, call)]
            assert call.client.health.last_failure is None
    faults = {record.ref.native: bool(record.faults) for record in page.records}
    assert faults == {"TC7": False, "TC8": True}


async def test_a_feed_that_is_not_there_is_a_failure_of_the_source_as_soon_as_the_connector_gives_up() -> None:
    with answering({}) as url:
        async with calling(url) as call:
            with pytest.raises(Unusable) as caught:
                [page async for page in connector(url).fetch(ALERTS, call)]
            assert call.client.health.state is None, "so far one request was answered with no"
            call.client.note(caught.value)
            call.client.note(caught.value)
            health = call.client.health
    assert (health.state, health.last_error) == (SourceState.BROKEN, "SOURCE_UNUSABLE")
    assert health.breaker is BreakerState.CLOSED
