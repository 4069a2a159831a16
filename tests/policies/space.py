"""The space of markings, levels and openings, chosen so that every pair of values of two attributes occurs.

Most of those rows are closed several times over, so two more sets of rows hold every pair of what is left where nothing
closes a record outright, and where it is public.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from policies.clearance import DecisionKey
from policies.groups import IDENTIFYING_GROUPS, FieldGroup
from policies.marking import Marking, PermittedActions, Restriction
from policies.openings import Declaration, Emergency, Grant, Opening, Openings
from policies.vocabulary import (
    Audience,
    ImplementationLevel,
    RecordStatus,
    SpecialCategory,
    TrafficLight,
    UnMarking,
)

ORIGINATOR: Final = "harbour-relief"
PARTNER: Final = "northwind-aid"
PERSON: Final = "person:7"
NOW: Final = 1_000.0

_ALL = frozenset(FieldGroup)
_EVERYWHERE = frozenset({"SSD", "MLI"})
_DECLARED = Declaration(id="declared", areas=_EVERYWHERE, until=2_000.0)
OPENINGS: Final[Mapping[str, tuple[Opening, ...]]] = {
    "grant": (Grant(id="grant", to=PARTNER, groups=_ALL),),
    "grant to a person": (Grant(id="grant", to=PERSON, groups=_ALL, until=2_000.0),),
    "grant in coarser form": (Grant(id="grant", to=PARTNER, groups=_ALL, exact=False),),
    "grant of some groups": (
        Grant(id="grant", to=PARTNER, groups=frozenset({FieldGroup.WHERE, FieldGroup.NARRATIVE})),
    ),
    "declaration": (_DECLARED,),
    "declaration with advice": (
        Declaration(id="advised", areas=_EVERYWHERE, until=2_000.0, advice="Stay indoors.", text_is_clean=True),
    ),
    "emergency": (Emergency(id="emergency", to=PARTNER, until=2_000.0),),
    "all": (
        Grant(id="grant", to=PARTNER, groups=_ALL),
        _DECLARED,
        Emergency(id="emergency", to=PARTNER, until=2_000.0),
    ),
}
_BOTH = (False, True)
FACTORS: Final[dict[str, Sequence[Any]]] = {
    "audience": tuple(Audience),
    "tlp": tuple(TrafficLight),
    "un_marking": tuple(UnMarking),
    "third_party": ((None, False), ("somebody", False), ("somebody", True)),
    "named": (frozenset(), frozenset({PARTNER}), frozenset({PARTNER, PERSON}), frozenset({PERSON})),
    "release_areas": (frozenset({"SSD"}), frozenset({"SSD", "SDN"}), frozenset()),
    "restrictions": (
        frozenset(),
        frozenset({Restriction(groups=frozenset({FieldGroup.ACTOR, FieldGroup.WHERE}))}),
        frozenset({Restriction(groups=_ALL - {FieldGroup.ENVELOPE})}),
        frozenset({Restriction(groups=frozenset({FieldGroup.PERSONS}), lifted_for=frozenset({PARTNER}))}),
    ),
    "special": (frozenset(), frozenset({SpecialCategory.SEXUAL_VIOLENCE})),
    "text_free_of": (frozenset(), frozenset({FieldGroup.PERSONS}), IDENTIFYING_GROUPS),
    "plans_shared": _BOTH,
    "emergency": _BOTH,
    "relay": _BOTH,
    "withdrawn": _BOTH,
    "level": tuple(ImplementationLevel),
    "few_partners": _BOTH,
    "third_party_is_partner": _BOTH,
    "opening": tuple(OPENINGS),
}
# Where nothing but audience, TLP and restrictions closes a record.
SHARED: Final = FACTORS | {
    "un_marking": (UnMarking.UNCLASSIFIED,),
    "third_party": ((None, False), ("somebody", True)),
    "special": (frozenset(),),
    "withdrawn": (False,),
}
PUBLIC: Final = SHARED | {"audience": (Audience.PUBLIC,), "tlp": (TrafficLight.CLEAR,)}
# What is not to be acted on, or not yet; every other row is of what is.
UNMEANT: Final = FACTORS | {"status": (RecordStatus.TEST, RecordStatus.DRAFT)}


def covering(factors: Mapping[str, Sequence[Any]], seed: int = 2015) -> Sequence[Mapping[str, Any]]:
    """Rows that hold every pair of values of two factors: each row the best of some chosen greedily."""
    chance = random.Random(seed)
    names = list(factors)
    open_pairs = {
        (one, first, other, second)
        for one, other in combinations(range(len(names)), 2)
        for first in range(len(factors[names[one]]))
        for second in range(len(factors[names[other]]))
    }
    rows = []
    while open_pairs:
        row = max((_candidate(factors, names, open_pairs, chance) for _ in range(8)), key=lambda item: item[0])[1]
        open_pairs -= {(one, row[one], other, row[other]) for one, other in combinations(range(len(names)), 2)}
        rows.append({name: factors[name][row[place]] for place, name in enumerate(names)})
    return rows


def _candidate(
    factors: Mapping[str, Sequence[Any]],
    names: Sequence[str],
    open_pairs: set[tuple[int, int, int, int]],
    chance: random.Random,
) -> tuple[int, Mapping[int, int]]:
    """A row that begins with a pair still open, and how many open pairs it holds."""
    one, first, other, second = chance.choice(sorted(open_pairs))
    row = {one: first, other: second}
    for place in chance.sample(range(len(names)), len(names)):
        if place not in row:
            values = range(len(factors[names[place]]))
            row[place] = max(chance.sample(values, len(values)), key=lambda value: _new(place, value, row, open_pairs))
    total = sum((a, row[a], b, row[b]) in open_pairs for a, b in combinations(range(len(names)), 2))
    return total, row


def _new(place: int, value: int, row: Mapping[int, int], open_pairs: set[tuple[int, int, int, int]]) -> int:
    return sum(
        ((place, value, at, given) if place < at else (at, given, place, value)) in open_pairs
        for at, given in row.items()
    )


def record(row: Mapping[str, Any], *, opened: bool) -> DecisionKey:
    """The record of a row, with its opening or without any."""
    third_party, consent = row["third_party"]
    plain = ("audience", "tlp", "un_marking", "named", "release_areas", "restrictions", "special", "text_free_of")
    return DecisionKey(
        Marking(
            originator=ORIGINATOR,
            third_party=third_party,
            third_party_consent=consent,
            permitted_actions=PermittedActions(relay_to_members=row["relay"], notify_on_use=True),
            **{name: row[name] for name in (*plain, "plans_shared", "emergency", "withdrawn")},
        ),
        row["level"],
        Openings(OPENINGS[row["opening"]] if opened else ()),
        row["few_partners"],
        row["third_party_is_partner"],
        row.get("status", RecordStatus.ACTUAL),
    )
