from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract import FetchRequest, Page
from connectors.records import Attribute, Incident, Person
from policies.groups import FieldGroup
from policies.values import AdminArea, Country, Moment, Party, PlacePrecision, Position, Quantity, TimePrecision
from policies.vocabulary import (
    Audience,
    Impact,
    IncidentCategory,
    InformationKind,
    OrganizationType,
    ReportStage,
    SpecialCategory,
    TrafficLight,
    Verification,
)
from tests.connectors.kobo.conftest import CREDENTIALS, Running
from tests.connectors.source import example, pages

ROW: dict[str, Any] = {
    "_id": 7,
    "_uuid": "second-instance",
    "meta/instanceID": "uuid:second-instance",
    "meta/rootUuid": "uuid:first-instance",
    "_submission_time": "2026-11-20T08:15:30",
    "_validation_status": {"uid": "validation_status_approved", "timestamp": 1795514400},
    "_geolocation": [6.2, 31.6],
    "event/title": "Robbery at Windmill Station",
    "event/what": "robbery",
    "event/gravity": "2",
    "event/when": "2026-11-20T01:30:00.000+02:00",
    "event/country": "ssd",
    "event/state": "SS03",
    "event/county": "SS0303",
    "event/village": "Windmill Station",
    "event/position": "6.21 31.56 0 0",
    "event/travel_mode": "1 3",
    "account/radio_log": "Called base.",
    "account/story": "A store was broken into.",
    "people/organization_type": "ingo",
    "people/injured": "3",
    "people/staff_name": "Person Invented",
    "actor/actor_type": "armed_group",
    "actor/actor_name": "Grey Heron Brigade",
}


FIELDS: dict[str, Any] = dict(example("connectors.kobo", "", CREDENTIALS).options["fields"])  # type: ignore[call-overload]  # the example's own shape


async def page_of(kobo: Running, row: dict[str, Any], **options: Any) -> Page:
    kobo.platform.rows[:] = [row]
    (page,) = await pages(kobo.connector(**options), kobo.url, FetchRequest(kind=InformationKind.INCIDENT_REPORT))
    return page


async def record_of(kobo: Running, row: dict[str, Any], **options: Any) -> Incident:
    (record,) = (await page_of(kobo, row, **options)).records
    assert isinstance(record, Incident)
    return record


async def test_a_submission_is_read_by_the_field_map(kobo: Running) -> None:
    record = await record_of(kobo, ROW)

    assert record.ref.native == "first-instance"
    assert record.shared_at == datetime(2026, 11, 20, 8, 15, 30, tzinfo=UTC)
    assert record.occurred == Moment.instant(datetime(2026, 11, 19, 23, 30, tzinfo=UTC))
    assert record.category is IncidentCategory.THEFT
    assert record.source_category is not None
    assert (record.source_category.code, record.source_category.label) == ("robbery", "Robbery or burglary")
    assert record.impact is Impact.MINOR
    assert record.place is not None
    assert record.place.country == Country("SSD", "South Sudan")
    assert record.place.admin1 == AdminArea("SS03", "Jonglei")
    assert record.place.admin2 == AdminArea("SS0303", "Bor South")
    assert record.place.point == Position(longitude=31.56, latitude=6.21)
    assert record.place.precision is PlacePrecision.POSITION
    assert record.affected is not None
    assert record.affected.organizations == (Party(type=OrganizationType.INGO),)
    assert record.affected.injured == Quantity.exactly(3)
    assert record.affected.killed is None
    assert record.actor is not None
    assert record.actor.parties == (Party(type=OrganizationType.ARMED_GROUP, name="Grey Heron Brigade"),)
    assert record.originator == Party(type=OrganizationType.INGO, id="harbour-relief")
    assert record.marking.release_areas == {"SSD"}
    assert record.faults == frozenset()


async def test_the_forms_own_questions_become_attributes_with_their_group(kobo: Running) -> None:
    scheme = "Harbour Relief incident form"
    assert set((await record_of(kobo, ROW)).attributes) == {
        Attribute(
            key="event/travel_mode",
            value="1 3",
            group=FieldGroup.WHAT,
            scheme=scheme,
            label="How was the team travelling?",
        ),
        Attribute(
            key="account/radio_log",
            value="Called base.",
            group=FieldGroup.NARRATIVE,
            scheme=scheme,
            label="Radio log",
            text=True,
        ),
    }


