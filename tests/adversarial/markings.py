"""Markings as originators set them: every part varied, most of them listed for somebody."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from policies.groups import IDENTIFYING_GROUPS, FieldGroup
from policies.marking import Marking, PermittedActions, Restriction
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import Audience, RestrictionReason, SpecialCategory, TrafficLight, UnMarking

RESTRICTABLE: Final = tuple(group for group in FieldGroup if group is not FieldGroup.ENVELOPE)
FLOORS: Final = (
    Precisions(),
    Precisions(PlacePrecision.ADMIN2, TimePrecision.DAY),
    Precisions(PlacePrecision.COUNTRY, TimePrecision.MONTH),
    Precisions(PlacePrecision.KM_25, TimePrecision.YEAR),
)


def restrictions(organizations: list[str], now: float) -> st.SearchStrategy[frozenset[Restriction]]:
    """None, one or two, some of them lifted, over, or yet to begin."""
    one = st.builds(
        Restriction,
        groups=st.lists(st.sampled_from(RESTRICTABLE), min_size=1, max_size=3).map(frozenset),
        reason=st.sampled_from(RestrictionReason),
        lifted_for=_some(organizations),
        since=st.sampled_from((None, None, now - 3600, now + 3600)),
        until=st.sampled_from((None, None, now - 60, now + 7200)),
    )
    return st.lists(one, max_size=2).map(frozenset)


def markings(organizations: list[str], now: float) -> st.SearchStrategy[Marking]:
    """Any marking; `organizations` are those it may speak of."""
    rarely = st.sampled_from((False, False, False, True))
    return st.builds(
        Marking,
        originator=st.sampled_from(organizations),
        audience=st.sampled_from((Audience.PARTNERS,) * 4 + (Audience.PUBLIC, *Audience)),
        tlp=st.sampled_from((TrafficLight.CLEAR,) * 4 + tuple(TrafficLight)),
        un_marking=st.sampled_from((UnMarking.UNCLASSIFIED,) * 7 + (UnMarking.CONFIDENTIAL,)),
        third_party=st.sampled_from((None,) * 7 + ("somebody-else",)),
        third_party_consent=st.booleans(),
        named=_some(organizations),
        release_areas=st.sampled_from((("SSD",), ("SSD",), ("SSD", "SDN"), ("MLI",), ())).map(frozenset),
        restrictions=restrictions(organizations, now),
        permitted_actions=st.builds(
            PermittedActions,
            relay_to_members=rarely,
            attribution=rarely,
            notify_on_use=rarely,
            data_licence=st.sampled_from((None, None, "non-commercial")),
        ),
        special=st.sampled_from((frozenset(),) * 7 + (frozenset({SpecialCategory.SEXUAL_VIOLENCE}),)),
        text_free_of=st.sampled_from((frozenset(), IDENTIFYING_GROUPS, IDENTIFYING_GROUPS - {FieldGroup.ACTOR})),
        plans_shared=st.booleans(),
        floor=st.sampled_from(FLOORS),
        statistics=rarely,
        emergency=rarely,
    )


def _some(organizations: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.lists(st.sampled_from(organizations), max_size=2).map(frozenset)
