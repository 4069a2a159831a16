"""Strategies for single values: few of each, so that the two worlds and the filters meet in the same ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

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
    Quantity,
    TimePrecision,
)
from policies.vocabulary import OrganizationType

# The Monday three weeks before the houses' Wednesday.
FIRST_DAY: Final = datetime(2026, 10, 26, tzinfo=UTC)
AREAS: Final = {"SSD": ("SS01", "SS02"), "SDN": ("SD01",), "MLI": ("ML01",)}
SENTENCES: Final = ("Ambush on the road", "Fuel stolen at night", "Shots near the bridge", "Ambush, fuel stolen")

# Edges of days, weeks and months among them: that is where a filter would tell two moments of one cell apart.
instants = st.builds(
    lambda day, second: FIRST_DAY + timedelta(days=day, seconds=second),
    st.integers(0, 22),
    st.sampled_from((0, 1, 34_200, 86_399)),
)
moments = st.one_of(
    instants.map(Moment.instant),
    instants.map(Moment.instant),
    st.builds(
        lambda at, precision: Moment.day(at.date(), precision), instants, st.sampled_from(list(TimePrecision)[1:4])
    ),
    st.builds(lambda at, hours: Moment(at, at + timedelta(hours=hours)), instants, st.sampled_from((1, 30))),
)
texts = st.sampled_from((None, *SENTENCES))
positions = st.sampled_from((None, Position(31.5, 9.5), Position(-4.25, 13.0)))


@st.composite
def places(draw: st.DrawFn) -> Place | None:
    """A place that is as exact as chance wants, or none."""
    country = draw(st.sampled_from((*AREAS, "SSD", None)))
    if country is None:
        return draw(st.sampled_from((None, Place())))
    admin1 = draw(st.sampled_from((None, *AREAS[country])))
    admin2 = None if admin1 is None else draw(st.sampled_from((None, f"{admin1}01", f"{admin1}02")))
    return Place(
        country=Country(country, draw(st.sampled_from((None, country.title())))),
        admin1=None if admin1 is None else AdminArea(admin1),
        admin2=None if admin2 is None else AdminArea(admin2, f"District {admin2}"),
        name=draw(st.sampled_from((None, "North bridge"))),
        point=draw(positions),
        precision=draw(st.sampled_from(PlacePrecision)),
    )


@st.composite
def places_within(draw: st.DrawFn, place: Place) -> Place:
    """Another place of which a coarser form may well be the same."""
    admin1 = draw(st.sampled_from((place.admin1, *map(AdminArea, AREAS.get(_code(place), ())))))
    admin2 = None if admin1 is None else draw(st.sampled_from((None, f"{admin1.pcode}01", f"{admin1.pcode}02")))
    return Place(
        country=place.country,
        admin1=admin1,
        admin2=None if admin2 is None else AdminArea(admin2, draw(texts)),
        name=draw(texts),
        point=draw(positions),
        precision=draw(st.sampled_from((place.precision, *PlacePrecision))),
    )


@st.composite
def moments_within(draw: st.DrawFn, start: datetime, end: datetime) -> Moment:
    """A moment of the cell `[start, end)`: at its edges or in between, an instant or a part of it."""
    length = end - start
    at = start + draw(st.sampled_from((timedelta(0), timedelta(seconds=1), length / 2, length - timedelta(seconds=1))))
    return draw(st.sampled_from((Moment.instant(at), Moment.day(at.date()), Moment(at, end))))


parties = st.builds(
    Party,
    st.sampled_from(list(OrganizationType)[:4]),
    st.sampled_from((None, "harbour-relief", "northwind-aid")),
    st.sampled_from((None, "Harbour Relief")),
)
quantities = st.sampled_from((None, Quantity.exactly(0), Quantity.exactly(3), Quantity.exactly(12), Quantity(5, None)))
affected = st.one_of(
    st.none(),
    st.builds(Affected, st.lists(parties, max_size=2).map(tuple), quantities, quantities, fatalities=quantities),
)


def _code(place: Place) -> str:
    return "" if place.country is None else place.country.iso3
