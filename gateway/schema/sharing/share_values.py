"""The values of a record that is shared: as exact as they are known, and no more exact than what is given shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import strawberry

from gateway.schema.enums import UserErrorCode
from gateway.schema.payload import Fault
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

_YEARS: Final = range(1900, 2200)


def bad(field: str, message: str) -> Fault:
    """A value that can't be used."""
    return Fault(field, UserErrorCode.BAD_USER_INPUT, f"`{field}` {message}")


@strawberry.input(description="A time or a span, with the precision to which it is known.")
class OccurrenceInput:
    """A span."""

    start: datetime = strawberry.field(description="Start, with its offset.")
    end: datetime | None = strawberry.field(
        default=None, description="End, excluded, with its offset; left out: the moment, or the one cell, of `start`."
    )
    precision: TimePrecision = strawberry.field(
        default=TimePrecision.INSTANT, description="How exact it is: the span is widened to whole cells of it (UTC)."
    )

    def plain(self) -> Moment:
        """The span; raises `Fault`."""
        start = _utc(self.start, "start")
        end = start if self.end is None else _utc(self.end, "end")
        if end < start:
            raise bad("end", "lies before `start`: exchange or correct them")
        return Moment(start, end).at(Precisions(when=self.precision))


@strawberry.input(description="An administrative area.")
class AdminAreaInput:
    """An area."""

    pcode: str = strawberry.field(description="P-code (COD-AB).")
    name: str | None = strawberry.field(default=None, description="Its name.")

    def plain(self) -> AdminArea:
        """The area."""
        return AdminArea(self.pcode.strip().upper(), self.name)


@strawberry.input(description="A place, with the precision to which it is known.")
class LocationInput:
    """A place."""

    country: str | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3.")
    admin1: AdminAreaInput | None = strawberry.field(default=None, description="Province or state (admin-1).")
    admin2: AdminAreaInput | None = strawberry.field(default=None, description="District (admin-2).")
    name: str | None = strawberry.field(default=None, description="Name of the place.")
    longitude: float | None = strawberry.field(default=None, description="Degrees (WGS 84); with `latitude`.")
    latitude: float | None = strawberry.field(default=None, description="Degrees (WGS 84); with `longitude`.")
    precision: PlacePrecision | None = strawberry.field(
        default=None, description="How exact it is; the finest of what is given unless said."
    )

    def plain(self) -> Place:
        """The place; raises `Fault`."""
        point = self._point()
        finest = PlacePrecision.POSITION if point is not None else self._area()
        precision = finest if self.precision is None else self.precision
        if precision < finest:
            raise bad("precision", f"is finer than what is given: give more of the place, or {finest.name}")
        if point is not None and precision >= PlacePrecision.ADMIN2:
            raise bad("precision", "is that of an area, which has no point: leave out `longitude` and `latitude`")
        return Place(
            country=None if self.country is None else Country(self.country.strip().upper()),
            admin1=None if self.admin1 is None else self.admin1.plain(),
            admin2=None if self.admin2 is None else self.admin2.plain(),
            name=self.name,
            point=point,
            precision=precision,
        )

    def _point(self) -> Position | None:
        if self.longitude is None and self.latitude is None:
            return None
        if self.longitude is None or self.latitude is None:
            missing = "longitude" if self.longitude is None else "latitude"
            raise bad(missing, "is missing: a point has both `longitude` and `latitude`")
        return Position(self.longitude, self.latitude)

    def _area(self) -> PlacePrecision:
        if self.admin2 is not None:
            return PlacePrecision.ADMIN2
        if self.admin1 is not None:
            return PlacePrecision.ADMIN1
        if self.country is None:
            raise bad("country", "is missing: a place has at least its country")
        return PlacePrecision.COUNTRY


@strawberry.input(description="An organization or another party.")
class PartyInput:
    """A party."""

    type: OrganizationType = strawberry.field(
        default=OrganizationType.UNKNOWN, description="What kind of organization it is: all that some will be shown."
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="The gateway's id of the organization, where it has one."
    )
    name: str | None = strawberry.field(default=None, description="Its name.")

    def plain(self) -> Party:
        """The party."""
        return Party(self.type, None if self.id is None else str(self.id), self.name)


@strawberry.input(description="Whom an incident touched.")
class AffectedInput:
    """Those affected."""

    organizations: list[PartyInput] = strawberry.field(default_factory=list, description="Organizations affected.")
    killed: int | None = strawberry.field(default=None, description="Staff killed.")
    injured: int | None = strawberry.field(default=None, description="Staff injured.")
    kidnapped: int | None = strawberry.field(default=None, description="Staff kidnapped.")
    arrested: int | None = strawberry.field(default=None, description="Staff arrested.")
    fatalities: int | None = strawberry.field(default=None, description="Fatalities of all, apart from staff counts.")

    def plain(self) -> Affected:
        """Those affected."""
        counts = {
            name: None if (count := getattr(self, name)) is None else Quantity.exactly(count)
            for name in ("killed", "injured", "kidnapped", "arrested", "fatalities")
        }
        return Affected(tuple(item.plain() for item in self.organizations), **counts)


@strawberry.input(description="Who is said to have done it.")
class ActorInput:
    """Who did it."""

    parties: list[PartyInput] = strawberry.field(description="The parties named.")


@strawberry.input(description="A platform's own code, verbatim.")
class SourceCodeInput:
    """A code."""

    scheme: str | None = strawberry.field(default=None, description="Whose code it is.")
    code: str | None = strawberry.field(default=None, description="The code.")
    label: str | None = strawberry.field(default=None, description="The platform's own words for it.")


@strawberry.input(description="A pointer to something outside.")
class ReferenceInput:
    """A pointer."""

    type: str = strawberry.field(description="What kind of pointer it is, such as GLIDE.")
    value: str = strawberry.field(description="The pointer.")


# By the name of the record's value type; what is not here is given as it is: text and enumerations.
VALUE_INPUTS: Final[Mapping[str, type]] = {
    "Moment": OccurrenceInput,
    "Place": LocationInput,
    "Affected": AffectedInput,
    "Actor": ActorInput,
    "SourceCode": SourceCodeInput,
    "Reference": ReferenceInput,
}


def plain_value(value: Any) -> Any:
    """A value of an input as the record's type, or shaped like it; raises `Fault`."""
    match value:
        case OccurrenceInput() | LocationInput() | AffectedInput():
            return value.plain()
        case str():
            return value.strip() or value
        case list():
            return [plain_value(item) for item in value]
        case _:
            return value


def _utc(moment: datetime, field: str) -> datetime:
    if moment.utcoffset() is None:
        raise bad(field, "is a time without offset: give it one, such as Z or +03:00")
    if moment.year not in _YEARS:
        raise bad(field, f"is out of time: give a year from {_YEARS.start} to {_YEARS.stop - 1}")
    return moment.astimezone(UTC)