async def test_a_select_multiple_is_told_by_its_labels_and_kept_by_its_codes(kobo: Running) -> None:
    record = await record_of(
        kobo, ROW, attributes={"account/radio_log": {"group": "WHAT"}}, fields=FIELDS | {"event/travel_mode": "summary"}
    )
    assert record.summary == "Car, Boat"
    several = await record_of(kobo, ROW | {"people/organization_type": "ingo nngo"})
    assert several.affected is not None
    assert several.affected.organizations == (Party(type=OrganizationType.INGO), Party(type=OrganizationType.NNGO))


@pytest.mark.parametrize(
    ("told", "point"),
    [
        ([6.2, 31.6], Position(longitude=31.6, latitude=6.2)),
        ([None, None], None),
        ([], None),
    ],
)
async def test_the_geolocation_of_a_form_without_a_position_is_two_nulls(
    kobo: Running, told: list[float | None], point: Position | None
) -> None:
    row = {key: value for key, value in ROW.items() if key != "event/position"} | {"_geolocation": told}
    record = await record_of(kobo, row, fields=FIELDS | {"_geolocation": "position"})
    assert record.place is not None
    assert record.place.point == point
    assert record.place.precision is (PlacePrecision.ADMIN2 if point is None else PlacePrecision.POSITION)
    assert record.faults == frozenset()


@pytest.mark.parametrize("text", ["6.21 31.56", "6.21 31.56 0", "6.21 31.56 400.5 4.9"])
async def test_a_geopoint_may_lack_altitude_and_accuracy(kobo: Running, text: str) -> None:
    record = await record_of(kobo, ROW | {"event/position": text})
    assert record.place is not None
    assert record.place.point == Position(longitude=31.56, latitude=6.21)


async def test_an_edit_keeps_the_key_and_changes_the_version(kobo: Running) -> None:
    before = await record_of(kobo, ROW)
    edited = await record_of(
        kobo, ROW | {"_uuid": "third", "meta/instanceID": "uuid:third", "meta/deprecatedID": "uuid:second-instance"}
    )
    assert edited.ref == before.ref
    assert edited.version != before.version


async def test_an_organization_says_what_its_validations_mean(kobo: Running) -> None:
    meant = {"approved": "ENDORSED", "none": "VERIFIED"}
    assert (await record_of(kobo, ROW, validations=meant)).verification is Verification.ENDORSED
    untold = await record_of(kobo, ROW | {"_validation_status": {}}, validations=meant)
    assert untold.verification is Verification.VERIFIED
    held = await record_of(kobo, ROW | {"_validation_status": {"uid": "validation_status_on_hold"}}, validations=meant)
    assert held.verification is Verification.UNVERIFIED


async def test_persons_are_read_only_where_the_operator_says_so(kobo: Running) -> None:
    assert (await record_of(kobo, ROW)).persons == ()
    assert (await record_of(kobo, ROW, persons=True)).persons == (Person(name="Person Invented"),)


@pytest.mark.parametrize(
    ("status", "stage", "verification"),
    [
        ({}, ReportStage.INITIAL, Verification.UNVERIFIED),
        ({"uid": "validation_status_on_hold"}, ReportStage.UPDATE, Verification.UNVERIFIED),
        ({"uid": "validation_status_approved"}, ReportStage.FINAL, Verification.VERIFIED),
        ({"uid": "validation_status_not_approved"}, ReportStage.FINAL, Verification.REFUTED),
    ],
)
async def test_the_validation_status_tells_stage_and_verification(
    kobo: Running, status: dict[str, str], stage: ReportStage, verification: Verification
) -> None:
    record = await record_of(kobo, ROW | {"_validation_status": status})
    assert (record.stage, record.verification) == (stage, verification)


@pytest.mark.parametrize(
    ("answer", "audience", "light"),
    [
        (None, Audience.PARTNERS, TrafficLight.AMBER),
        ("originator", Audience.ORIGINATOR, TrafficLight.RED),
        ("partners", Audience.PARTNERS, TrafficLight.AMBER),
        ("public", Audience.PUBLIC, TrafficLight.CLEAR),
    ],
)
async def test_the_reporter_chooses_among_the_configured_audiences(
    kobo: Running, answer: str | None, audience: Audience, light: TrafficLight
) -> None:
    marking = (await record_of(kobo, ROW | ({} if answer is None else {"handling/share_with": answer}))).marking
    assert (marking.audience, marking.tlp) == (audience, light)
    assert {group for restriction in marking.restrictions for group in restriction.groups} == {
        FieldGroup.ACTOR,
        FieldGroup.AFFECTED,
    }


