"""How items of the feed become records: states, handling, faults by group, and what is quarantined."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import FetchRequest, Page
from connectors.unsms import UnsmsConnector
from policies.groups import FieldGroup
from policies.marking import PermittedActions
from policies.values import Moment, Quantity, TimePrecision
from policies.vocabulary import (
    Audience,
    Impact,
    IncidentCategory,
    InformationKind,
    OrganizationType,
    ReportStage,
    RestrictionReason,
    SpecialCategory,
    TrafficLight,
    UnMarking,
    Verification,
)
from tests.connectors.source import example, pages
from tests.connectors.unsms.conftest import CREDENTIALS, ITEM, answering, connector, page

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


async def fetched(*items: Any) -> Page:
    with answering(page(*items)) as url:
        (got,) = await pages(connector(url), url, INCIDENTS)
    return got


async def one(**changes: Any) -> Any:
    got = await fetched(ITEM | changes)
    assert not got.quarantined
    (record,) = got.records
    return record


async def test_an_item_becomes_a_record() -> None:
    record = await one()
    assert (record.ref.native, record.version) == ("unsms-1", "2")
    assert (record.stage, record.verification) == (ReportStage.UPDATE, Verification.VERIFIED)
    assert record.category is IncidentCategory.THEFT
    assert (record.source_category.scheme, record.source_category.code) == ("UNSMS", "ROBBERY")
    assert record.impact is Impact.MODERATE
    assert record.occurred == Moment.instant(datetime(2026, 11, 20, 3, 30, tzinfo=UTC))
    assert (record.place.admin2.pcode, record.place.point.longitude, record.place.point.latitude) == (
        "SS0303",
        31.8,
        6.4,
    )
    assert record.affected.injured == Quantity.exactly(1)
    assert record.affected.killed is None
    assert [(party.type, party.id) for party in record.affected.organizations] == [
        (OrganizationType.INGO, "northwind-aid")
    ]
    assert record.marking.originator == "undss"
    assert (record.marking.audience, record.marking.tlp) == (Audience.PARTNERS, TrafficLight.GREEN)
    assert record.marking.release_areas == {"SSD"}
    assert not record.marking.text_free_of
    assert [(item.key, item.group) for item in record.attributes] == [
        ("state.FLASH", FieldGroup.WHEN),
        ("state.VERIFIED", FieldGroup.WHEN),
    ]


@pytest.mark.parametrize(
    ("state", "stage", "verification"),
    [
        ("FLASH", ReportStage.FLASH, Verification.UNVERIFIED),
        ("VERIFIED", ReportStage.UPDATE, Verification.VERIFIED),
        ("ENDORSED", ReportStage.FINAL, Verification.ENDORSED),
        ("REFUTED", ReportStage.FINAL, Verification.REFUTED),
    ],
)
async def test_states_become_stage_and_verification(state: str, stage: ReportStage, verification: Verification) -> None:
    record = await one(state=state)
    assert (record.stage, record.verification) == (stage, verification)


async def test_handling_changes_the_default_marking() -> None:
    marking = (
        await one(
            handling={
                "originator": "OCHA",
                "un_marking": "CONFIDENTIAL",
                "tlp": "AMBER",
                "audience": "NAMED",
                "named": ["Harbour Relief", "An organization nobody knows"],
                "restrictions": [
                    {
                        "groups": ["AFFECTED", "ACTOR"],
                        "reason": "STAFF_PRIVACY",
                        "lifted_for": ["Meridian Health"],
                        "until": "2026-12-01T00:00:00Z",
                    }
                ],
                "third_party": {"organization": "A radio station", "consent_recorded": True},
                "permitted_actions": {"relay_to_members": True},
                "text_free_of": ["PERSONS"],
            }
        )
    ).marking
    assert (marking.originator, marking.audience, marking.tlp) == ("ocha", Audience.NAMED, TrafficLight.AMBER)
    assert marking.un_marking is UnMarking.CONFIDENTIAL
    assert marking.named == {"harbour-relief"}
    (restriction,) = marking.restrictions
    assert restriction.groups == {FieldGroup.AFFECTED, FieldGroup.ACTOR}
    assert restriction.reason is RestrictionReason.STAFF_PRIVACY
    assert restriction.lifted_for == {"meridian-health"}
    assert restriction.until == datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    assert (marking.third_party, marking.third_party_consent) == ("A radio station", True)
    assert marking.permitted_actions.relay_to_members
    assert marking.text_free_of == {FieldGroup.PERSONS}


async def test_a_consent_that_is_not_recorded_is_none() -> None:
    named = {"organization": "A radio station", "consent_recorded": False}
    marking = (await one(handling={"third_party": named})).marking
    assert (marking.third_party, marking.third_party_consent) == ("A radio station", False)


async def test_what_handling_does_not_speak_of_is_as_the_default_marking_has_it() -> None:
    plain = example("connectors.unsms", "http://127.0.0.1:9", CREDENTIALS)
    noted = PermittedActions(notify_on_use=True, data_licence="An invented licence")
    source = msgspec.structs.replace(
        plain, marking=msgspec.structs.replace(plain.marking, permitted_actions=noted, statistics=True)
    )
    told = {"permitted_actions": {"relay_to_members": True}, "emergency": True}
    with answering(page(ITEM | {"handling": told})) as url:
        (got,) = await pages(UnsmsConnector(source), url, FetchRequest(kind=InformationKind.INCIDENT_REPORT))
    marking = got.records[0].marking
    assert marking.permitted_actions == msgspec.structs.replace(noted, relay_to_members=True)
    assert (marking.emergency, marking.statistics) == (True, True)


async def test_where_the_place_is_restricted_the_country_is_no_release_area() -> None:
    record = await one(handling={"restrictions": [{"groups": ["WHERE"], "reason": "STAFF_PRIVACY"}]})
    assert record.marking.release_areas == frozenset()


@pytest.mark.parametrize(
    ("key", "value", "group"),
    [
        ("impact", "DREADFUL", FieldGroup.WHAT),
        ("credibility", 7, FieldGroup.WHAT),
        ("occurred", {"start": "2026-11-20T05:30:00", "precision": "INSTANT"}, FieldGroup.WHEN),
        (
            "occurred",
            {"start": "2026-11-20T05:30:00Z", "end": "2026-11-19T00:00:00Z", "precision": "DAY"},
            FieldGroup.WHEN,
        ),
        ("reported_at", "yesterday", FieldGroup.WHEN),
        ("states", [{"state": "GUESSED", "at": "2026-11-20T05:30:00Z"}], FieldGroup.WHEN),
        ("location", {"country": {"iso3": "SSD"}, "precision": "EXACT"}, FieldGroup.WHERE),
        ("location", {"country": {"iso3": "SSD"}, "precision": "POSITION", "longitude": 1.0}, FieldGroup.WHERE),
        ("title", 7, FieldGroup.NARRATIVE),
        ("affected", {"killed": -1}, FieldGroup.AFFECTED),
        ("actors", "somebody", FieldGroup.ACTOR),
        ("reliability", "Z", FieldGroup.ORIGIN),
        ("response", ["x"], FieldGroup.RESPONSE),
        ("plans", {}, FieldGroup.PLANS),
    ],
)
async def test_a_value_that_cannot_be_read_is_a_fault_of_its_group_alone(
    key: str, value: object, group: FieldGroup
) -> None:
    record = await one(**{key: value})
    assert record.faults == {group}
    assert record.marking.release_areas == {"SSD"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "`id`"),
        ({"id": "é" * 49}, "`id`"),
        ({"state": "GUESSED"}, "`state`"),
        ({"shared_at": "2026-11-20T08:00:00"}, "`shared_at`"),
        ({"revision": "two"}, "`revision`"),
        ({"status": "REHEARSAL"}, "`status`"),
        ({"location": {"country": {"iso3": "South Sudan"}, "precision": "COUNTRY"}}, "`location`"),
        ({"handling": {"audience": "EVERYBODY"}}, "`handling`"),
        ({"handling": {"tlp": "PINK"}}, "`handling`"),
        ({"handling": {"embargo": "2026-12-01"}}, "`handling`"),
        ({"handling": {"restrictions": [{"groups": ["SHOE_SIZE"], "reason": "UNSPECIFIED"}]}}, "`handling`"),
        ({"handling": {"originator": "An organization nobody knows"}}, "`handling.originator`"),
        ({"weather": "dry"}, "`weather`"),
        ({"extensions": {"shoe_size": 43}}, "`shoe_size`"),
    ],
)
async def test_a_fault_of_identity_or_marking_quarantines_the_item(changes: dict[str, Any], named: str) -> None:
    got = await fetched(ITEM | changes, ITEM | {"id": "unsms-2"})
    assert [record.ref.native for record in got.records] == ["unsms-2"]
    (quarantine,) = got.quarantined
    assert named in quarantine.reason
    assert not any(word in quarantine.reason for word in ("EVERYBODY", "PINK", "nobody knows", "South Sudan", "dry"))


async def test_items_that_are_no_objects_are_quarantined() -> None:
    got = await fetched("text", 7, None, [ITEM], ITEM)
    assert (len(got.records), len(got.quarantined)) == (1, 4)


async def test_a_declared_extension_is_kept_in_its_group() -> None:
    record = await one(extensions={"radio_room": True})
    (kept,) = [item for item in record.attributes if item.key == "radio_room"]
    assert (kept.scheme, kept.label, kept.value, kept.group) == (
        "UNSMS",
        "Radio room informed",
        "true",
        FieldGroup.RESPONSE,
    )


@pytest.mark.parametrize(
    ("category", "special"),
    [
        ({"code": "SEXUAL_VIOLENCE"}, SpecialCategory.SEXUAL_VIOLENCE),
        ({"code": "A_CODE_OF_NEXT_YEAR"}, SpecialCategory.UNMAPPED_SENSITIVE_CODE),
        ({"label": "no code"}, SpecialCategory.UNMAPPED_SENSITIVE_CODE),
        (None, SpecialCategory.UNMAPPED_SENSITIVE_CODE),
    ],
)
async def test_sensitive_and_unmapped_codes_are_special_categories(category: object, special: SpecialCategory) -> None:
    record = await one(category=category)
    assert record.marking.special == {special}


@settings(max_examples=25, deadline=None)
@given(
    start=st.datetimes(timezones=st.just(UTC)),
    length=st.timedeltas(min_value=datetime.resolution * 0),
    precision=st.sampled_from(TimePrecision),
)
def test_a_span_lies_in_the_cells_of_its_precision(start: datetime, length: Any, precision: TimePrecision) -> None:
    try:
        end = start + length
    except OverflowError:
        end = start
    occurred = {"start": start.isoformat(), "end": end.isoformat(), "precision": precision.name}
    record = asyncio.run(one(occurred=occurred))
    if FieldGroup.WHEN in record.faults:
        assert end.year == 9999 or start.year == 9999
    else:
        assert record.occurred.precision is precision
        assert record.occurred.start <= start <= end <= record.occurred.end
