"""From one ACLED row to an incident report. Values commonly arrive as strings, numbers among them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal, TypeAlias

import msgspec

from connectors.acled.tables import Tables, read_tables
from connectors.contract import SourceSettings
from connectors.errors import Quarantined, Unusable
from connectors.formats.attributes import Declaration, shortened
from connectors.formats.faults import Faults, native_key
from connectors.markings import Markings
from connectors.records import Actor, Attribute, Incident, RecordRef, Source, SourceCode
from policies.groups import FieldGroup
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
from policies.vocabulary import InformationKind, OrganizationType, SpecialCategory

Row: TypeAlias = dict[str, str | int | float | None]

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
_TIME_PRECISION: Final = {1: TimePrecision.DAY, 2: TimePrecision.WEEK, 3: TimePrecision.MONTH}
_PLACE_PRECISION: Final = {1: PlacePrecision.POSITION, 2: PlacePrecision.ADMIN2, 3: PlacePrecision.ADMIN1}
_CIVILIANS: Final = frozenset({"7", "civilians"})


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
    """The mapping of one ACLED source."""

    def __init__(self, settings: SourceSettings, options: AcledOptions) -> None:
        self.tables: Tables = read_tables(options.countries)
        self._settings = settings
        self._options = options
        self._markings = Markings(settings.marking)
        self._attributes = {**_ATTRIBUTES, **options.attributes}
        self._source = Source(settings.name, "acled")
        self._originator = Party(type=OrganizationType.DATA_PROVIDER, id=settings.marking.originator)

    def refuse_unknown_columns(self, rows: list[Row]) -> None:
        """Raises `Unusable` for a column that has no place: nothing is dropped in silence."""
        for row in rows:
            unknown = row.keys() - _FIELDS - self._attributes.keys()
            if unknown:
                raise Unusable(
                    f"the column `{shortened(min(unknown))}` is not declared: give it a group in `options.attributes`"
                )

    def incident(self, row: Row) -> Incident:
        """The row as a record; raises `Quarantined` where key, time of sharing or country can't be read."""
        faults = Faults()
        native = native_key(row.get("event_id_cnty"), "event_id_cnty")
        timestamp = self._timestamp(row)
        iso3 = self._iso3(row)
        event_type, sub_event_type = _text(row, "event_type"), _text(row, "sub_event_type")
        category = self.tables.categories.get((event_type or "", sub_event_type or ""))
        place = faults.read(FieldGroup.WHERE, lambda: self._place(row, iso3))
        parties = faults.read(FieldGroup.ACTOR, lambda: self._parties(row)) or ()
        civilians = tuple(party for party, is_victim in parties if is_victim)
        return Incident(
            ref=RecordRef(self._settings.name, InformationKind.INCIDENT_REPORT, native),
            marking=self._markings.of(country=iso3, special=self._special(sub_event_type, known=category is not None)),
            version=str(timestamp),
            shared_at=datetime.fromtimestamp(timestamp, UTC),
            originator=self._originator,
            source=self._source,
            category=category,
            source_category=SourceCode(SCHEME, sub_event_type, event_type),
            occurred=faults.read(FieldGroup.WHEN, lambda: _occurred(row)),
            place=place,
            narrative=_text(row, "notes"),
            affected=faults.read(
                FieldGroup.AFFECTED, lambda: Affected(civilians, fatalities=Quantity.exactly(_count(row, "fatalities")))
            ),
            actor=Actor(tuple(party for party, is_victim in parties if not is_victim)),
            cited_sources=tuple(part.strip() for part in (_text(row, "source") or "").split(";") if part.strip()),
            attributes=tuple(self._kept(row, place)),
            faults=faults.groups,
        )

    def _timestamp(self, row: Row) -> int:
        try:
            timestamp = _integer(row, "timestamp")
            datetime.fromtimestamp(timestamp, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise Quarantined("`timestamp` is no time: when the row was shared can't be told") from error
        return timestamp

    def _iso3(self, row: Row) -> str:
        iso3 = self.tables.countries.get((_text(row, "iso") or "").zfill(3))
        if iso3 is None:
            raise Quarantined("`iso` is no numeric country code that is known: add it to `options.countries`")
        return iso3

    def _special(self, sub_event_type: str | None, *, known: bool) -> frozenset[SpecialCategory]:
        """Rule 13's categories; a code without a mapping counts as one, since it could be one of the sensitive."""
        special = set(self._settings.marking.special)
        if sub_event_type in self._options.operator_listed:
            special.add(SpecialCategory.OPERATOR_LISTED)
        listed = self.tables.special.get(sub_event_type or "")
        if listed is not None:
            special.add(listed)
        elif not known:
            special.add(SpecialCategory.UNMAPPED_SENSITIVE_CODE)
        return frozenset(special)

    def _place(self, row: Row, iso3: str) -> Place:
        precision = _PLACE_PRECISION.get(_integer(row, "geo_precision"))
        if precision is None:
            raise ValueError("`geo_precision` is from 1 to 3")
        return Place(
            country=Country(iso3, _text(row, "country")),
            admin1=self._admin(row, iso3, "admin1"),
            admin2=self._admin(row, iso3, "admin2"),
            name=_text(row, "location"),
            # At 3 the coordinates are a provincial capital's, far from where it happened: they say nothing more exact.
            point=None if precision is PlacePrecision.ADMIN1 else _position(row),
            precision=precision,
        )

    def _admin(self, row: Row, iso3: str, level: Literal["admin1", "admin2"]) -> AdminArea | None:
        name = _text(row, level)
        pcode = None if name is None else self._options.pcodes.get(iso3, {}).get(level, {}).get(name)
        return None if pcode is None else AdminArea(pcode, name)

    def _parties(self, row: Row) -> tuple[tuple[Party, bool], ...]:
        """ACLED's two actors, in no order, each with whether it is civilians: its term for those who were attacked."""
        parties = []
        for actor, inter in (("actor1", "inter1"), ("actor2", "inter2")):
            name, code = _text(row, actor), (_text(row, inter) or "").casefold()
            if name is not None:
                kind = self.tables.actors.get(code, OrganizationType.UNKNOWN)
                parties.append((Party(type=kind, name=name), code in _CIVILIANS))
        return tuple(parties)

    def _kept(self, row: Row, place: Place | None) -> Iterator[Attribute]:
        for column, declaration in self._attributes.items():
            value = _text(row, column)
            if value is not None:
                yield declaration.attribute(SCHEME, column, value)
        for level, area in (("admin1", place and place.admin1), ("admin2", place and place.admin2)):
            value = _text(row, level)
            if value is not None and area is None:
                yield Attribute(level, value, FieldGroup.WHERE, SCHEME)
        if place is not None and place.point is None:
            for column in ("latitude", "longitude"):
                value = _text(row, column)
                if value is not None:
                    yield Attribute(column, value, FieldGroup.WHERE, SCHEME, "of the area's main town")


def _occurred(row: Row) -> Moment:
    precision = _TIME_PRECISION.get(_integer(row, "time_precision"))
    if precision is None:
        raise ValueError("`time_precision` is from 1 to 3")
    return Moment.day(date.fromisoformat(_text(row, "event_date") or ""), precision)


def _position(row: Row) -> Position:
    latitude, longitude = (float(_text(row, column) or "nan") for column in ("latitude", "longitude"))
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180):
        raise ValueError("a coordinate out of range")
    return Position(longitude=longitude, latitude=latitude)


def _count(row: Row, column: str) -> int:
    count = _integer(row, column)
    if count < 0:
        raise ValueError("a count below nought")
    return count


def _integer(row: Row, column: str) -> int:
    return int(_text(row, column) or "")


def _text(row: Row, column: str) -> str | None:
    """The value as text, without the spaces around it; None where there is none."""
    value = row.get(column)
    return None if value is None else str(value).strip() or None