@pytest.mark.parametrize(
    ("code", "special"),
    [
        ("robbery", frozenset()),
        ("sexual_violence", {SpecialCategory.SEXUAL_VIOLENCE}),
        ("protection_case", {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        ("never_heard_of", {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        (None, {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        (["robbery"], {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
    ],
)
async def test_sensitive_and_unmapped_codes_are_special_categories(
    kobo: Running, code: object, special: frozenset[SpecialCategory]
) -> None:
    record = await record_of(kobo, ROW | {"event/what": code})
    assert record.marking.special == special


@pytest.mark.parametrize(
    ("change", "group", "field"),
    [
        ({"event/gravity": "grave"}, FieldGroup.WHAT, "impact"),
        ({"event/when": "2026-11-20T01:30:00"}, FieldGroup.WHEN, "occurred"),
        ({"event/when": "yesterday"}, FieldGroup.WHEN, "occurred"),
        ({"event/position": "95 31 0 0"}, FieldGroup.WHERE, "place"),
        ({"event/position": "somewhere"}, FieldGroup.WHERE, "place"),
        ({"event/position": "nan nan 0 0"}, FieldGroup.WHERE, "place"),
        ({"event/country": "atlantis"}, FieldGroup.WHERE, "place"),
        ({"people/injured": "-3"}, FieldGroup.AFFECTED, "affected"),
        ({"people/injured": "9" * 5000}, FieldGroup.AFFECTED, "affected"),
        ({"people/organization_type": "martian"}, FieldGroup.AFFECTED, "affected"),
        ({"actor/actor_type": {"not": "one answer"}}, FieldGroup.ACTOR, "actor"),
        ({"account/story": ["a", "list"]}, FieldGroup.NARRATIVE, "narrative"),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_read_withholds_its_group_and_nothing_else(
    kobo: Running, change: dict[str, object], group: FieldGroup, field: str
) -> None:
    record = await record_of(kobo, ROW | change)
    assert record.faults == {group}
    assert getattr(record, field) is None
    assert record.title == "Robbery at Windmill Station"


@pytest.mark.parametrize(
    "change",
    [
        {"_submission_time": "soon"},
        {"_submission_time": None},
        {"_validation_status": {"uid": "validation_status_secret"}},
        {"_validation_status": "approved"},
        {"handling/share_with": "secret"},
        {"handling/share_with": ["public"]},
        {"meta/rootUuid": "", "_uuid": None},
        {"meta/rootUuid": "uuid:" + "k" * 97},
    ],
    ids=str,
)
async def test_without_identity_order_or_marking_a_row_is_quarantined_and_its_values_are_not_told(
    kobo: Running, change: dict[str, object]
) -> None:
    page = await page_of(kobo, ROW | change)
    assert not page.records
    (item,) = page.quarantined
    assert item.reason
    assert "secret" not in item.reason


async def test_the_first_answered_of_several_questions_counts(kobo: Running) -> None:
    fields = {"event/county": "admin2", "event/state": "admin2", "event/what": "category"}
    ignored = [key for key in ROW if key.partition("/")[0] in ("event", "account", "people", "actor")]
    ignored += ["account/response", "account/plans", "people/killed", "people/kidnapped", "people/arrested"]
    ignored += ["people/staff_role", "handling/share_with"]
    unanswered = {key: value for key, value in ROW.items() if key != "event/county"}
    record = await record_of(
        kobo, unanswered, fields=fields, attributes={}, ignored=[key for key in ignored if key not in fields]
    )
    assert record.place is not None
    assert record.place.admin2 == AdminArea("SS03", "Jonglei")


async def test_a_date_is_a_day(kobo: Running) -> None:
    record = await record_of(kobo, ROW | {"event/when": "2026-11-20"})
    assert record.occurred is not None
    assert record.occurred.precision is TimePrecision.DAY


async def test_every_class_of_handling_is_among_the_invented_rows(kobo: Running) -> None:
    found = await pages(kobo.connector(), kobo.url, FetchRequest(kind=InformationKind.INCIDENT_REPORT))
    incidents = [record for page in found for record in page.records if isinstance(record, Incident)]

    assert {record.marking.audience for record in incidents} == {
        Audience.ORIGINATOR,
        Audience.PARTNERS,
        Audience.PUBLIC,
    }
    assert {special for record in incidents for special in record.marking.special} == {
        SpecialCategory.SEXUAL_VIOLENCE,
        SpecialCategory.UNMAPPED_SENSITIVE_CODE,
    }
    assert {record.verification for record in incidents} == {
        Verification.UNVERIFIED,
        Verification.VERIFIED,
        Verification.REFUTED,
    }
    # Whatever a reporter writes wrongly is a test of its own; the invented rows are whole for their originator.
    assert {record.faults for record in incidents} == {frozenset()}
