from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import FetchRequest, Page
from connectors.graphql.simulated_notes import field_note
from connectors.records import Attribute, Incident, SecurityAlert
from connectors.simulation.events import events
from policies.groups import FieldGroup
from policies.marking import Restriction
from policies.values import Party, PlacePrecision, TimePrecision
from policies.vocabulary import (
    Audience,
    InformationKind,
    OrganizationType,
    RestrictionReason,
    SpecialCategory,
    TrafficLight,
    Urgency,
    Verification,
)
from tests.connectors.graphql.conftest import NOW, Running
from tests.connectors.source import pages, records

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)


def note(**changes: Any) -> dict[str, Any]:
    """A note by Juniper Trust, with `changes` over its keys."""
    plain = next(
        item
        for item in map(field_note, events(1, 240, NOW))
        if item["contributor"]["handle"] == "juniper" and item["suspects"] and not item["keptBack"]
    )
    return plain | changes


async def page_of(platform: Running, node: dict[str, Any]) -> Page:
    platform.platform.notes[:] = [node]
    (page,) = await pages(platform.connector(), platform.url, INCIDENTS)
    return page


async def record_of(platform: Running, node: dict[str, Any]) -> Incident:
    (record,) = (await page_of(platform, node)).records
    assert isinstance(record, Incident)
    return record


async def test_a_node_is_read_by_the_field_map(platform: Running) -> None:
    told = note()
    record = await record_of(platform, told)

    assert record.ref.native == told["ref"]
    assert record.version == str(told["edition"])
    assert record.shared_at.isoformat() == told["postedOn"]
    assert record.title == told["headline"]
    assert record.narrative == told["account"]
    assert record.originator == Party(type=OrganizationType.INGO, id="juniper-trust", name="Juniper Trust")
    assert record.source_category is not None
    assert (record.source_category.code, record.source_category.label) == (told["sort"], told["sortLabel"])
    assert record.place is not None
    assert record.place.point is not None
    assert (record.place.point.longitude, record.place.point.latitude) == (told["spot"]["lng"], told["spot"]["lat"])
    assert record.place.admin2 is not None
    assert record.place.admin2.name == told["spot"]["district"]["label"]
    assert record.place.precision is PlacePrecision.POSITION
    assert record.actor is not None
    assert record.actor.parties[0].name == told["suspects"]["called"]
    assert set(record.attributes) == {
        Attribute(
            key="phoneNetworkDown",
            value="true" if told["phoneNetworkDown"] else "false",
            group=FieldGroup.WHAT,
            scheme="Common Ground field note",
            label="Telephone network down",
        ),
        Attribute(
            key="hotlineCalls",
            value=str(told["hotlineCalls"]),
            group=FieldGroup.ORIGIN,
            scheme="Common Ground field note",
            label="Calls to the platform's hotline",
        ),
    }
    assert record.faults == frozenset()


@pytest.mark.parametrize(
    ("sharing", "audience", "light"),
    [
        ("OPEN", Audience.PUBLIC, TrafficLight.CLEAR),
        ("NETWORK", Audience.PARTNERS, TrafficLight.GREEN),
        ("AREA", Audience.PARTNERS_IN_AREA, TrafficLight.AMBER),
    ],
)
async def test_sharing_and_member_make_the_marking(
    platform: Running, sharing: str, audience: Audience, light: TrafficLight
) -> None:
    told = note(sharing=sharing)
    marking = (await record_of(platform, told)).marking
    assert (marking.audience, marking.tlp, marking.originator) == (audience, light, "juniper-trust")
    assert marking.release_areas == {told["spot"]["nation"]["code"]}


async def test_what_a_member_keeps_back_is_a_restriction_with_its_reason(platform: Running) -> None:
    record = await record_of(platform, note(keptBack=["SUSPECTS", "HARM"], keptBackBecause="STAFF"))
    assert record.marking.restrictions == {
        Restriction(groups=frozenset({FieldGroup.ACTOR, FieldGroup.AFFECTED}), reason=RestrictionReason.STAFF_PRIVACY)
    }
    unsaid = await record_of(platform, note(keptBack=["HARM"], keptBackBecause=None))
    assert {item.reason for item in unsaid.marking.restrictions} == {RestrictionReason.UNSPECIFIED}


