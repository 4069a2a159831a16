"""From one ACLED row to an incident report. Values commonly arrive as strings, numbers among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, Literal, TypeAlias

import msgspec

from connectors.acled.tables import Tables, read_tables
from connectors.contract import SourceSettings
from connectors.errors import Quarantined, Unusable
from connectors.formats.attributes import Declaration, shortened
from connectors.formats.faults import native_key
from connectors.markings import Markings
from connectors.records import Actor, Attribute, Incident, RecordRef, Source, SourceCode
from policies.groups import FieldGroup
from policies.marking import Marking
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
from policies.vocabulary import IncidentCategory, InformationKind, OrganizationType, SpecialCategory

Row: TypeAlias = dict[str, Any]  # JSON by column
Told: TypeAlias = Mapping[str, str]  # a row's values as text, without those that are empty

SCHEME: Final = "ACLED"
# Columns that become fields of the record. `year` says again what `event_date` says.
_FIELDS: Final = frozenset(
    {
        "event_id_cnty", "event_date", "year", "time_precision", "event_type", "sub_event_type", "actor1", "inter1",
        "actor2", "inter2", "iso", "country", "admin1", "admin2", "location", "latitude", "longitude",
        "geo_precision", "source", "notes", "fatalities", "timestamp",
    }
)  # fmt: skip
# Columns kept as attributes, each with its group; the operator declares more in `options.attributes`.
_ATTRIBUTES: Final[Mapping[str, Declaration]] = {
    "disorder_type": Declaration("WHAT"),
    "assoc_actor_1": Declaration("ACTOR"),
    "assoc_actor_2": Declaration("ACTOR"),
    "interaction": Declaration("ACTOR"),
    "civilian_targeting": Declaration("AFFECTED"),
    "region": Declaration("WHERE"),
    "admin3": Declaration("WHERE"),
    "source_scale": Declaration("ORIGIN"),
    "tags": Declaration("AFFECTED", text=True),
}
# What a column that is no single value takes with it: attacked civilians are read of the actors.
_GROUPS: Final[Mapping[str, Sequence[FieldGroup]]] = {
    **dict.fromkeys(("event_type", "sub_event_type", "event_id_cnty", "year"), (FieldGroup.WHAT,)),
    **dict.fromkeys(("event_date", "time_precision", "timestamp"), (FieldGroup.WHEN,)),
    **dict.fromkeys(("actor1", "inter1", "actor2", "inter2"), (FieldGroup.ACTOR, FieldGroup.AFFECTED)),
    **dict.fromkeys(("iso", "country", "admin1", "admin2", "location"), (FieldGroup.WHERE,)),
    **dict.fromkeys(("latitude", "longitude", "geo_precision"), (FieldGroup.WHERE,)),
    "source": (FieldGroup.ORIGIN,),
    "notes": (FieldGroup.NARRATIVE,),
    "fatalities": (FieldGroup.AFFECTED,),
}
_TIME_PRECISION: Final = {1: TimePrecision.DAY, 2: TimePrecision.WEEK, 3: TimePrecision.MONTH}
_PLACE_PRECISION: Final = {1: PlacePrecision.POSITION, 2: PlacePrecision.ADMIN2, 3: PlacePrecision.ADMIN1}
_CIVILIANS: Final = frozenset({"7", "civilians"})
_NO_FAULTS: Final[frozenset[FieldGroup]] = frozenset()
# Of days, codes and sources ACLED writes a few, over and over; what is kept of them is bounded.
_KEPT: Final = 4096


class AcledOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[options]` of an ACLED source.

    `client_id`: of the password grant. `page_size`: rows a request, 5,000 at most. `pcodes`: P-codes by country
    (alpha-3), level and the name ACLED uses; a name without one is kept as an attribute. `countries`: numeric codes
    beside ISO 3166-1's. `attributes`: further columns with their groups. `operator_listed`: sub-event types that are
    special categories by the operator's decision.
    """

    client_id: str = "acled"
    page_size: int = 5000
    pcodes: dict[str, dict[Literal["admin1", "admin2"], dict[str, str]]] = msgspec.field(default_factory=dict)
    countries: dict[str, str] = msgspec.field(default_factory=dict)
    attributes: dict[str, Declaration] = msgspec.field(default_factory=dict)
    operator_listed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= 5000:
            raise ValueError("`page_size` is from 1 to 5000")


