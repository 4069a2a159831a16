"""CAP 1.2 messages as written: what is read, what is refused, and that nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import cap
from connectors.formats.cap_files import origin
from policies.values import Position
from tests.connectors.cap.conftest import message
from tests.samples import found


def test_a_message_is_read_as_written() -> None:
    alert = cap.parse_alert(message("<parameter><valueName>A</valueName><value>1</value></parameter>"))
    assert (alert.identifier, alert.sender, alert.scope) == ("A-1", "desk@alerts.example", "Public")
    assert alert.sent == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert alert.infos[0].parameters == (cap.Named("A", "1"),)


def test_addresses_with_spaces_stand_in_quotes() -> None:
    alert = cap.parse_alert(message(extra='<addresses> UNDSS "Harbour Relief"  a@b.example </addresses>'))
    assert alert.addresses == ("UNDSS", "Harbour Relief", "a@b.example")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("<weather>dry</weather>", "`info` holds an element that CAP 1.2 does not have"),
        ("<description>Go <b>now</b></description>", "`description` holds an element where CAP 1.2 has text alone"),
        ("<area><areaDesc>x</areaDesc><colour>red</colour></area>", "`area`"),
        ("<area><areaDesc><i>x</i></areaDesc></area>", "`areaDesc`"),
        ("<resource><resourceDesc>x</resourceDesc><author>y</author></resource>", "`resource`"),
        ("<parameter><valueName>x</valueName><value>1</value><unit>m</unit></parameter>", "`parameter`"),
        ("<parameter><value>1</value></parameter>", "`valueName`"),
        ("<eventCode><value>1</value></eventCode>", "`valueName`"),
        ('<other:event xmlns:other="urn:other">x</other:event>', "`info`"),
    ],
)
def test_what_cap_does_not_have_is_refused_and_not_dropped(content: str, named: str) -> None:
    with pytest.raises(cap.NotCap) as caught:
        cap.parse_alert(message(content))
    assert named in str(caught.value)
    assert not any(value in str(caught.value) for value in ("dry", "now", "red"))


def test_a_signature_may_stand_in_a_message() -> None:
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    assert cap.parse_alert(message(extra=signature)).identifier == "A-1"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_another_version_is_refused_by_its_number(version: str) -> None:
    with pytest.raises(cap.NotCap, match=f"of CAP {version}, which is not read"):
        cap.parse_alert(message().replace(b"cap:1.2", f"cap:{version}".encode()))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00+03:00", datetime(2026, 11, 20, 7, tzinfo=UTC)),
        ("2026-11-20T10:00:00-00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        # CAP forbids it, and feeds write it.
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_turned_to_utc(text: str, moment: datetime) -> None:
    assert cap.time(text) == moment


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-20", "2026-11-20T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "now"],
)
def test_a_time_without_offset_or_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        cap.time(text)


@pytest.mark.parametrize("reader", [cap.time, cap.reference, cap.position, cap.circle, cap.polygon, origin])
@given(text=st.text(max_size=40) | st.from_regex(r"-?[0-9.e]{1,9},-?[0-9.e]{1,9}( [0-9.naif]{1,5})?", fullmatch=True))
def test_any_text_is_read_or_refused_with_a_value_error(reader: Callable[[str], Any], text: str) -> None:
    with suppress(ValueError):
        reader(text)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 20_000))
def test_every_circle_in_range_has_its_centre_turned(latitude: float, longitude: float, radius: float) -> None:
    assert cap.circle(f"{latitude!r},{longitude!r} {radius!r}") == cap.Circle(Position(longitude, latitude), radius)


@pytest.mark.parametrize("text", ["http://a.example", "HTTP://A.Example:80/x", "http://user:pass@a.example/"])
def test_an_origin_is_scheme_host_and_port(text: str) -> None:
    assert origin(text) == ("http", "a.example", 80)


@pytest.mark.parametrize("example", found("cap/oasis_example*.xml"), ids=lambda path: path.name)
def test_the_standards_examples_are_read(example: Any) -> None:
    assert cap.parse_alert(example.read_bytes()).infos
