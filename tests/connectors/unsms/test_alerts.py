"""CAP 1.2 alerts behind an Atom index: the format's traps, markings by scope, and what supersedes what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FetchRequest, Page
from connectors.formats import cap
from policies.groups import FieldGroup
from policies.values import AdminArea, Country, Moment, PlacePrecision, Position
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Audience,
    Certainty,
    InformationKind,
    RecordStatus,
    ReportStage,
    Severity,
    TrafficLight,
    Urgency,
)
from tests.connectors.source import calling, natives, pages
from tests.connectors.unsms.conftest import Running, alerts, connector
from tests.samples import found

ALERTS = FetchRequest(kind=InformationKind.SECURITY_ALERT)
OASIS = found("cap/oasis_example*.xml")
GEOCODES = {"ISO3166-1-alpha-3": "COUNTRY", "PCODE-ADMIN1": "ADMIN1", "PCODE-ADMIN2": "ADMIN2"}


def area(*shapes: str, **codes: str) -> str:
    names = {level: name for name, level in GEOCODES.items()}
    geocodes = "".join(
        f"<geocode><valueName>{names.get(level, level)}</valueName><value>{code}</value></geocode>"
        for level, code in codes.items()
    )
    return f"<area><areaDesc>Invented area</areaDesc>{''.join(shapes)}{geocodes}</area>"


def info(content: str = "", language: str = "en", event: str = "Roadblocks") -> str:
    return (
        f"<info><language>{language}</language><category>Security</category><event>{event}</event>"
        "<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty>"
        f"<headline>{event} headline</headline><description>{event} description</description>{content}</info>"
    )


def alert(*infos: str, extra: str = "", dtd: str = "", **changes: str) -> bytes:
    fields = {
        "identifier": "A-1",
        "sender": "alerts@unsms.example",
        "sent": "2026-11-20T10:00:00+03:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
    } | changes
    head = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    return f'{dtd}<alert xmlns="{cap.NAMESPACE}">{head}{extra}{"".join(infos)}</alert>'.encode()


async def fetched(*files: bytes, options: Mapping[str, Any] | None = None) -> Page:
    with alerts(**{f"file{number}": file for number, file in enumerate(files)}) as url:
        (page,) = await pages(connector(url, alerts=options or {"geocodes": GEOCODES}), url, ALERTS)
    return page


async def one(file: bytes, **options: Any) -> Any:
    page = await fetched(file, options={"geocodes": GEOCODES} | options)
    assert not page.quarantined
    (record,) = page.records
    return record


async def test_an_alert_becomes_a_record_in_caps_words() -> None:
    record = await one(alert(info("<expires>2026-11-21T00:00:00-00:00</expires><instruction>Wait.</instruction>")))
    assert record.ref.native == "A-1"
    assert record.shared_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert record.expires == Moment.instant(datetime(2026, 11, 21, tzinfo=UTC))
    assert (record.msg_type, record.status) == (AlertMessageType.ALERT, RecordStatus.ACTUAL)
    assert record.categories == (AlertCategory.SECURITY,)
    assert (record.urgency, record.severity, record.certainty) == (
        Urgency.IMMEDIATE,
        Severity.SEVERE,
        Certainty.LIKELY,
    )
    assert (record.title, record.narrative, record.instruction) == (
        "Roadblocks headline",
        "Roadblocks description",
        "Wait.",
    )
    assert record.sender == "alerts@unsms.example"
    assert not record.faults


async def test_coordinates_stand_latitude_first_in_cap_and_longitude_first_here() -> None:
    circle, ring = "<circle>6.2,31.5 10</circle>", "<polygon>6.0,31.0 6.0,32.0 7.0,32.0 6.0,31.0</polygon>"
    record = await one(alert(info(area(circle, COUNTRY="SSD"))))
    assert record.place.point == Position(longitude=31.5, latitude=6.2)
    assert record.place.precision is PlacePrecision.KM_25
    record = await one(alert(info(area(ring, COUNTRY="SSD"))))
    assert (record.place.point, record.place.precision) == (None, PlacePrecision.COUNTRY)
    (polygon,) = [item for item in record.attributes if item.key == "polygon"]
    assert polygon.group is FieldGroup.WHERE
    assert json.loads(polygon.value)["coordinates"] == [[[31.0, 6.0], [32.0, 6.0], [32.0, 7.0], [31.0, 6.0]]]


async def test_geocodes_become_country_and_areas() -> None:
    record = await one(alert(info(area(COUNTRY="SSD", ADMIN1="SS03", ADMIN2="SS0303", SAME="006037"))))
    assert record.place.country == Country("SSD")
    assert (record.place.admin1, record.place.admin2) == (AdminArea("SS03"), AdminArea("SS0303"))
    assert record.place.precision is PlacePrecision.ADMIN2
    assert record.marking.release_areas == {"SSD"}
    assert [(item.key, item.value, item.scheme) for item in record.attributes] == [("SAME", "006037", "CAP geocode")]


async def test_of_several_areas_the_place_is_what_all_have_and_every_country_is_a_release_area() -> None:
    content = area(COUNTRY="SSD", ADMIN1="SS03", ADMIN2="SS0303") + area(COUNTRY="SSD", ADMIN1="SS03", ADMIN2="SS0308")
    record = await one(alert(info(content)))
    assert (record.place.admin1, record.place.admin2) == (AdminArea("SS03"), None)
    assert {item.value for item in record.attributes} == {"SS0303", "SS0308"}
    record = await one(alert(info(area(COUNTRY="SSD", ADMIN1="SS03") + area(COUNTRY="SDN"))))
    assert record.place is None
    assert record.marking.release_areas == {"SSD", "SDN"}


async def test_the_block_in_the_preferred_language_is_chosen_and_the_others_are_kept() -> None:
    file = alert(info(language="fr", event="Barrages"), info(language="en-GB"))
    record = await one(file)
    assert (record.language, record.event) == ("en-GB", "Roadblocks")
    kept = {(item.key, item.label): item for item in record.attributes}
    assert kept["description", "fr"].value == "Barrages description"
    assert kept["description", "fr"].text
    assert kept["description", "fr"].group is FieldGroup.NARRATIVE
    assert (await one(file, languages=["fr"])).event == "Barrages"
    assert (await one(file, languages=["es"])).event == "Barrages"


async def test_a_block_without_language_is_in_american_english() -> None:
    record = await one(alert(info(language="fr"), info().replace("<language>en</language>", "")))
    assert record.language == "en-US"


@pytest.mark.parametrize(
    ("scope", "audience", "tlp", "named"),
    [
        ("Public", Audience.PUBLIC, TrafficLight.CLEAR, set()),
        ("Restricted", Audience.PARTNERS, TrafficLight.GREEN, set()),
        ("Private", Audience.NAMED, TrafficLight.GREEN, {"northwind-aid", "ocha"}),
    ],
)
async def test_scope_only_narrows(scope: str, audience: Audience, tlp: TrafficLight, named: set[str]) -> None:
    addresses = '<addresses>"Northwind Aid" OCHA "An organization nobody knows"</addresses>'
    file = alert(info(area(COUNTRY="SSD")), extra=addresses, scope=scope)
    marking = (await one(file, marking={"audience": "PUBLIC", "tlp": "CLEAR"})).marking
    assert (marking.audience, marking.tlp, marking.named) == (audience, tlp, named)
    assert marking.release_areas == {"SSD"}


async def test_a_private_alert_of_a_source_that_is_not_for_partners_stays_with_its_originator() -> None:
    file = alert(info(), extra="<addresses>OCHA</addresses>", scope="Private")
    marking = (await one(file, marking={"audience": "UNSMS"})).marking
    assert (marking.audience, marking.named) == (Audience.ORIGINATOR, frozenset())


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (alert(info(), status="Rehearsal"), "`status`"),
        (alert(info(), scope="Everybody"), "`scope`"),
        (alert(info(), sent="2026-11-20T10:00:00"), "`sent`"),
        (alert(info(), identifier="x" * 97), "`identifier`"),
        (alert(info(area(COUNTRY="South Sudan"))), "country"),
        (alert(info("<parameter><valueName>ShoeSize</valueName><value>43</value></parameter>")), "`ShoeSize`"),
        (alert(info("<weather>dry</weather>")), "`info`"),
        (alert(info()).replace(b"cap:1.2", b"cap:1.0"), "root"),
        (alert(info())[:-9], "ParseError"),
        (alert(info("&a;"), dtd='<!DOCTYPE alert [<!ENTITY a "x">]>'), "DTDForbidden"),
        (b"<html>Not found</html>", "root"),
    ],
)
async def test_an_alert_that_cannot_be_marked_or_read_is_quarantined_and_the_others_stand(
    file: bytes, named: str
) -> None:
    page = await fetched(file, alert(info(), identifier="A-2"))
    assert natives(list(page.records)) == ["A-2"]
    (quarantine,) = page.quarantined
    assert named in quarantine.reason
    assert not any(value in quarantine.reason for value in ("Rehearsal", "Everybody", "South Sudan", "dry", "43"))


@pytest.mark.parametrize(
    ("file", "group"),
    [
        (alert(info().replace("Severe", "Dreadful")), FieldGroup.WHAT),
        (alert(info(), msgType="Rumour"), FieldGroup.WHAT),
        (alert(info("<onset>tomorrow</onset>")), FieldGroup.WHEN),
        (alert(info(area("<circle>31.5</circle>"))), FieldGroup.WHERE),
        (alert(info(area("<polygon>6.0,31.0 6.0,32.0</polygon>"))), FieldGroup.WHERE),
        (alert(info(), extra="<references>A-0</references>"), FieldGroup.REFERENCES),
    ],
)
async def test_a_value_that_cannot_be_read_is_a_fault_of_its_group_alone(file: bytes, group: FieldGroup) -> None:
    record = await one(file)
    assert record.faults == {group}
    assert record.title == "Roadblocks headline"


async def test_contacts_name_people_and_are_kept_only_where_the_operator_says_so() -> None:
    file = alert(info("<contact>Officer Invented</contact>"))
    assert not (await one(file)).attributes
    (kept,) = (await one(file, persons=True)).attributes
    assert (kept.value, kept.group, kept.text) == ("Officer Invented", FieldGroup.PERSONS, True)


async def test_a_declared_parameter_is_kept_in_its_group() -> None:
    content = "<parameter><valueName>UNDSS:SecurityLevel</valueName><value>3</value></parameter>"
    record = await one(alert(info(content)), parameters={"UNDSS:SecurityLevel": {"group": "WHAT", "label": "Level"}})
    (kept,) = record.attributes
    assert (kept.scheme, kept.key, kept.label, kept.value, kept.group) == (
        "CAP parameter",
        "UNDSS:SecurityLevel",
        "Level",
        "3",
        FieldGroup.WHAT,
    )


FIRST = "alerts@unsms.example,A-1,2026-11-20T10:00:00+03:00"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"msgType": "Update"}, ["A-2"]),
        ({"msgType": "Cancel"}, ["A-2"]),
        # Not an exercise, another sender, an earlier message, or one that only acknowledges.
        ({"msgType": "Cancel", "status": "Exercise"}, ["A-2", "A-1"]),
        ({"msgType": "Cancel", "sender": "somebody@else.example"}, ["A-2", "A-1"]),
        ({"msgType": "Update", "sent": "2026-11-20T09:00:00+03:00"}, ["A-1", "A-2"]),
        ({"msgType": "Ack"}, ["A-2", "A-1"]),
    ],
)
async def test_only_a_later_update_or_cancel_of_the_same_sender_and_status_supersedes(
    changes: dict[str, str], left: list[str]
) -> None:
    fields = {"identifier": "A-2", "sent": "2026-11-20T11:00:00+03:00"} | changes
    page = await fetched(alert(info()), alert(info(), extra=f"<references>{FIRST}</references>", **fields))
    assert natives(list(page.records)) == left
    (second,) = [record for record in page.records if record.ref.native == "A-2"]
    stages = {"Update": ReportStage.UPDATE, "Cancel": ReportStage.FINAL}
    assert second.stage is stages.get(changes["msgType"], ReportStage.INITIAL)


async def test_an_update_that_is_quarantined_takes_nothing_away() -> None:
    update = alert(
        info("<parameter><valueName>X</valueName><value>1</value></parameter>"),
        extra=f"<references>{FIRST}</references>",
        identifier="A-2",
        sent="2026-11-20T11:00:00+03:00",
        msgType="Update",
    )
    page = await fetched(alert(info()), update)
    assert natives(list(page.records)) == ["A-1"]
    assert [quarantine.native for quarantine in page.quarantined] == ["A-2"]


async def test_of_two_alerts_with_one_identifier_the_newer_stands() -> None:
    older = alert(info(event="Older"), sent="2026-11-19T10:00:00+03:00")
    page = await fetched(older, alert(info()))
    assert [record.title for record in page.records] == ["Roadblocks headline"]
    assert [quarantine.native for quarantine in page.quarantined] == ["A-1"]


async def test_a_file_is_read_again_only_when_the_index_says_it_changed(unsms: Running) -> None:
    reader = unsms.connector()
    async with calling(unsms.url) as call:
        before = [page async for page in reader.fetch(ALERTS, call)]
    kept = dict(unsms.feed.alerts)
    try:
        for key, file in kept.items():
            unsms.feed.alerts[key] = type(file)(file.identifier, file.updated, b"gone")
        same = await pages(reader, unsms.url, ALERTS)
        assert natives(list(same[0].records)) == natives(list(before[0].records))
        key = natives(list(before[0].records))[0]
        unsms.feed.alerts[key] = type(kept[key])(key, datetime(2026, 11, 25, tzinfo=UTC), b"gone")
        (changed,) = await pages(reader, unsms.url, ALERTS)
        assert key not in natives(list(changed.records))
        assert len(changed.quarantined) == 1
    finally:
        unsms.feed.alerts.update(kept)


coordinates = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(coordinates, st.floats(0, 20_000))
def test_every_circle_in_range_is_read_with_its_centre_turned(centre: tuple[float, float], radius: float) -> None:
    latitude, longitude = centre
    read = cap.circle(f"{latitude!r},{longitude!r} {radius!r}")
    assert read == cap.Circle(Position(longitude=longitude, latitude=latitude), radius)


@given(st.text(max_size=40))
def test_text_that_is_no_coordinate_is_refused_with_a_value_error(text: str) -> None:
    for reader in (cap.position, cap.circle, cap.polygon, cap.reference, cap.time):
        try:
            reader(text)
        except ValueError:
            continue


if OASIS:
    PARAMETERS = {key: {"group": "WHAT"} for key in ("HSAS", "EventID", "Version", "Magnitude", "Depth", "Quality")}

    async def served(options: dict[str, Any]) -> Page:
        files = {path.stem: path.read_bytes() for path in OASIS}
        with alerts(**files) as url:
            (page,) = await pages(connector(url, alerts=options), url, ALERTS)
        return page

    async def test_every_example_of_the_cap_standard_becomes_a_record() -> None:
        page = await served({"parameters": PARAMETERS})
        assert (len(OASIS), len(page.records), len(page.quarantined)) == (4, 4, 0)
        by_key: dict[str, Any] = {record.ref.native: record for record in page.records}
        storm, quake = by_key["KSTO1055887203"], by_key["TRI13970876.2"]
        assert storm.urgency is Urgency.IMMEDIATE
        assert storm.expires == Moment.instant(datetime(2003, 6, 17, 23, tzinfo=UTC))
        (polygon,) = [item for item in storm.attributes if item.key == "polygon"]
        assert json.loads(polygon.value)["coordinates"][0][0] == [-120.14, 38.47]
        assert quake.place.point == Position(longitude=-115.5527, latitude=32.9525)
        assert (quake.msg_type, quake.stage) == (AlertMessageType.UPDATE, ReportStage.UPDATE)
        assert [item.value for item in quake.attributes if item.key == "Magnitude"] == ["3.4 Ml"]
        child = by_key["KAR0-0306112239-SW"]
        assert child.event == "Child Abduction"
        assert [item.value for item in child.attributes if (item.key, item.label) == ("event", "es-US")] == [
            "Abducción de Niño"
        ]
        assert not any(item.group is FieldGroup.PERSONS for record in by_key.values() for item in record.attributes)
        assert by_key["43b080713727"].categories == (AlertCategory.SECURITY,)
        assert not any(record.faults for record in by_key.values())

    async def test_examples_with_undeclared_parameters_are_quarantined_by_name() -> None:
        page = await served({"parameters": {"HSAS": {"group": "WHAT"}}})
        assert (len(page.records), len(page.quarantined)) == (3, 1)
        (quarantine,) = page.quarantined
        assert quarantine.native == "TRI13970876.2"
        assert "`EventID`" in quarantine.reason