class AcledMapping:
    """The mapping of one ACLED source. What rows have in common is made once."""

    def __init__(self, settings: SourceSettings, options: AcledOptions) -> None:
        self.tables: Tables = read_tables(options.countries)
        self._options = options
        self._default = settings.marking
        self._markings = Markings(settings.marking)
        self._attributes = {**_ATTRIBUTES, **options.attributes}
        self._declared = _FIELDS | self._attributes.keys()
        self._name = settings.name
        self._source = Source(settings.name, "acled")
        self._originator = Party(type=OrganizationType.DATA_PROVIDER, id=settings.marking.originator)
        self._coded = lru_cache(_KEPT)(self._read_codes)
        self._areas = lru_cache(_KEPT)(self._read_areas)
        self._parties = lru_cache(_KEPT)(self._read_parties)
        self._occurred = lru_cache(_KEPT)(_occurred)
        self._affected = lru_cache(_KEPT)(_affected)
        self._cited = lru_cache(_KEPT)(_cited)
        self._attribute = lru_cache(_KEPT)(self._read_attribute)

    def refuse_unknown_columns(self, rows: list[Row]) -> None:
        """Raises `Unusable` for a column that has no place: nothing is dropped in silence."""
        for row in rows:
            if not self._declared.issuperset(row):
                unknown = min(row.keys() - self._declared)
                raise Unusable(
                    f"the column `{shortened(unknown)}` is not declared: give it a group in `options.attributes`"
                )

    def incident(self, row: Row) -> Incident:
        """The row as a record; raises `Quarantined` where key, time of sharing or country can't be read."""
        faults = set[FieldGroup]()
        told = self._told(row, faults)
        native = native_key(row.get("event_id_cnty"), "event_id_cnty")
        shared_at = _shared(told)
        get = told.get
        category, code, marking, iso3 = self._coded(get("iso", ""), get("event_type"), get("sub_event_type"))
        place = occurred = affected = actor = None
        try:
            place = self._place(told, iso3)
        except ValueError:
            faults.add(FieldGroup.WHERE)
        try:
            occurred = self._occurred(get("event_date", ""), get("time_precision", ""))
        except (ValueError, OverflowError):
            faults.add(FieldGroup.WHEN)
        try:
            civilians, actor = self._parties(get("actor1"), get("inter1"), get("actor2"), get("inter2"))
        except ValueError:
            civilians = ()
            faults |= {FieldGroup.ACTOR, FieldGroup.AFFECTED}
        try:
            affected = self._affected(civilians, get("fatalities", ""))
        except ValueError:
            faults.add(FieldGroup.AFFECTED)
        return Incident(
            ref=RecordRef(self._name, InformationKind.INCIDENT_REPORT, native),
            marking=marking,
            version=told["timestamp"],
            shared_at=shared_at,
            originator=self._originator,
            source=self._source,
            category=category,
            source_category=code,
            occurred=occurred,
            place=place,
            narrative=get("notes"),
            affected=affected,
            actor=actor,
            cited_sources=self._cited(get("source", "")),
            attributes=self._kept(told, place),
            faults=frozenset(faults) if faults else _NO_FAULTS,
        )

    def _told(self, row: Row, faults: set[FieldGroup]) -> Told:
        """The values as text, without the spaces around them and without those that are empty."""
        return {
            column: text
            for column, value in row.items()
            if (text := value.strip() if value.__class__ is str else self._of_another(column, value, faults))
        }

    def _of_another(self, column: str, value: object, faults: set[FieldGroup]) -> str:
        """A value that is no text as one; empty, with the faults noted, where it is no single value."""
        if value.__class__ is int or value.__class__ is float:
            return str(value)
        if value is not None:
            faults.update(self._groups(column))
        return ""

    def _groups(self, column: str) -> Sequence[FieldGroup]:
        """The groups that a column is read into."""
        return _GROUPS.get(column) or (FieldGroup[self._attributes[column].group],)

    def _read_codes(
        self, iso: str, event_type: str | None, sub_event_type: str | None
    ) -> tuple[IncidentCategory | None, SourceCode, Marking, str]:
        """Category, ACLED's own code, the marking, and the country (alpha-3).

        Rule 13: a code without a mapping could be a sensitive one.
        """
        iso3 = self.tables.countries.get(iso.zfill(3))
        if iso3 is None:
            raise Quarantined("`iso` is no numeric country code that is known: add it to `options.countries`")
        category = self.tables.categories.get((event_type or "", sub_event_type or ""))
        special = set(self._default.special)
        if sub_event_type in self._options.operator_listed:
            special.add(SpecialCategory.OPERATOR_LISTED)
        listed = self.tables.special.get(sub_event_type or "")
        if listed is not None:
            special.add(listed)
        elif category is None:
            special.add(SpecialCategory.UNMAPPED_SENSITIVE_CODE)
        marking = self._markings.of(country=iso3, special=frozenset(special))
        return category, SourceCode(SCHEME, sub_event_type, event_type), marking, iso3

    def _place(self, told: Told, iso3: str) -> Place:
        precision = _PLACE_PRECISION.get(int(told.get("geo_precision", "")))
        if precision is None:
            raise ValueError("`geo_precision` is from 1 to 3")
        country, admin1, admin2 = self._areas(iso3, told.get("country"), told.get("admin1"), told.get("admin2"))
        # At 3 the coordinates are a provincial capital's, far from where it happened: they say nothing more exact.
        point = None if precision is PlacePrecision.ADMIN1 else _position(told)
        return Place(country, admin1, admin2, told.get("location"), point, precision)

    def _read_areas(
        self, iso3: str, country: str | None, admin1: str | None, admin2: str | None
    ) -> tuple[Country, AdminArea | None, AdminArea | None]:
        return Country(iso3, country), self._area(iso3, "admin1", admin1), self._area(iso3, "admin2", admin2)

    def _area(self, iso3: str, level: Literal["admin1", "admin2"], name: str | None) -> AdminArea | None:
        pcode = None if name is None else self._options.pcodes.get(iso3, {}).get(level, {}).get(name)
        return None if pcode is None else AdminArea(pcode, name)

    def _read_parties(self, *told: str | None) -> tuple[tuple[Party, ...], Actor]:
        """The civilians, ACLED's term for those who were attacked, and the others. Actors 1 and 2 have no direction.

        `told`: `actor1`, `inter1`, `actor2`, `inter2`.
        """
        civilians: tuple[Party, ...] = ()
        others: tuple[Party, ...] = ()
        for name, inter in (told[:2], told[2:]):
            if name is not None:
                code = (inter or "").casefold()
                kind = self.tables.actors.get(code)
                if kind is None:
                    # Who was attacked and who did it can't be told apart.
                    raise ValueError("no interaction code that is known")
                party = Party(type=kind, name=name)
                if code in _CIVILIANS:
                    civilians += (party,)
                else:
                    others += (party,)
        return civilians, Actor(others)

    def _kept(self, told: Told, place: Place | None) -> tuple[Attribute, ...]:
        kept = [self._attribute(column, told[column]) for column in self._attributes if column in told]
        for level, area in (("admin1", place and place.admin1), ("admin2", place and place.admin2)):
            if area is None and level in told:
                kept.append(Attribute(level, told[level], FieldGroup.WHERE, SCHEME))
        if place is not None and place.point is None:
            kept += [
                Attribute(column, told[column], FieldGroup.WHERE, SCHEME, "of the area's main town")
                for column in ("latitude", "longitude")
                if column in told
            ]
        return tuple(kept)

    def _read_attribute(self, column: str, value: str) -> Attribute:
        return self._attributes[column].attribute(SCHEME, column, value)


def _shared(told: Told) -> datetime:
    try:
        return datetime.fromtimestamp(int(told.get("timestamp", "")), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Quarantined("`timestamp` is no time: when the row was shared can't be told") from error


def _occurred(day: str, precision: str) -> Moment:
    known = _TIME_PRECISION.get(int(precision))
    if known is None:
        raise ValueError("`time_precision` is from 1 to 3")
    return Moment.day(date.fromisoformat(day), known)


def _cited(sources: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in sources.split(";") if part.strip())


def _position(told: Told) -> Position:
    latitude, longitude = float(told.get("latitude", "nan")), float(told.get("longitude", "nan"))
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("a coordinate out of range")
    return Position(longitude=longitude, latitude=latitude)


def _affected(civilians: tuple[Party, ...], fatalities: str) -> Affected:
    count = int(fatalities)
    if count < 0:
        raise ValueError("a count below nought")
    return Affected(civilians, fatalities=Quantity.exactly(count))
