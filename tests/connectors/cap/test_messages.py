"""What a message becomes: the format's traps, markings by scope, and which message takes which away."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from connectors.cap import CapConnector
from connectors.markings import read_marking
from policies.groups import FieldGroup
from policies.values import AdminArea, Position
from policies.vocabulary import Audience, RecordStatus, ReportStage, TrafficLight
from tests.connectors.cap.conftest import TOKEN, fetched, message, messages, one
from tests.connectors.formats.garbage import ALERTS
from tests.connectors.source import example, natives, pages

GEOCODES = {"C": "COUNTRY", "1": "ADMIN1", "2": "ADMIN2"}
FIRST = "<references>desk@alerts.example,A-1,2026-11-20T10:00:00+03:00</references>"
LATER = {"identifier": "A-2", "sent": "2026-11-20T11:00:00+03:00"}


def area(*shapes: str, **codes: str) -> str:
    written = "".join(
        f"<geocode><valueName>{name.removeprefix('_')}</valueName><value>{code}</value></geocode>"
        for name, code in codes.items()
    )
    return f"<area><areaDesc>Invented area</areaDesc>{''.join(shapes)}{written}</area>"


async def test_coordinates_are_turned_round() -> None:
    record = await one(message(area("<circle>6.2,31.5 10</circle>", C="SSD")), geocodes=GEOCODES)
    assert record.place.point == Position(longitude=31.5, latitude=6.2)
    ring = "<polygon>6.0,31.0 6.0,32.0 7.0,32.0 6.0,31.0</polygon>"
    record = await one(message(area(ring, C="SSD")), geocodes=GEOCODES)
    (polygon,) = [item for item in record.attributes if item.key == "polygon"]
    assert json.loads(polygon.value)["coordinates"] == [[[31.0, 6.0], [32.0, 6.0], [32.0, 7.0], [31.0, 6.0]]]


async def test_of_several_areas_the_place_is_what_they_share_and_all_countries_release_it() -> None:
    record = await one(message(area(C="SSD", _1="SS03", _2="SS0303") + area(C="SSD", _1="SS03")), geocodes=GEOCODES)
    assert (record.place.admin1, record.place.admin2) == (AdminArea("SS03"), None)
    record = await one(message(area(C="SSD") + area(C="SDN")), geocodes=GEOCODES)
    assert record.place is None
    assert record.marking.release_areas == {"SSD", "SDN"}


@pytest.mark.parametrize("written", ["Actual", "Exercise", "System", "Test", "Draft"])
async def test_every_status_stays_with_the_record(written: str) -> None:
    assert (await one(message(status=written))).status is RecordStatus[written.upper()]


ADDRESSES = '<addresses>"Harbour Relief" UNDSS "Nobody Known"</addresses>'


@pytest.mark.parametrize(
    ("scope", "audience", "tlp", "named"),
    [
        ("Public", Audience.PUBLIC, TrafficLight.CLEAR, set()),
        ("Restricted", Audience.PARTNERS, TrafficLight.GREEN, set()),
        ("Private", Audience.NAMED, TrafficLight.GREEN, {"harbour-relief", "undss"}),
    ],
)
async def test_scope_narrows_what_is_public_by_default(
    scope: str, audience: Audience, tlp: TrafficLight, named: set[str]
) -> None:
    marking = (await one(message(extra=ADDRESSES, scope=scope))).marking
    assert (marking.audience, marking.tlp, marking.named) == (audience, tlp, named)


@pytest.mark.parametrize(
    ("default", "scope", "audience", "tlp"),
    [
        ({"audience": "UNSMS", "tlp": "AMBER"}, "Public", Audience.UNSMS, TrafficLight.AMBER),
        ({"audience": "UNSMS", "tlp": "AMBER"}, "Restricted", Audience.UNSMS, TrafficLight.AMBER),
        ({"audience": "UNSMS", "tlp": "AMBER"}, "Private", Audience.ORIGINATOR, TrafficLight.AMBER),
        ({"audience": "PARTNERS_IN_AREA", "tlp": "RED"}, "Restricted", Audience.PARTNERS_IN_AREA, TrafficLight.RED),
        ({"audience": "PARTNERS_IN_AREA", "tlp": "RED"}, "Private", Audience.ORIGINATOR, TrafficLight.RED),
        ({"audience": "PARTNERS", "tlp": "AMBER"}, "Private", Audience.NAMED, TrafficLight.AMBER),
    ],
)
async def test_scope_never_opens_what_the_default_keeps(
    default: dict[str, str], scope: str, audience: Audience, tlp: TrafficLight
) -> None:
    file = message(extra=ADDRESSES, scope=scope)
    with messages(file) as url:
        marking = read_marking({"originator": "common-ground-platform", **default})
        settings = msgspec.structs.replace(example("connectors.cap", url, TOKEN), marking=marking)
        (page,) = await pages(CapConnector(settings), url, ALERTS)
    (record,) = page.records
    assert (record.marking.audience, record.marking.tlp) == (audience, tlp)


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"msgType": "Update"}, ["A-2"]),
        ({"msgType": "Cancel"}, ["A-2"]),
        ({"msgType": "Cancel", "status": "Exercise"}, ["A-2", "A-1"]),
        ({"msgType": "Cancel", "sender": "somebody@else.example"}, ["A-2", "A-1"]),
        ({"msgType": "Update", "sent": "2026-11-20T09:00:00+03:00"}, ["A-1", "A-2"]),
        # Answers are no alerts, and take nothing away.
        ({"msgType": "Ack"}, ["A-1"]),
        ({"msgType": "Error"}, ["A-1"]),
    ],
)
async def test_which_message_takes_an_earlier_one_away(changes: dict[str, str], left: list[str]) -> None:
    page = await fetched(message(), message(extra=FIRST, **LATER | changes))
    assert natives(list(page.records)) == left
    assert not page.quarantined


async def test_a_cancel_stands_as_what_is_left_of_the_alert() -> None:
    page = await fetched(message(), message(extra=FIRST, **LATER, msgType="Cancel"))
    (record,) = page.records
    assert record.msg_type.value == "CANCEL"
    assert record.stage is ReportStage.FINAL
    assert [item.value for item in record.references] == ["desk@alerts.example,A-1,2026-11-20T10:00:00+03:00"]


async def test_a_reference_is_to_one_moment_whatever_its_offset() -> None:
    references = "<references>desk@alerts.example,A-1,2026-11-20T07:00:00-00:00</references>"
    page = await fetched(message(), message(extra=references, **LATER, msgType="Update"))
    assert natives(list(page.records)) == ["A-2"]


async def test_a_chain_of_updates_leaves_the_last() -> None:
    second = message(extra=FIRST, **LATER, msgType="Update")
    references = "<references>desk@alerts.example,A-2,2026-11-20T11:00:00+03:00</references>"
    third = message(extra=references, identifier="A-3", sent="2026-11-20T12:00:00+03:00", msgType="Update")
    for files in ((message(), second, third), (third, second, message())):
        assert natives(list((await fetched(*files)).records)) == ["A-3"]


async def test_a_quarantined_cancel_takes_nothing_away() -> None:
    cancel = message(extra=FIRST, **LATER, msgType="Cancel", scope="Everybody")
    page = await fetched(message(), cancel)
    assert natives(list(page.records)) == ["A-1"]
    assert [item.native for item in page.quarantined] == ["A-2"]


PARAMETER = "<parameter><valueName>ShoeSize</valueName><value>43</value></parameter>"


async def test_a_parameter_without_a_declaration_is_as_the_star_says_or_quarantines() -> None:
    record = await one(message(PARAMETER))
    (kept,) = record.attributes
    assert (kept.key, kept.value, kept.group, kept.text) == ("ShoeSize", "43", FieldGroup.WHAT, True)
    page = await fetched(message(PARAMETER), parameters={"RouteStatus": {"group": "WHAT"}})
    assert not page.records
    (quarantine,) = page.quarantined
    assert "`ShoeSize`" in quarantine.reason
    assert "43" not in quarantine.reason


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (message(sent="2026-11-20T10:00:00"), "`sent`"),
        (message(sent="20 November"), "`sent`"),
        (message(sent="0001-01-01T00:00:00+14:00"), "`sent`"),
        (message(sent="9999-12-31T23:59:59-14:00"), "`sent`"),
        (message(identifier=""), "`identifier`"),
        (message(identifier="x" * 97), "`identifier`"),
        (message(status="Rehearsal"), "`status`"),
        (message(scope="Everybody"), "`scope`"),
        (message("<weather>dry</weather>"), "`info`"),
        (message().replace(b"cap:1.2", b"cap:1.1"), "CAP 1.1, which is not read"),
        (message().replace(b"urn:oasis:names:tc:emergency:cap:1.2", b"http://www.incident.com/cap/1.0"), "CAP 1.0"),
        (message().replace(b"urn:oasis:names:tc:emergency:cap:1.2", b"urn:other"), "root"),
        (message()[:-9], "ParseError"),
        (b'<!DOCTYPE alert [<!ENTITY a "x">]>' + message("&a;"), "DTDForbidden"),
        (b'<!DOCTYPE alert [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + message("&a;"), "DTDForbidden"),
        (b"<html>Not found</html>", "root"),
    ],
)
async def test_a_message_without_identity_or_marking_is_quarantined_and_the_others_stand(
    file: bytes, named: str
) -> None:
    page = await fetched(file, message(identifier="A-9"))
    assert natives(list(page.records)) == ["A-9"]
    (quarantine,) = page.quarantined
    assert named in quarantine.reason
    assert not any(value in quarantine.reason for value in ("Rehearsal", "Everybody", "dry", "20 November"))


@pytest.mark.parametrize(
    ("content", "group"),
    [
        ("<expires>2026-11-21T00:00:00</expires>", FieldGroup.WHEN),
        ("<effective>tomorrow</effective>", FieldGroup.WHEN),
        ("<onset>0001-01-01T00:00:00+14:00</onset>", FieldGroup.WHEN),
        (area("<polygon>31.0,6.0 200.0,6.0 31.0,7.0 31.0,6.0</polygon>"), FieldGroup.WHERE),
        (area("<circle>nan,nan 1</circle>"), FieldGroup.WHERE),
        (area("<circle>6.0,31.0 inf</circle>"), FieldGroup.WHERE),
    ],
)
async def test_a_value_that_cannot_be_read_withholds_its_group_alone(content: str, group: FieldGroup) -> None:
    record = await one(message(content))
    assert record.faults == {group}
    assert record.title == "Invented headline"


async def test_a_byte_order_mark_and_another_encoding_do_not_matter() -> None:
    assert (await one(b"\xef\xbb\xbf" + message())).title == "Invented headline"
    latin = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + message().decode().replace("Invented", "Erfundén").encode(
        "latin-1"
    )
    assert (await one(latin)).title == "Erfundén headline"


async def test_the_preferred_language_gives_the_texts() -> None:
    second = "<info><language>fr</language><category>Transport</category><event>Route fermée</event></info></alert>"
    file = message().replace(b"</alert>", second.encode())
    assert (await one(file)).event == "Road closed"
    assert (await one(file, languages=["fr"])).event == "Route fermée"
    kept: dict[Any, Any] = {(item.key, item.label): item.value for item in (await one(file)).attributes}
    assert kept["event", "fr"] == "Route fermée"


async def test_of_two_messages_with_one_identifier_the_newer_stands() -> None:
    page = await fetched(message(sent="2026-11-19T10:00:00+03:00"), message())
    (record,) = page.records
    assert record.shared_at.day == 20
    assert [item.native for item in page.quarantined] == ["A-1"]


async def test_a_contact_is_kept_only_where_the_operator_says_so() -> None:
    file = message("<contact>Officer Invented</contact>")
    assert not (await one(file)).attributes
    (kept,) = (await one(file, persons=True)).attributes
    assert (kept.value, kept.group, kept.text) == ("Officer Invented", FieldGroup.PERSONS, True)


async def test_one_message_told_twice_is_one() -> None:
    page = await fetched(message(), message())
    assert (len(page.records), len(page.quarantined)) == (1, 0)


async def test_of_one_identity_with_two_contents_the_same_one_stands_in_any_order() -> None:
    other = message("<instruction>Wait.</instruction>")
    first, second = await fetched(message(), other), await fetched(other, message())
    assert list(first.records) == list(second.records)
    assert [item.native for item in (*first.quarantined, *second.quarantined)] == ["A-1", "A-1"]
