"""Records become views under the stricter level of the areas they touch (rule 8)."""

from __future__ import annotations

import pytest

from gateway.federation.sources.decide import Decider
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.views import Views
from gateway.partnership.directory import Directory
from policies.cases import read_cases
from policies.decision import CedarPolicy
from policies.groups import Effect, FieldGroup
from policies.marking import Marking
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import Audience, ImplementationLevel, TrafficLight
from tests.federation.builders import incident

ENHANCED = {"SSD"}


@pytest.mark.parametrize(
    ("areas", "effect"),
    [
        ({"SSD"}, Effect.SHOW),
        ({"SDN"}, Effect.WITHHOLD),
        ({"SSD", "SDN"}, Effect.WITHHOLD),
        (set(), Effect.WITHHOLD),
    ],
)
def test_plans_open_only_where_every_area_is_at_enhanced_level(areas: set[str], effect: Effect) -> None:
    marking = Marking(
        originator="harbour-relief",
        audience=Audience.PARTNERS,
        tlp=TrafficLight.GREEN,
        release_areas=frozenset(areas),
        plans_shared=True,
        text_free_of=frozenset(FieldGroup),
    )
    who = Requester(profile=read_cases().cast.requesters["a partner in both areas"], client="test")
    decider = Decider(
        CedarPolicy(read_rules(rule_files())),
        Views(RecordIds({1: bytes(range(64))}, 1)),
        Directory(
            epoch=0,
            members={},
            levels=dict.fromkeys(ENHANCED, ImplementationLevel.ENHANCED),
            clients={},
            revoked=frozenset(),
        ),
        who,
        0.0,
        lambda spoken: None,
    )
    (seen,) = decider.views([incident(marking=marking, plans="Move on Monday.")])
    assert seen.clearance.effect(FieldGroup.PLANS) is effect
