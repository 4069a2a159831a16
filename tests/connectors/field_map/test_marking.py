"""What a platform's own words make of a marking: never anything looser than would stand without them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import SourceSettings
from connectors.errors import Quarantined, Unconfigured
from connectors.field_map.options import FieldMap, FieldMapOptions
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.targets import Target
from policies.groups import FieldGroup
from policies.marking import Marking, PermittedActions, Restriction
from policies.vocabulary import Audience, InformationKind, RestrictionReason, TrafficLight, UnMarking

FIELDS = {
    "what": Target.CATEGORY,
    "who may see": Target.AUDIENCE,
    "colour": Target.TLP,
    "class": Target.UN_MARKING,
    "held back": Target.WITHHELD,
    "because": Target.WITHHELD_REASON,
    "heard from": Target.THIRD_PARTY,
    "they agreed": Target.THIRD_PARTY_CONSENT,
    "pass on": Target.RELAY,
    "name us": Target.ATTRIBUTION,
    "tell us": Target.NOTIFY_ON_USE,
    "open in need": Target.EMERGENCY,
    "count it": Target.STATISTICS,
}
VALUES = {
    Target.CATEGORY: {"theft": "THEFT"},
    Target.TLP: {"white": "CLEAR", "green": "GREEN", "amber": "AMBER", "strict": "AMBER_STRICT", "red": "RED"},
    Target.WITHHELD: {"culprit": "ACTOR", "victims": "AFFECTED"},
    Target.WITHHELD_REASON: {
        "rules": "INTERNAL_CONFIDENTIALITY",
        "heard": "THIRD_PARTY",
        "staff": "STAFF_PRIVACY",
        "standing": "CREDIBILITY_AND_INTEGRITY",
    },
    Target.RELAY: {"oui": "YES", "non": "NO"},
}
AUDIENCES: dict[str, dict[str, object]] = {"few": {"audience": "UNSMS", "tlp": "AMBER"}}
LIGHTS = list(TrafficLight)
LEVELS = list(UnMarking)
OPEN = Marking(
    originator="juniper-trust",
    audience=Audience.PARTNERS,
    tlp=TrafficLight.GREEN,
    permitted_actions=PermittedActions(relay_to_members=True, attribution=True),
    statistics=True,
    emergency=True,
)


def marking(row: dict[str, Any], default: Marking = OPEN) -> Marking:
    settings = SourceSettings(name="s", url="", marking=default, originators={"Cedarbridge": "cedarbridge"})
    options = FieldMapOptions(fields=FIELDS, values=VALUES, audiences=AUDIENCES, scheme="S")
    fields = FieldMap(InformationKind.INCIDENT_REPORT, options, default)
    identity = Identity(native="1", version="1", shared_at=datetime(2026, 11, 24, tzinfo=UTC))
    records = RowRecords(settings, "test", fields)
    readers = fields.readers()
    told = readers.row({"what": "theft"} | row)
    return records.record(InformationKind.INCIDENT_REPORT, identity, told, readers).marking


def test_a_row_that_says_nothing_has_the_default_marking() -> None:
    assert marking({}) == OPEN
    assert marking({path: None for path in FIELDS if path != "what"}) == OPEN


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("rules", RestrictionReason.INTERNAL_CONFIDENTIALITY),
        ("heard", RestrictionReason.THIRD_PARTY),
        ("staff", RestrictionReason.STAFF_PRIVACY),
        ("standing", RestrictionReason.CREDIBILITY_AND_INTEGRITY),
        (None, RestrictionReason.UNSPECIFIED),
    ],
)
def test_what_is_held_back_has_one_of_the_four_reasons(word: str | None, reason: RestrictionReason) -> None:
    own = Restriction(groups=frozenset({FieldGroup.PLANS}), reason=RestrictionReason.STAFF_PRIVACY)
    default = Marking(originator="juniper-trust", restrictions=frozenset({own}))
    added = Restriction(groups=frozenset({FieldGroup.ACTOR, FieldGroup.AFFECTED}), reason=reason)
    assert marking({"held back": ["culprit", "victims"], "because": word}, default).restrictions == {own, added}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"colour": "red"}, {"tlp": TrafficLight.RED}),
        ({"colour": "white"}, {"tlp": TrafficLight.GREEN}),
        ({"who may see": "few", "colour": "green"}, {"audience": Audience.UNSMS, "tlp": TrafficLight.AMBER}),
        ({"class": "strictly confidential"}, {"un_marking": UnMarking.STRICTLY_CONFIDENTIAL}),
        ({"pass on": "non"}, {"permitted_actions": PermittedActions(attribution=True)}),
        ({"pass on": False, "name us": False}, {"permitted_actions": PermittedActions()}),
        (
            {"tell us": True},
            {"permitted_actions": PermittedActions(relay_to_members=True, attribution=True, notify_on_use=True)},
        ),
        ({"open in need": "no"}, {"emergency": False}),
        ({"count it": False}, {"statistics": False}),
        ({"heard from": "A radio station"}, {"third_party": "A radio station", "third_party_consent": False}),
        (
            {"heard from": "Cedarbridge", "they agreed": True},
            {"third_party": "cedarbridge", "third_party_consent": True},
        ),
        ({"they agreed": True}, {"third_party": None, "third_party_consent": False}),
    ],
    ids=str,
)
def test_a_platforms_own_words_narrow_the_marking(row: dict[str, Any], expected: dict[str, object]) -> None:
    got = marking(row)
    assert {key: getattr(got, key) for key in expected} == expected


def test_a_consent_does_not_stand_for_a_third_party_that_gave_none() -> None:
    default = Marking(originator="juniper-trust", third_party="a-third")
    assert not marking({"heard from": "Cedarbridge", "they agreed": True}, default).third_party_consent


@pytest.mark.parametrize("path", [path for path in FIELDS if path != "what"])
@pytest.mark.parametrize("value", ["a secret word", {"an": "object"}, 7], ids=str)
def test_a_word_of_handling_that_cannot_be_read_quarantines(path: str, value: object) -> None:
    if path == "heard from" and not isinstance(value, dict):
        pytest.fail("any name may be a third party's") if marking({path: value}).third_party is None else None
        return
    row = {path: value} | ({"held back": "culprit"} if path == "because" else {})
    row |= {"heard from": "Cedarbridge"} if path == "they agreed" else {}
    with pytest.raises(Quarantined) as caught:
        marking(row)
    assert "secret" not in str(caught.value)


def test_one_and_true_are_not_taken_for_each_other() -> None:
    settings = SourceSettings(name="s", url="", marking=OPEN)
    options = FieldMapOptions(fields={"pass on": Target.RELAY}, scheme="S")
    fields = FieldMap(InformationKind.INCIDENT_REPORT, options, OPEN)
    identity = Identity(native="1", version="1", shared_at=datetime(2026, 11, 24, tzinfo=UTC))
    records, readers = RowRecords(settings, "test", fields), fields.readers()
    records.record(InformationKind.INCIDENT_REPORT, identity, (True,), readers)
    with pytest.raises(Quarantined):
        records.record(InformationKind.INCIDENT_REPORT, identity, (1,), readers)


def test_a_consent_needs_a_third_party_in_the_field_map() -> None:
    options = FieldMapOptions(fields={"agreed": Target.THIRD_PARTY_CONSENT}, scheme="S")
    with pytest.raises(Unconfigured, match="third_party"):
        FieldMap(InformationKind.INCIDENT_REPORT, options, OPEN)


answers = st.sampled_from([None, "", True, False, "yes", "NO"])


@given(
    default=st.builds(
        Marking,
        originator=st.just("juniper-trust"),
        audience=st.sampled_from(Audience),
        tlp=st.sampled_from(TrafficLight),
        un_marking=st.sampled_from(UnMarking),
        third_party=st.sampled_from([None, "a-third"]),
        third_party_consent=st.booleans(),
        permitted_actions=st.builds(
            PermittedActions, relay_to_members=st.booleans(), attribution=st.booleans(), notify_on_use=st.booleans()
        ),
        statistics=st.booleans(),
        emergency=st.booleans(),
    ),
    row=st.fixed_dictionaries(
        {
            "colour": st.sampled_from([None, *VALUES[Target.TLP]]),
            "class": st.sampled_from([None, "unclassified", "confidential", "Strictly Confidential"]),
            "heard from": st.sampled_from([None, "Cedarbridge"]),
            "held back": st.sampled_from([None, [], ["culprit"]]),
            "they agreed": answers,
            "pass on": st.sampled_from([None, True, False, "oui", "non"]),
            "name us": answers,
            "tell us": answers,
            "open in need": answers,
            "count it": answers,
        }
    ),
)
def test_no_word_makes_a_marking_looser(default: Marking, row: dict[str, Any]) -> None:
    got = marking(row, default)
    assert got.audience is default.audience
    assert LIGHTS.index(got.tlp) >= LIGHTS.index(default.tlp)
    assert LEVELS.index(got.un_marking) >= LEVELS.index(default.un_marking)
    assert got.restrictions >= default.restrictions
    assert default.third_party is None or got.third_party is not None
    asked_in_vain = default.third_party is not None and not default.third_party_consent
    assert not (got.third_party_consent and asked_in_vain)
    actions, before = got.permitted_actions, default.permitted_actions
    assert actions.relay_to_members <= before.relay_to_members
    assert actions.attribution <= before.attribution
    assert actions.notify_on_use >= before.notify_on_use
    assert (got.statistics <= default.statistics, got.emergency <= default.emergency) == (True, True)
