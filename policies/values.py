"""Value types that know how to coarsen themselves, so that no caller has to know how.

Each `at` is idempotent and never gives a finer value than it was given; what lies beneath the precision asked for is
gone from the copy, not masked. Times are UTC; a cell is half open, `[start, end)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Final, Protocol, Self, TypeVar, runtime_checkable

import msgspec

from policies.vocabulary import OrganizationType


class PlacePrecision(IntEnum):
    """How exact a place is: SiND's scale, in the order of the WHERE chain."""

    POSITION = 0
    KM_25 = 1
    LINEAR_FEATURE = 2
    ADMIN2 = 3
    ADMIN1 = 4
    COUNTRY = 5


class TimePrecision(IntEnum):
    """How exact a time is, in the order of the WHEN chain."""

    INSTANT = 0
    DAY = 1
    WEEK = 2
    MONTH = 3
    YEAR = 4


PLACE_CHAIN: Final = (PlacePrecision.POSITION, PlacePrecision.ADMIN2, PlacePrecision.ADMIN1, PlacePrecision.COUNTRY)
TIME_CHAIN: Final = (TimePrecision.INSTANT, TimePrecision.DAY, TimePrecision.WEEK, TimePrecision.MONTH)
_Step = TypeVar("_Step", bound=IntEnum)


def _after(precision: _Step, chain: Sequence[_Step]) -> _Step:
    """The first step of the chain that is coarser than `precision`; `precision` itself beyond the last."""
    return next((step for step in chain if step > precision), precision)


class Precisions(msgspec.Struct, frozen=True, cache_hash=True):
    """To what each chain is generalised where a rule says GENERALIZE: a marking's floor."""

    where: PlacePrecision = PlacePrecision.ADMIN1
    when: TimePrecision = TimePrecision.WEEK

    def further(self) -> Precisions:
        """One step further along each chain; the last step of each stays."""
        return Precisions(where=_after(self.where, PLACE_CHAIN), when=_after(self.when, TIME_CHAIN))

    def meet(self, other: Precisions) -> Precisions:
        """The coarser of both, chain by chain."""
        return Precisions(where=max(self.where, other.where), when=max(self.when, other.when))


@runtime_checkable
class Coarsenable(Protocol):
    """A value that can be generalised."""

    def at(self, precision: Precisions) -> Self:
        """This value, no finer than `precision`."""


class AdminArea(msgspec.Struct, frozen=True, gc=False):
    """An administrative area by its P-code (COD-AB), with the name the source gave."""

    pcode: str
    name: str | None = None


class Country(msgspec.Struct, frozen=True, gc=False):
    """A country by ISO 3166-1 alpha-3."""

    iso3: str
    name: str | None = None


class Position(msgspec.Struct, frozen=True, gc=False):
    """WGS 84, degrees, longitude first as in GeoJSON (RFC 7946)."""

    longitude: float
    latitude: float


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something happened, as exactly as it is known."""

    country: Country | None = None
    admin1: AdminArea | None = None
    admin2: AdminArea | None = None
    name: str | None = None
    point: Position | None = None
    precision: PlacePrecision = PlacePrecision.COUNTRY

    def at(self, precision: Precisions) -> Self:
        """This place along position → admin-2 → admin-1 → country; never a point in place of an area."""
        where = precision.where
        if where is PlacePrecision.POSITION:
            return self
        return msgspec.structs.replace(
            self,
            admin1=self.admin1 if where <= PlacePrecision.ADMIN1 else None,
            admin2=self.admin2 if where <= PlacePrecision.ADMIN2 else None,
            name=None,
            point=None,
            # A 25 km circle is a point with a radius: no step of the chain keeps it, so it becomes its admin-2 area.
            precision=max(self.precision, where, PlacePrecision.ADMIN2),
        )


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A time or a span with its precision: the cell `[start, end)`, or one instant where both are equal."""

    start: datetime
    end: datetime
    precision: TimePrecision = TimePrecision.INSTANT

    @classmethod
    def instant(cls, at: datetime) -> Self:
        """One instant; `at` must carry its offset and is turned to UTC."""
        moment = utc(at)
        return cls(moment, moment)

    @classmethod
    def day(cls, day: date, precision: TimePrecision = TimePrecision.DAY) -> Self:
        """The cell of `precision` that holds `day`."""
        start = _floor(datetime.combine(day, time.min, UTC), precision)
        return cls(start, _following(start, precision), precision)

    def at(self, precision: Precisions) -> Self:
        """This span widened to whole cells along time → day → week → month (→ year)."""
        when = precision.when
        if when <= self.precision:
            return self
        start = _floor(self.start, when)
        # A half-open span that ends where a cell starts does not touch that cell.
        last = self.end if self.end == self.start else self.end - timedelta(microseconds=1)
        return type(self)(start, _following(_floor(last, when), when), when)


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """A count, exact where both bounds are equal; `at_most` None means no upper bound."""

    at_least: int
    at_most: int | None

    @classmethod
    def exactly(cls, count: int) -> Self:
        """A count that is known."""
        return cls(count, count)

    @property
    def value(self) -> int | None:
        """The count where it is exact."""
        return self.at_least if self.at_least == self.at_most else None

    def at(self, precision: Precisions) -> Self:  # noqa: ARG002 - one step only: count → range
        """The range of `COUNT_RANGES` that holds this count."""
        low = max(bound for bound in COUNT_RANGES if bound <= self.at_least)
        top = self.at_least if self.at_most is None else self.at_most
        above = [bound for bound in COUNT_RANGES if bound > top]
        return type(self)(low, above[0] - 1 if above and self.at_most is not None else None)