async def test_a_sort_without_a_word_is_a_special_category(platform: Running) -> None:
    record = await record_of(platform, note(sort="safeguarding"))
    assert record.category is None
    assert record.marking.special == {SpecialCategory.UNMAPPED_SENSITIVE_CODE}


@pytest.mark.parametrize(
    ("change", "group"),
    [
        ({"happened": "last week"}, FieldGroup.WHEN),
        ({"happened": "2026-11-20T10:00:00"}, FieldGroup.WHEN),
        ({"spot": {"nation": {"code": "ssd", "label": "South Sudan"}}}, FieldGroup.WHERE),
        ({"spot": {"nation": {"code": "SSD", "label": "South Sudan"}, "lat": 91.0, "lng": 3.0}}, FieldGroup.WHERE),
        ({"spot": {"nation": {"code": "SSD", "label": "South Sudan"}, "lat": 9.0}}, FieldGroup.WHERE),
        ({"harm": {"dead": -1}}, FieldGroup.AFFECTED),
        ({"harm": {"staffOf": "MARTIANS"}}, FieldGroup.AFFECTED),
        ({"suspects": {"sort": "MARTIANS"}}, FieldGroup.ACTOR),
    ],
    ids=str,
)
async def test_a_value_that_cannot_be_read_withholds_its_group_and_nothing_else(
    platform: Running, change: dict[str, Any], group: FieldGroup
) -> None:
    record = await record_of(platform, note(**change))
    assert record.faults == {group}
    assert record.title


async def test_null_objects_are_no_fault(platform: Running) -> None:
    record = await record_of(platform, note(spot=None, harm=None, suspects=None, happened=None))
    assert record.faults == frozenset()
    assert (record.place, record.affected, record.actor, record.occurred) == (None, None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"postedOn": "2026-11-20T10:00:00"},
        {"ref": " "},
        {"ref": "k" * 97},
        {"contributor": {"handle": "a-secret-guest", "displayName": "A secret guest"}},
    ],
    ids=str,
)
async def test_without_identity_time_or_owner_a_node_is_quarantined_and_its_values_are_not_told(
    platform: Running, change: dict[str, Any]
) -> None:
    page = await page_of(platform, note(**change))
    assert not page.records
    (item,) = page.quarantined
    assert item.reason
    assert "secret" not in item.reason


async def test_a_day_stays_a_day(platform: Running) -> None:
    record = await record_of(platform, note(happened="2026-11-20"))
    assert record.occurred is not None
    assert record.occurred.precision is TimePrecision.DAY


async def test_warnings_become_security_alerts(platform: Running) -> None:
    fetched = records(
        await pages(platform.connector(), platform.url, FetchRequest(kind=InformationKind.SECURITY_ALERT))
    )
    told = {node["ref"]: node for node in platform.platform.warnings}

    assert fetched
    for record in fetched:
        assert isinstance(record, SecurityAlert)
        node = told[record.ref.native]
        assert record.event == node["hazard"]
        assert record.instruction == node["advice"]
        assert (
            record.urgency
            is {"now": Urgency.IMMEDIATE, "soon": Urgency.EXPECTED, "later": Urgency.FUTURE}[node["urgency"]]
        )
        assert record.expires is not None
        assert record.expires.start.isoformat() == node["endsAt"]
        assert record.marking.special == frozenset()


async def test_every_class_of_handling_is_among_the_invented_notes(platform: Running) -> None:
    found = records(await pages(platform.connector(), platform.url, INCIDENTS))
    counts = {audience: [record.marking.audience for record in found].count(audience) for audience in Audience}
    for audience in (Audience.PUBLIC, Audience.PARTNERS, Audience.PARTNERS_IN_AREA):
        assert counts[audience] > len(found) / 4
    assert {record.marking.originator for record in found} == {"juniper-trust", "cedarbridge", "northwind-aid"}
    assert any(record.marking.restrictions for record in found)
    assert any(record.marking.special for record in found)
    assert {record.verification for record in found} == {
        Verification.UNVERIFIED,
        Verification.VERIFIED,
        Verification.REFUTED,
    }
