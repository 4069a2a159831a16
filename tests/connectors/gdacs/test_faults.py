"""Bad days of GDACS, wrong settings, and generated garbage in the place of its feeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import SourceError, Unconfigured, Unusable
from connectors.gdacs import GdacsConnector
from connectors.gdacs.event_list import PATH
from connectors.gdacs.simulated_events import cap_file as invented_file
from connectors.gdacs.simulated_events import feature as invented_feature
from connectors.gdacs.simulated_events import hazards, rss
from connectors.simulation.events import events
from tests.connectors.formats.garbage import ALERTS, Answers, Fetch, answering, anything, fetching, sound
from tests.connectors.gdacs.conftest import CAP_LINK, FILE, RSS, cap_file, collection, connector, feature, feed, item
from tests.connectors.source import example, pages

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HAZARDS = hazards(events(3, 80, NOW))
ITEMS = (feed(item(CAP_LINK), item(eventid="8", eventtype="EQ")), rss(HAZARDS[:3], NOW))
LISTS = (collection(feature(), feature(eventid=8))[0], collection(invented_feature(HAZARDS[0]))[0])
RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Busy</html>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"/>',
        b'<rss version="2.0"/>',
        feed(item())[:-20],
        b'<!DOCTYPE rss [<!ENTITY a "x">]>' + feed(item("&a;")),
        b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + feed(item("&a;")),
    ],
)
async def test_what_is_no_feed_is_a_typed_failure(body: bytes) -> None:
    with answering({RSS: (body, "application/rss+xml")}) as url, pytest.raises(Unusable):
        await pages(connector(url), url, ALERTS)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<html>Busy</html>", "text/html"),
        (b"<html>Busy</html>", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "application/json"),
        (b'{"features": {}}', "application/json"),
        (b'{"features": [', "application/json"),
        (b'{"features": [{"\x80": 1}]}', "application/json"),
        (b'{"features": ["\\ud800"]}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"features": ' + b"[" * 100_000, "application/json"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_is_no_event_list_is_a_typed_failure(body: bytes, media_type: str) -> None:
    with answering({PATH: (body, media_type)}) as url, pytest.raises(Unusable):
        await pages(connector(url, form="json"), url, ALERTS)


async def test_a_byte_order_mark_does_not_matter() -> None:
    with answering({RSS: (b"\xef\xbb\xbf" + feed(item()), "application/rss+xml")}) as url:
        (page,) = await pages(connector(url), url, ALERTS)
    assert len(page.records) == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"form": "xml"}, "form"),
        ({"rss": "rss.xml"}, "`rss`"),
        ({"days": 0}, "`days`"),
        ({"alert_levels": []}, "`alert_levels`"),
        ({"alert_levels": ["Yellow"]}, "alert_levels"),
        ({"event_types": ["ZZ"]}, "event_types"),
        ({"hosts": ["www.gdacs.org"]}, "`hosts`"),
        ({"level": "Red"}, "level"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        connector("http://127.0.0.1:9", **options)
    assert named in str(caught.value)


def test_credentials_are_refused_since_gdacs_takes_none() -> None:
    given_one = msgspec.structs.replace(example("connectors.gdacs", "http://127.0.0.1:9", {}), credentials={"key": "k"})
    with pytest.raises(Unconfigured, match=r"`credentials.key`"):
        GdacsConnector(given_one)


@pytest.fixture(scope="module")
def garbage() -> Iterator[tuple[str, Answers, Fetch]]:
    answers: Answers = {}
    with answering(answers) as url, fetching(url) as fetch:
        yield url, answers, fetch


@given(body=anything(*ITEMS))
@RELAXED
def test_any_feed_is_read_or_a_typed_failure(garbage: tuple[str, Answers, Fetch], body: bytes) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers.update({RSS: (body, "application/rss+xml"), FILE: (cap_file(), "application/cap+xml")})
    sound(fetch(connector(url), ALERTS))


@given(body=anything(cap_file("<polygon>6.0,31.0 6.0,32.0 7.0,32.0 6.0,31.0</polygon>"), invented_file(HAZARDS[0])))
@RELAXED
def test_any_cap_file_leaves_the_event_as_it_is(garbage: tuple[str, Answers, Fetch], body: bytes) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers.update({RSS: (feed(item(CAP_LINK)), "application/rss+xml"), FILE: (body, "application/cap+xml")})
    found = fetch(connector(url), ALERTS)
    assert not isinstance(found, SourceError), found
    sound(found)
    told = [record.ref.native for page in found for record in page.records]
    assert told == ["TC7"] or (not told and found[0].quarantined)


@given(body=anything(*LISTS))
@RELAXED
def test_any_event_list_is_read_or_a_typed_failure(garbage: tuple[str, Answers, Fetch], body: bytes) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers[PATH] = body, "application/json"
    sound(fetch(connector(url, form="json"), ALERTS))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


@given(name=st.sampled_from([*feature()["properties"], "bbox", "geometry"]), value=JSON)
@RELAXED
def test_any_value_in_a_feature_costs_its_own_feature_at_most(
    garbage: tuple[str, Answers, Fetch], name: str, value: Any
) -> None:
    url, answers, fetch = garbage
    answers.clear()
    answers[PATH] = collection(feature(**{name: value}), feature(eventid=9))
    found = fetch(connector(url, form="json"), ALERTS)
    assert not isinstance(found, SourceError), found
    sound(found)
    assert "FL9" in [record.ref.native for page in found for record in page.records]
