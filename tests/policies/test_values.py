"""Values that coarsen themselves: idempotent, never finer, and the original always lies in the coarse cell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policies.values import (
    AdminArea,
    Affected,
    Country,
    Moment,
    Party,
    Place,
    PlacePrecision,
    Position,
    Precisions,
    Quantity,
    TimePrecision,
)
from policies.vocabulary import OrganizationType

precisions = st.builds(Precisions, st.sampled_from(PlacePrecision), st.sampled_from(TimePrecision))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - aware by timezones
moments = st.one_of(
    st.builds(Moment.instant, instants),
    st.builds(Moment.day, instants.map(datetime.date), st.sampled_from(list(TimePrecision)[1:])),
    st.builds(
        lambda start, length: Moment(start, start + length), instants, st.timedeltas(timedelta(0), timedelta(days=90))
    ),
)
areas = st.builds(AdminArea, st.sampled_from(["SS01", "SS0101"]), st.none())
places = st.builds(
    Place,
    country=st.builds(Country, st.sampled_from(["SSD", "MLI"])),
    admin1=st.none() | areas,
    admin2=st.none() | areas,
    name=st.none() | st.just("Somewhere"),
    point=st.none() | st.builds(Position, st.floats(-180, 180), st.floats(-90, 90)),
    precision=st.sampled_from(PlacePrecision),
)
parties = st.builds(
    Party, st.sampled_from(OrganizationType), st.none() | st.text(max_size=3), st.none() | st.text(max_size=3)
)
quantities = st.integers(0, 1_000).map(Quantity.exactly)


@given(moments, precisions)
def test_a_moment_lies_in_its_cell_and_no_cell_gets_finer(moment: Moment, precision: Precisions) -> None:
    coarse = moment.at(precision)
    assert coarse.at(precision) == coarse
    assert coarse.start <= moment.start
    assert coarse.end >= moment.end
    assert coarse.precision >= moment.precision
    if precision.when > moment.precision:
        assert coarse.precision is precision.when
        assert coarse.start.hour == coarse.start.minute == coarse.end.hour == coarse.end.minute == 0


@given(moments, moments, precisions)
def test_moments_of_one_cell_can_not_be_told_apart(one: Moment, other: Moment, precision: Precisions) -> None:
    coarse, twin = one.at(precision), other.at(precision)
    if (
        precision.when > one.precision
        and precision.when > other.precision
        and (coarse.start, coarse.end) == (twin.start, twin.end)
    ):
        assert coarse == twin


@given(places, precisions)
def test_a_place_gives_nothing_finer_than_asked(place: Place, precision: Precisions) -> None:
    coarse = place.at(precision)
    assert coarse.at(precision) == coarse
    assert coarse.country == place.country
    if precision.where > PlacePrecision.POSITION:
        assert coarse.point is coarse.name is None
        assert coarse.precision >= precision.where
    if precision.where > PlacePrecision.ADMIN2:
        assert coarse.admin2 is None
    if precision.where > PlacePrecision.ADMIN1:
        assert coarse.admin1 is None


@given(st.builds(Affected, st.lists(parties, max_size=4).map(tuple), quantities, st.none() | quantities), precisions)
def test_those_affected_become_types_and_ranges(affected: Affected, precision: Precisions) -> None:
    coarse = affected.at(precision)
    assert coarse.at(precision) == coarse
    assert all(party.id is party.name is None for party in coarse.organizations)
    assert {party.type for party in coarse.organizations} == {party.type for party in affected.organizations}
    assert affected.killed is not None
    assert coarse.killed is not None
    assert coarse.killed.at_least <= affected.killed.at_least
    assert coarse.killed.at_most is None or coarse.killed.at_most >= affected.killed.at_least
    assert coarse.killed.value in (None, 0)
