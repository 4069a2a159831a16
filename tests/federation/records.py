"""Generated incidents and clearances for the property tests of the answer's room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from connectors.records import Attribute, Incident, RecordRef, Source
from gateway.federation.viewed import Viewed
from policies.clearance import Clearance, Handling
from policies.condition import All, Any, Condition, Field, Interval, Not, Operator, Test
from policies.groups import GENERALIZABLE_GROUPS, Effect, FieldGroup
from policies.marking import Marking, PermittedActions
from policies.values import (
    AdminArea,
    Country,
    Moment,
    Party,
    Place,
    PlacePrecision,
    Position,
    Precisions,
    TimePrecision,
)
from policies.view import view
from policies.vocabulary import Impact, IncidentCategory, InformationKind, RecordStatus, TrafficLight, UnMarking

START = datetime(2026, 11, 1, tzinfo=UTC)
times = st.integers(0, 30 * 24).map(lambda hours: START + timedelta(hours=hours))
moments = st.one_of(
    times.map(Moment.instant),
    st.builds(Moment.day, times.map(datetime.date), st.sampled_from(list(TimePrecision)[1:4])),
)
ADMIN1 = {"SSD": ["SS01", "SS02"], "MLI": ["ML01"]}


@st.composite
def places(draw: st.DrawFn) -> Place:
    country = draw(st.sampled_from(list(ADMIN1)))
    admin1 = draw(st.sampled_from(ADMIN1[country]))
    return Place(
        country=Country(country),
        admin1=draw(st.sampled_from([None, AdminArea(admin1)])),
        admin2=draw(st.sampled_from([None, AdminArea(f"{admin1}01"), AdminArea(f"{admin1}02")])),
        point=draw(st.sampled_from([None, Position(31.5, 9.5)])),
        precision=draw(st.sampled_from(PlacePrecision)),
    )


incidents = st.builds(
    Incident,
    ref=st.integers(0, 10**9).map(lambda n: RecordRef("a-source", InformationKind.INCIDENT_REPORT, str(n))),
    marking=st.just(Marking(originator="somebody")),
    version=st.just("1"),
    shared_at=times,
    status=st.sampled_from([RecordStatus.ACTUAL, RecordStatus.TEST]),
    title=st.none() | st.sampled_from(["Ambush on the road", "Theft at night"]),
    narrative=st.none() | st.sampled_from(["An ambush near the bridge", "Fuel was stolen"]),
    originator=st.none() | st.sampled_from([Party(id="a"), Party(id="b")]),
    source=st.just(Source("a-source", "kobo")),
    reported_at=st.none() | moments,
    place=st.none() | places(),
    category=st.none() | st.sampled_from(IncidentCategory),
    impact=st.none() | st.sampled_from(Impact),
    occurred=st.none() | moments,
    attributes=st.lists(
        st.builds(
            Attribute,
            st.sampled_from(["mode", "log"]),
            st.sampled_from(["car", "boat"]),
            st.sampled_from([FieldGroup.WHAT, FieldGroup.NARRATIVE]),
            text=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)

effects = st.tuples(
    *(
        st.just(Effect.SHOW)
        if group is FieldGroup.ENVELOPE
        else st.sampled_from(Effect)
        if group in GENERALIZABLE_GROUPS
        else st.sampled_from([Effect.SHOW, Effect.WITHHOLD])
        for group in FieldGroup
    )
)
clearances = st.builds(
    lambda effects, free_text, where, when: Clearance(
        listed=True,
        effects=effects,
        free_text=free_text,
        precision=Precisions(where, when),
        redactions=(),
        handling=Handling(TrafficLight.GREEN, UnMarking.UNCLASSIFIED, PermittedActions()),
        obligations=(),
        rules=(),
        valid_until=None,
        policy_version="test",
    ),
    effects,
    st.booleans(),
    st.sampled_from(PlacePrecision),
    st.sampled_from(TimePrecision),
)
EVERYTHING = Clearance(
    listed=True,
    effects=(Effect.SHOW,) * len(FieldGroup),
    free_text=True,
    precision=Precisions(),
    redactions=(),
    handling=Handling(TrafficLight.GREEN, UnMarking.UNCLASSIFIED, PermittedActions()),
    obligations=(),
    rules=(),
    valid_until=None,
    policy_version="test",
)


def interval(one: datetime | None, other: datetime | None) -> Interval:
    if one is not None and other is not None and one > other:
        one, other = other, one
    return Interval(one, other)


tests = st.one_of(
    st.builds(lambda v: Test(Field.COUNTRY, Operator.IN, frozenset(v)), st.sets(st.sampled_from(list(ADMIN1)))),
    st.builds(
        lambda v: Test(Field.ADMIN1, Operator.IN, frozenset(v)), st.sets(st.sampled_from(["SS01", "SS02", "ML01"]))
    ),
    st.builds(lambda v: Test(Field.ADMIN2, Operator.IN, frozenset(v)), st.sets(st.sampled_from(["SS0101", "ML0102"]))),
    st.builds(lambda v: Test(Field.CATEGORY, Operator.IN, frozenset(v)), st.sets(st.sampled_from(IncidentCategory))),
    st.builds(lambda v: Test(Field.STATUS, Operator.IN, frozenset(v)), st.sets(st.sampled_from(RecordStatus))),
    st.builds(lambda v: Test(Field.ORIGINATOR, Operator.IN, frozenset(v)), st.sets(st.sampled_from(["a", "b"]))),
    st.builds(
        lambda op, v: Test(Field.IMPACT, op, v),
        st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST]),
        st.sampled_from(Impact),
    ),
    st.builds(
        lambda f, v: Test(f, Operator.CONTAINS, v),
        st.sampled_from([Field.TITLE, Field.NARRATIVE]),
        st.sampled_from(["ambush", "FUEL"]),
    ),
    st.builds(
        lambda f, a, b: Test(f, Operator.WITHIN, interval(a, b)),
        st.sampled_from([Field.OCCURRED, Field.REPORTED, Field.SHARED]),
        st.none() | times,
        st.none() | times,
    ),
    st.builds(
        lambda f, v: Test(f, Operator.IS_NULL, v),
        st.sampled_from([Field.CATEGORY, Field.ADMIN1, Field.ADMIN2, Field.OCCURRED, Field.ORIGINATOR, Field.SOURCE]),
        st.booleans(),
    ),
    st.builds(
        lambda k, v: Test(Field.ATTRIBUTES, Operator.HAS, (k, frozenset(v))),
        st.sampled_from(["mode", "log"]),
        st.sets(st.sampled_from(["car", "boat"])),
    ),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda below: st.one_of(
        st.lists(below, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(below, max_size=3).map(lambda parts: Any(tuple(parts))),
        below.map(Not),
    ),
    max_leaves=6,
)


def viewed(record: Incident, clearance: Clearance) -> Viewed:
    seen = view(record, clearance)
    assert seen is not None
    tie = int(record.ref.native).to_bytes(16, "big")
    return Viewed(seen, InformationKind.INCIDENT_REPORT, record.ref.native, tie, clearance, "a-source", tie, "somebody")