# Lower bounds of the ranges a generalised count falls into: 0, 1-4, 5-9, 10-49, 50 and more.
COUNT_RANGES: Final = (0, 1, 5, 10, 50)


class Party(msgspec.Struct, frozen=True, gc=False):
    """An organization or actor: `id` is the gateway's own for a known organization, `name` as the source has it."""

    type: OrganizationType = OrganizationType.UNKNOWN
    id: str | None = None
    name: str | None = None

    def at(self, precision: Precisions) -> Self:  # noqa: ARG002 - one step only: organization → type
        """The party's type alone."""
        return type(self)(type=self.type)


class Affected(msgspec.Struct, frozen=True, gc=False):
    """Whom an incident touched: killed, injured, kidnapped, arrested among staff; fatalities of all, apart."""

    organizations: tuple[Party, ...] = ()
    killed: Quantity | None = None
    injured: Quantity | None = None
    kidnapped: Quantity | None = None
    arrested: Quantity | None = None
    fatalities: Quantity | None = None

    def at(self, precision: Precisions) -> Self:
        """Types in place of organizations, each once and in one order, and ranges in place of counts."""
        types = sorted({party.type for party in self.organizations}, key=lambda item: item.value)

        def ranged(count: Quantity | None) -> Quantity | None:
            return None if count is None else count.at(precision)

        return type(self)(
            organizations=tuple(Party(type=item) for item in types),
            killed=ranged(self.killed),
            injured=ranged(self.injured),
            kidnapped=ranged(self.kidnapped),
            arrested=ranged(self.arrested),
            fatalities=ranged(self.fatalities),
        )


def utc(moment: datetime) -> datetime:
    """`moment` in UTC; raises `ValueError` where it carries no offset."""
    if moment.tzinfo is None:
        raise ValueError("a time without offset: give it one, such as Z or +03:00")
    return moment.astimezone(UTC)


def _floor(moment: datetime, precision: TimePrecision) -> datetime:
    """The start of the cell that holds `moment`; weeks start on Monday (ISO 8601)."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match precision:
        case TimePrecision.INSTANT:
            return moment
        case TimePrecision.DAY:
            return day
        case TimePrecision.WEEK:
            return day - timedelta(days=day.weekday())
        case TimePrecision.MONTH:
            return day.replace(day=1)
        case TimePrecision.YEAR:
            return day.replace(month=1, day=1)


def _following(start: datetime, precision: TimePrecision) -> datetime:
    """The start of the cell after the one that starts at `start`."""
    match precision:
        case TimePrecision.INSTANT:
            return start
        case TimePrecision.DAY:
            return start + timedelta(days=1)
        case TimePrecision.WEEK:
            return start + timedelta(days=7)
        case TimePrecision.MONTH:
            return (start + timedelta(days=32)).replace(day=1)
        case TimePrecision.YEAR:
            return start.replace(year=start.year + 1)
