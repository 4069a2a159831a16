"""Views: what is withheld is absent, what is generalised has nothing finer, and the rest is the record."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from hypothesis import given

from connectors.records import RECORD_TYPES, Actor, Attribute, Incident, SourceCode
from policies.clearance import Clearance, RedactionReason
from policies.groups import INTERNAL, Effect, FieldGroup, UngroupedField, grouped_fields
from policies.values import Party
from policies.view import view, with_faults
from policies.vocabulary import OrganizationType
from tests.federation.builders import incident
from tests.federation.records import EVERYTHING, clearances, incidents


@given(incidents, clearances)
def test_a_view_holds_nothing_of_a_withheld_group(record: Incident, clearance: Clearance) -> None:
    seen = view(record, clearance)
    assert isinstance(seen, Incident)
    for name, group in grouped_fields(Incident):
        if clearance.effects[group] is Effect.WITHHOLD and name != "attributes":
            assert getattr(seen, name) in (None, ()), name
        if clearance.effects[group] is Effect.SHOW and name not in ("attributes", "source_category"):
            assert getattr(seen, name) == getattr(record, name)
    for item in seen.attributes:
        assert clearance.effects[item.group] is Effect.SHOW
        assert clearance.free_text or not item.text
    assert view(seen, clearance) == seen


def test_a_platforms_code_keeps_its_scheme_only_with_the_origin() -> None:
    record = incident(source_category=SourceCode("Some platform", "12", "Ambush"))
    effects = tuple(Effect.WITHHOLD if group is FieldGroup.ORIGIN else Effect.SHOW for group in FieldGroup)
    seen = view(record, msgspec.structs.replace(EVERYTHING, effects=effects))
    assert isinstance(seen, Incident)
    assert seen.source_category == SourceCode(None, "12", "Ambush")


def test_what_is_not_listed_has_no_view() -> None:
    assert view(incident(), msgspec.structs.replace(EVERYTHING, listed=False)) is None


def test_a_fault_withholds_its_group_and_tells_only_who_would_have_seen_it() -> None:
    faulty = with_faults(EVERYTHING, frozenset({FieldGroup.WHAT}))
    assert [(item.group, item.reason) for item in faulty.redactions] == [
        (FieldGroup.WHAT, RedactionReason.SOURCE_FAULT)
    ]
    seen = view(incident(), faulty)
    assert isinstance(seen, Incident)
    assert seen.category is None
    effects = tuple(Effect.WITHHOLD if group is FieldGroup.WHAT else Effect.SHOW for group in FieldGroup)
    withheld = msgspec.structs.replace(EVERYTHING, effects=effects)
    assert with_faults(withheld, frozenset({FieldGroup.WHAT})) == withheld


def test_every_field_of_every_kind_has_exactly_one_group() -> None:
    for record_type in RECORD_TYPES.values():
        names = {field.name for field in grouped_fields(record_type)}
        internal = {field.name for field in msgspec.structs.fields(record_type)} - names
        assert internal == {"ref", "marking", "version", "faults"}


class Ungrouped(Incident, frozen=True, kw_only=True):
    secret: str | None = None


class Twice(Incident, frozen=True, kw_only=True):
    both: Annotated[str | None, FieldGroup.WHAT, FieldGroup.WHERE] = None


class Kept(Incident, frozen=True, kw_only=True):
    kept: Annotated[str | None, INTERNAL] = None


def test_a_field_without_a_group_stops_the_start() -> None:
    for bad in (Ungrouped, Twice):
        with pytest.raises(UngroupedField, match="annotate it with exactly one FieldGroup"):
            grouped_fields(bad)
    assert "kept" not in {field.name for field in grouped_fields(Kept)}


def test_an_attribute_is_shown_with_its_own_group() -> None:
    record = incident(
        attributes=(Attribute("mode", "car", FieldGroup.WHAT), Attribute("log", "…", FieldGroup.WHAT, text=True))
    )
    seen = view(record, msgspec.structs.replace(EVERYTHING, free_text=False))
    assert isinstance(seen, Incident)
    assert [item.key for item in seen.attributes] == ["mode"]


def test_an_actor_is_generalised_to_the_types_of_its_parties() -> None:
    parties = (
        Party(type=OrganizationType.ARMED_GROUP, name="One"),
        Party(type=OrganizationType.ARMED_GROUP, name="Another"),
        Party(type=OrganizationType.GOVERNMENT, id="some-ministry"),
    )
    effects = tuple(Effect.GENERALIZE if group is FieldGroup.ACTOR else Effect.SHOW for group in FieldGroup)
    seen = view(incident(actor=Actor(parties)), msgspec.structs.replace(EVERYTHING, effects=effects))
    assert isinstance(seen, Incident)
    assert seen.actor == Actor((Party(type=OrganizationType.ARMED_GROUP), Party(type=OrganizationType.GOVERNMENT)))


def test_the_advice_of_a_declaration_stands_in_place_of_the_records_own() -> None:
    record = incident(response="Ring the base at the bridge.", title="Ambush")
    advised = msgspec.structs.replace(EVERYTHING, advice="Keep off the road.")
    seen = view(record, advised)
    assert isinstance(seen, Incident)
    assert (seen.response, seen.title) == ("Keep off the road.", "Ambush")
    assert view(seen, advised) == seen
