"""What an event becomes: GDACS's traps, each by RSS and by the event list, and what a CAP file adds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from policies.groups import FieldGroup
from policies.values import Country, Moment, PlacePrecision, Position
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Audience,
    Certainty,
    RecordStatus,
    Severity,
    TrafficLight,
    Urgency,
)
from tests.connectors.gdacs.conftest import CAP_LINK, cap_file, feature, fetched, item, listed, one, with_file
from tests.connectors.source import natives


def attributes(record: Any) -> dict[str, Any]:
    return {kept.key: kept for kept in record.attributes}


async def listed_one(**changes: Any) -> Any:
    page = await listed(feature(**changes))
    assert not page.quarantined
    (record,) = page.records
    return record


async def test_an_item_becomes_a_record() -> None:
    record = await one(item())
    assert record.ref.native == "TC7"
    assert record.shared_at == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert record.onset == Moment.instant(datetime(2026, 11, 22, 6, tzinfo=UTC))
    assert (record.severity, record.event, record.categories) == (
        Severity.SEVERE,
        "Tropical cyclone",
        (AlertCategory.MET,),
    )
    assert (record.title, record.narrative) == ("Invented title", "Invented story")
    assert {(reference.type, reference.value) for reference in record.references} == {
        ("GLIDE", "TC-2026-000007-SSD"),
        ("GDACS", "TC 7"),
        ("web", "http://www.gdacs.org/report.aspx?eventid=7"),
    }
    kept = attributes(record)
    assert (kept["population"].group, kept["population"].text) == (FieldGroup.AFFECTED, True)
    assert (kept["alertlevel"].scheme, kept["alertlevel"].value) == ("GDACS", "Orange")
    assert not record.faults


async def test_a_feature_becomes_a_record() -> None:
    record = await listed_one()
    assert record.ref.native == "FL7"
    assert record.shared_at == datetime(2026, 11, 23, 7, tzinfo=UTC), "times without a zone are in UTC"
    assert record.onset == Moment.instant(datetime(2026, 11, 22, 6, tzinfo=UTC))
    assert (record.severity, record.event, record.title, record.narrative) == (
        Severity.EXTREME,
        "Flood",
        "Flood in South Sudan",
        "Invented story",
    )
    assert record.place.country == Country("SSD")
    assert attributes(record)["severity"].value == "Invented measure"
    assert not record.faults


@pytest.mark.parametrize(
    ("level", "severity"),
    [("Green", Severity.MINOR), ("Orange", Severity.SEVERE), ("Red", Severity.EXTREME)],
)
async def test_the_alert_level_is_the_severity(level: str, severity: Severity) -> None:
    assert (await one(item(alertlevel=level))).severity is severity
    assert (await listed_one(alertlevel=level)).severity is severity


@pytest.mark.parametrize(
    ("event_type", "category", "event"),
    [
        ("EQ", AlertCategory.GEO, "Earthquake"),
        ("TS", AlertCategory.GEO, "Tsunami"),
        ("VO", AlertCategory.GEO, "Volcanic activity"),
        ("TC", AlertCategory.MET, "Tropical cyclone"),
        ("FL", AlertCategory.MET, "Flood"),
        ("DR", AlertCategory.MET, "Drought"),
        ("WF", AlertCategory.FIRE, "Wildfire"),
    ],
)
async def test_every_event_type_has_its_category(event_type: str, category: AlertCategory, event: str) -> None:
    record = await one(item(eventtype=event_type))
    assert (record.categories, record.event) == ((category,), event)


async def test_the_last_observation_is_no_expiry() -> None:
    for record in (await one(item()), await listed_one()):
        assert record.expires is None
        kept = attributes(record)["todate"]
        assert (kept.value, kept.group) == ("2026-11-23T06:00:00+00:00", FieldGroup.WHEN)


async def test_truth_values_are_text_and_nothing_else_is_one() -> None:
    for record in (await one(item(iscurrent="TRUE")), await listed_one(iscurrent=True)):
        assert attributes(record)["iscurrent"].value == "true"
    for record in (await one(item(iscurrent="perhaps")), await listed_one(iscurrent="1")):
        assert record.faults == {FieldGroup.WHEN}


async def test_the_frame_has_an_order_of_its_own_in_each_form_and_one_here() -> None:
    for record in (await one(item()), await listed_one()):
        assert attributes(record)["bbox"].value == "26.0,5.0,36.0,11.0"
        assert attributes(record)["bbox"].group is FieldGroup.WHERE


async def test_a_frame_over_the_antimeridian_is_one() -> None:
    assert not (await one(item(bbox="170.0 -170.0 -20.0 -10.0"))).faults


async def test_the_point_of_a_spot_is_its_place_with_the_latitude_first() -> None:
    for event_type in ("EQ", "VO"):
        for record in (await one(item(eventtype=event_type)), await listed_one(eventtype=event_type)):
            assert record.place.point == Position(longitude=31.0, latitude=8.0)
            assert record.place.precision is PlacePrecision.POSITION


async def test_the_point_of_a_wide_hazard_is_no_place() -> None:
    for record in (await one(item(eventtype="DR")), await listed_one(eventtype="DR")):
        assert (record.place.point, record.place.precision) == (None, PlacePrecision.COUNTRY)
        assert (attributes(record)["point"].value, attributes(record)["point"].group) == ("31.0,8.0", FieldGroup.WHERE)


async def test_geo_points_stand_in_for_georss() -> None:
    extra = "<geo:Point><geo:lat>8.0</geo:lat><geo:long>31.0</geo:long></geo:Point>"
    assert (await one(item(extra, point="", eventtype="EQ"))).place.point == Position(longitude=31.0, latitude=8.0)


async def test_one_code_for_several_countries_is_none_of_them() -> None:
    record = await one(item(iso3="BGR", country="Bulgaria, Iraq, Iran, Turkey"))
    assert record.place is None
    assert record.marking.release_areas == frozenset()
    assert record.area_description == "Bulgaria, Iraq, Iran, Turkey"


async def test_the_event_list_has_the_codes_of_all_countries() -> None:
    both = [{"iso3": "SSD"}, {"iso3": "SDN"}]
    record = await listed_one(country="South Sudan, Sudan", affectedcountries=both)
    assert record.place is None
    assert record.marking.release_areas == {"SSD", "SDN"}
    record = await listed_one(country="South Sudan, Sudan", affectedcountries=[{"iso3": "SSD"}, {"iso3": ""}])
    assert record.marking.release_areas == frozenset()
    record = await listed_one(affectedcountries=[])
    assert record.place.country == Country("SSD")


async def test_an_event_at_sea_has_no_country() -> None:
    record = await one(item(iso3="", country="", eventtype="EQ"))
    assert record.place.country is None
    assert record.place.point is not None
    assert not record.faults


async def test_a_glide_number_is_often_empty() -> None:
    record = await one(item(glide=""))
    assert "GLIDE" not in {reference.type for reference in record.references}


async def test_the_time_of_sharing_is_the_last_change_or_else_the_publication() -> None:
    assert (await one(item(datemodified=None))).shared_at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert (await listed_one(datemodified=None)).shared_at == datetime(2026, 11, 22, 6, tzinfo=UTC)


async def test_the_key_stays_and_the_version_changes_with_an_episode() -> None:
    before, after = await one(item()), await one(item(episodeid="4"))
    assert before.ref == after.ref
    assert before.version != after.version
    assert before.version == (await one(item())).version


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"eventid": ""}, "`eventid`"),
        ({"eventid": "7 or 8"}, "`eventid`"),
        ({"eventtype": None}, "`eventtype`"),
        ({"datemodified": "yesterday"}, "`datemodified`"),
        ({"datemodified": "Mon, 23 Nov 2026 07:00:00 -0000"}, "`datemodified`"),
        ({"datemodified": None, "pubDate": None}, "`datemodified` is missing"),
        ({"datemodified": "Tue, 01 Jan 1850 00:00:00 GMT"}, "out of range"),
        ({"iso3": "South Sudan"}, "country"),
    ],
    ids=str,
)
async def test_a_row_without_identity_time_or_area_is_quarantined_and_the_others_stand(
    changes: dict[str, str | None], named: str
) -> None:
    page = await fetched(item(**changes), item(eventid="8"))
    assert natives(list(page.records)) == ["TC8"]
    (quarantine,) = page.quarantined
    assert named in quarantine.reason
    assert "yesterday" not in quarantine.reason


@pytest.mark.parametrize(
    "broken",
    [
        "feature",
        7,
        None,
        {"type": "Feature"},
        {"properties": []},
        feature(eventid=None),
        feature(eventid=[7]),
        feature(eventid={"a": 1}),
        feature(eventtype=""),
        feature(datemodified=[1]),
        feature(datemodified="soon"),
        feature(datemodified=None, fromdate=None),
        feature(affectedcountries=[{"iso3": "S1"}]),
    ],
    ids=str,
)
async def test_a_feature_without_identity_time_or_area_is_quarantined_and_the_others_stand(broken: Any) -> None:
    page = await listed(broken, feature(eventid=8))
    assert natives(list(page.records)) == ["FL8"]
    assert len(page.quarantined) == 1


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({"alertlevel": "Purple"}, FieldGroup.WHAT),
        ({"eventtype": "XX"}, FieldGroup.WHAT),
        ({"temporary": "maybe"}, FieldGroup.WHAT),
        ({"fromdate": "Sun, 22 Nov 2026 06:00:00"}, FieldGroup.WHEN),
        ({"todate": "32/13/2026"}, FieldGroup.WHEN),
        ({"bbox": "26.0 36.0 5.0"}, FieldGroup.WHERE),
        ({"bbox": "26.0 36.0 50.0 11.0"}, FieldGroup.WHERE),
        ({"point": "8.0"}, FieldGroup.WHERE),
        ({"point": "north south"}, FieldGroup.WHERE),
        ({"point": "95.0 31.0", "eventtype": "EQ"}, FieldGroup.WHERE),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_read_withholds_its_group_alone(
    changes: dict[str, Any], group: FieldGroup
) -> None:
    record = await one(item(**changes))
    assert record.faults == {group}
    assert record.title == "Invented title"


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({"alertlevel": ["Red"]}, FieldGroup.WHAT),
        ({"alertlevel": "Purple"}, FieldGroup.WHAT),
        ({"severitydata": "strong"}, FieldGroup.WHAT),
        ({"fromdate": "22/11/2026"}, FieldGroup.WHEN),
        ({"todate": 7}, FieldGroup.WHEN),
        ({"name": {"en": "Flood"}}, FieldGroup.NARRATIVE),
        ({"affectedcountries": "SSD"}, FieldGroup.WHERE),
        ({"affectedcountries": ["SSD"]}, FieldGroup.WHERE),
        ({"bbox": [1, 2]}, FieldGroup.WHERE),
        ({"bbox": [1, 2, 3, "4"]}, FieldGroup.WHERE),
        ({"geometry": {"type": "Point", "coordinates": ["31", "8"]}}, FieldGroup.WHERE),
        ({"geometry": {"type": "Point", "coordinates": [8]}}, FieldGroup.WHERE),
        ({"geometry": {"type": "Point", "coordinates": [31.0, 98.0]}}, FieldGroup.WHERE),
        ({"geometry": "here"}, FieldGroup.WHERE),
        ({"url": "https://www.gdacs.org"}, FieldGroup.REFERENCES),
        ({"glide": 7.5e300}, None),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, None),
        ({"geometry": None, "bbox": None, "url": None, "severitydata": None}, None),
    ],
    ids=str,
)
async def test_a_feature_with_a_wrong_value_keeps_its_other_groups(
    changes: dict[str, Any], group: FieldGroup | None
) -> None:
    record = await listed_one(**changes)
    assert record.faults == ({group} if group else frozenset())


async def test_of_two_rows_of_one_event_the_newer_stands() -> None:
    older = item(datemodified="Sun, 22 Nov 2026 07:00:00 GMT", title="Older")
    for items in ((older, item()), (item(), older)):
        page = await fetched(*items)
        assert [record.title for record in page.records] == ["Invented title"]
        assert [quarantine.native for quarantine in page.quarantined] == ["TC7"]


async def test_a_level_that_is_new_is_taken_whatever_levels_are_wanted() -> None:
    page = await fetched(item(alertlevel="Black"), item(alertlevel="Green", eventid="8"), alert_levels=["Red"])
    assert natives(list(page.records)) == ["TC7"]


async def test_its_marking_is_public_by_default_and_as_configured_otherwise() -> None:
    marking = (await one(item())).marking
    assert (marking.audience, marking.tlp, marking.release_areas) == (Audience.PUBLIC, TrafficLight.CLEAR, {"SSD"})
    kept = {"originator": "plainfield-observatory", "audience": "PARTNERS_IN_AREA", "tlp": "AMBER"}
    marking = (await one(item(), marking=kept)).marking
    assert (marking.audience, marking.tlp) == (Audience.PARTNERS_IN_AREA, TrafficLight.AMBER)


RING = "<polygon>6.0,31.0 6.0,32.0 7.0,32.0 6.0,31.0</polygon>"


async def test_a_cap_file_adds_shapes_urgency_and_certainty_and_no_expiry() -> None:
    record = await with_file(cap_file(RING))
    assert (record.urgency, record.certainty, record.instruction) == (Urgency.EXPECTED, Certainty.LIKELY, "Wait.")
    assert record.severity is Severity.SEVERE, "of the alert level"
    assert record.expires is None
    assert json.loads(attributes(record)["polygon"].value)["coordinates"][0][0] == [31.0, 6.0]
    assert ("CAP", "info@gdacs.example,GDACS_TC_7_3,2026-11-23T07:00:00+00:00") in {
        (reference.type, reference.value) for reference in record.references
    }
    assert record.place.country == Country("SSD")
    assert not record.faults


async def test_the_file_says_whether_it_is_an_exercise_or_cancelled() -> None:
    record = await with_file(cap_file(status="Exercise", msgType="Cancel"))
    assert (record.status, record.msg_type) == (RecordStatus.EXERCISE, AlertMessageType.CANCEL)


async def test_the_files_scope_only_narrows() -> None:
    assert (await with_file(cap_file(scope="Restricted"))).marking.audience is Audience.PARTNERS
    assert (await with_file(cap_file(scope="Private"))).marking.named == frozenset()


async def test_an_event_without_a_file_stands_by_its_item() -> None:
    record = await with_file(None)
    assert (record.urgency, record.faults) == (None, frozenset())
    assert (await with_file(None, extra="")).faults == frozenset()


@pytest.mark.parametrize(
    ("file", "extra"),
    [
        (b"<html>Sign in</html>", CAP_LINK),
        (cap_file()[:-9], CAP_LINK),
        (cap_file().replace(b"cap:1.2", b"cap:1.1"), CAP_LINK),
        (cap_file(), "<gdacs:cap>http://127.0.0.1:1/cap.xml</gdacs:cap>"),
        (cap_file(), "<gdacs:cap>file:///etc/hostname</gdacs:cap>"),
        (cap_file(), "<gdacs:cap>none as yet</gdacs:cap>"),
    ],
)
async def test_a_file_that_cannot_be_used_withholds_what_it_would_have_told(file: bytes, extra: str) -> None:
    record = await with_file(file, extra)
    assert record.faults == {FieldGroup.WHAT, FieldGroup.WHERE, FieldGroup.RESPONSE, FieldGroup.REFERENCES}
    assert record.title == "Invented title"


async def test_a_shape_that_cannot_be_read_withholds_where_alone() -> None:
    record = await with_file(cap_file("<polygon>6.0,31.0</polygon>"))
    assert record.faults == {FieldGroup.WHERE}
    assert record.urgency is Urgency.EXPECTED
