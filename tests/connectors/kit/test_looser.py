"""What counts as looser, key by key."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.kit.looser import looser
from policies.groups import FieldGroup
from policies.marking import Marking, PermittedActions, Restriction
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import Audience, SpecialCategory, TrafficLight, UnMarking

HELD_BACK = Restriction(groups=frozenset({FieldGroup.ACTOR}), lifted_for=frozenset({"undss"}))
DEFAULT = Marking(
    originator="harbour-relief",
    audience=Audience.PARTNERS_IN_AREA,
    tlp=TrafficLight.AMBER,
    un_marking=UnMarking.CONFIDENTIAL,
    third_party="somebody",
    restrictions=frozenset({HELD_BACK}),
    permitted_actions=PermittedActions(notify_on_use=True, data_licence="by"),
    special=frozenset({SpecialCategory.SEXUAL_VIOLENCE}),
    text_free_of=frozenset({FieldGroup.PERSONS}),
    floor=Precisions(where=PlacePrecision.ADMIN1, when=TimePrecision.WEEK),
)
ALSO_WHERE = Restriction(groups=frozenset({FieldGroup.ACTOR, FieldGroup.WHERE}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("audience", Audience.PARTNERS),
        ("audience", Audience.PUBLIC),
        ("tlp", TrafficLight.GREEN),
        ("un_marking", UnMarking.UNCLASSIFIED),
        ("third_party", None),
        ("third_party_consent", True),
        ("restrictions", frozenset()),
        ("restrictions", frozenset({msgspec.structs.replace(HELD_BACK, lifted_for=frozenset({"undss", "ocha"}))})),
        ("restrictions", frozenset({msgspec.structs.replace(HELD_BACK, until=1.0)})),
        ("restrictions", frozenset({msgspec.structs.replace(HELD_BACK, since=1.0)})),
        ("permitted_actions", PermittedActions(data_licence="by")),
        ("permitted_actions", PermittedActions(notify_on_use=True)),
        ("permitted_actions", PermittedActions(relay_to_members=True, notify_on_use=True, data_licence="by")),
        ("special", frozenset()),
        ("text_free_of", frozenset({FieldGroup.PERSONS, FieldGroup.WHERE})),
        ("plans_shared", True),
        ("floor", Precisions(where=PlacePrecision.ADMIN2, when=TimePrecision.WEEK)),
        ("floor", Precisions(where=PlacePrecision.ADMIN1, when=TimePrecision.DAY)),
        ("statistics", True),
        ("emergency", True),
    ],
)
def test_what_lets_more_out_is_looser(key: str, value: Any) -> None:
    changed = msgspec.structs.replace(DEFAULT, **{key: value})
    assert looser(changed, DEFAULT) == (key,)
    assert not looser(DEFAULT, DEFAULT)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("originator", "northwind-aid"),
        ("audience", Audience.ORIGINATOR),
        ("audience", Audience.UNSMS),
        ("tlp", TrafficLight.RED),
        ("un_marking", UnMarking.STRICTLY_CONFIDENTIAL),
        ("restrictions", frozenset({HELD_BACK, ALSO_WHERE})),
        ("restrictions", frozenset({ALSO_WHERE})),
        ("release_areas", frozenset({"SSD"})),
        ("special", frozenset({SpecialCategory.UNMAPPED_SENSITIVE_CODE})),
        ("text_free_of", frozenset()),
        ("floor", Precisions(where=PlacePrecision.COUNTRY, when=TimePrecision.MONTH)),
        ("withdrawn", True),
    ],
)
def test_what_holds_more_back_is_not(key: str, value: Any) -> None:
    assert not looser(msgspec.structs.replace(DEFAULT, **{key: value}), DEFAULT)


def test_a_release_area_tells_the_place_where_the_place_is_held_back() -> None:
    strict = msgspec.structs.replace(DEFAULT, restrictions=frozenset({ALSO_WHERE}))
    assert looser(msgspec.structs.replace(strict, release_areas=frozenset({"SSD"})), strict) == ("release_areas",)


def test_every_key_of_a_marking_has_its_word() -> None:
    told = {"originator", "named", "release_areas", "withdrawn"}
    cases = test_what_lets_more_out_is_looser.pytestmark[0].args[1]
    assert told | {key for key, _ in cases} == set(Marking.__struct_fields__)
