"""Readers of the record's value types, each made of several of a platform's fields."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import msgspec

from connectors.field_map.readers import KEPT, UNDESCRIBED, UNREADABLE, Reader, Readers, Row, nothing, plain
from connectors.field_map.targets import Target
from connectors.records import Actor, Attribute, Person, SourceCode
from policies.groups import FieldGroup
from policies.values import AdminArea, Affected, Country, Party, Place, PlacePrecision, Position, Quantity
from policies.vocabulary import OrganizationType

_ISO3_LENGTH: Final = 3
_COUNT_DIGITS: Final = 9
_COUNTS: Final = (Target.KILLED, Target.INJURED, Target.KIDNAPPED, Target.ARRESTED, Target.FATALITIES)
_PLACE: Final = (
    *(Target.COUNTRY, Target.ADMIN1, Target.ADMIN2, Target.LOCALITY),
    *(Target.POSITION, Target.LATITUDE, Target.LONGITUDE),
)


def place(readers: Readers) -> Reader[Place]:
    """The place as exactly as the row tells it."""
    if not any(readers.fields.paths(target) for target in _PLACE):
        return nothing
    country, name, point = _country(readers), readers.text(Target.LOCALITY), _position(readers)
    admin1 = _area(readers, Target.ADMIN1, Target.ADMIN1_NAME)
    admin2 = _area(readers, Target.ADMIN2, Target.ADMIN2_NAME)

    def read(row: Row) -> Place | None:
        of_country, of_admin1, of_admin2, named, at = country(row), admin1(row), admin2(row), name(row), point(row)
        if at is not None:
            precision = PlacePrecision.POSITION
        elif of_admin2 is not None:
            precision = PlacePrecision.ADMIN2
        elif of_admin1 is not None:
            precision = PlacePrecision.ADMIN1
        elif of_country is None and named is None:
            return None
        else:
            precision = PlacePrecision.COUNTRY
        return Place(of_country, of_admin1, of_admin2, named, at, precision)

    told = readers.word(Target.PLACE_PRECISION)
    return read if told is nothing else _no_finer(read, told)


def _no_finer(read_place: Reader[Place], told_precision: Reader[PlacePrecision]) -> Reader[Place]:
    """The place no finer than the row itself says; a point that stands for an area is not taken as a point."""

    def read(row: Row) -> Place | None:
        found, told = read_place(row), told_precision(row)
        if found is None or told is None or told <= found.precision:
            return found
        return msgspec.structs.replace(
            found, point=None if told >= PlacePrecision.ADMIN2 else found.point, precision=told
        )

    return read


def affected(readers: Readers) -> Reader[Affected]:
    """Organizations and counts; None where nothing is told."""
    organizations = parties(readers, Target.ORGANIZATION_TYPE, Target.ORGANIZATION_NAME)
    counts = [readers.first(target, _count) for target in _COUNTS]
    if organizations is nothing and all(count is nothing for count in counts):
        return nothing
    killed, injured, kidnapped, arrested, fatalities = counts

    def read(row: Row) -> Affected | None:
        told = Affected(
            organizations(row) or (), killed(row), injured(row), kidnapped(row), arrested(row), fatalities(row)
        )
        return None if told == _UNAFFECTED else told

    return read


def actor(readers: Readers) -> Reader[Actor]:
    """Who is said to have done it."""
    named = parties(readers, Target.ACTOR_TYPE, Target.ACTOR_NAME)
    if named is nothing:
        return nothing

    def read(row: Row) -> Actor | None:
        told = named(row)
        return None if told is None else Actor(told)

    return read


def parties(readers: Readers, types: Target, name: Target) -> Reader[tuple[Party, ...]]:
    """One party a type; the name goes with the first."""
    type_words, text = readers.words(types), readers.text(name)
    if type_words is nothing and text is nothing:
        return nothing

    def read(row: Row) -> tuple[Party, ...] | None:
        chosen, named = type_words(row), text(row)
        if chosen is None:
            return None if named is None else (Party(OrganizationType.UNKNOWN, None, named),)
        first = Party(chosen[0], None, named)
        return (first,) if len(chosen) == 1 else (first, *map(Party, chosen[1:]))

    return read


def persons(readers: Readers) -> Reader[tuple[Person, ...]]:
    """The person that the row names, if any."""
    name, role, condition = (
        readers.text(target) for target in (Target.PERSON_NAME, Target.PERSON_ROLE, Target.PERSON_CONDITION)
    )

    def read(row: Row) -> tuple[Person, ...] | None:
        person = Person(name(row), role(row), condition(row))
        return None if person == Person() else (person,)

    return read


def cited_sources(readers: Readers) -> Reader[tuple[str, ...]]:
    """Whom the report cites."""
    codes = readers.codes(Target.CITED_SOURCE)
    if codes is nothing:
        return nothing

    def read(row: Row) -> tuple[str, ...] | None:
        told = codes(row)
        return None if told is None else tuple(told)

    return read


def source_category(readers: Readers) -> Reader[SourceCode]:
    """The platform's own code of the category, verbatim, with its label."""
    scheme, label = readers.fields.options.scheme, readers.text(Target.CATEGORY_LABEL)

    def of_path(path: str) -> Reader[SourceCode]:
        choices = readers.choices(path)

        def read(row: Row) -> SourceCode | None:
            value = row.get(path)
            if value is None or value == "":
                return None
            code = plain(value)
            return SourceCode(scheme, code, choices.get(code) or label(row))

        return read

    return readers.first(Target.CATEGORY, of_path)


class UnreadableAttributes(ValueError):
    """Attributes that can't be read, by their groups; `kept` are those that can."""

    def __init__(self, groups: frozenset[FieldGroup], kept: tuple[Attribute, ...]) -> None:
        super().__init__("attributes that can't be read")
        self.groups = groups
        self.kept = kept


def attributes(readers: Readers) -> Reader[tuple[Attribute, ...]]:
    """The platform's own fields, codes verbatim; what is no single value as JSON. Raises `UnreadableAttributes`."""
    options = readers.fields.options
    declared = [
        (
            path,
            FieldGroup[declaration.group],
            declaration.label or readers.described.get(path, UNDESCRIBED).label,
            declaration.text,
        )
        for path, declaration in options.attributes.items()
    ]
    if not declared:
        return nothing
    scheme = options.scheme

    def read(row: Row) -> tuple[Attribute, ...]:
        kept, lost = [], set()
        for path, group, label, text in declared:
            value = row.get(path)
            if value is UNREADABLE:
                lost.add(group)
            elif value is not None and value != "" and value != []:
                kept.append(Attribute(path, _verbatim(value), group, scheme, label, text))
        if lost:
            raise UnreadableAttributes(frozenset(lost), tuple(kept))
        return tuple(kept)

    return read


def _country(readers: Readers) -> Reader[Country]:
    name = readers.text(Target.COUNTRY_NAME)
    table = readers.fields.options.values.get(Target.COUNTRY)

    def of_path(path: str) -> Reader[Country]:
        choices = readers.choices(path)

        @lru_cache(KEPT)
        def of(code: str, named: str | None) -> Country:
            iso3 = code if table is None else table.get(code, "")
            if not (len(iso3) == _ISO3_LENGTH and iso3.isascii() and iso3.isalpha() and iso3.isupper()):
                raise ValueError("no ISO 3166-1 alpha-3 code")
            return Country(iso3, named or choices.get(code))

        def read(row: Row) -> Country | None:
            code = row.get(path)
            if code is None or code == "":
                return None
            return of(code if code.__class__ is str else plain(code), name(row))

        return read

    return readers.first(Target.COUNTRY, of_path)


def _area(readers: Readers, target: Target, named: Target) -> Reader[AdminArea]:
    name = readers.text(named)

    def of_path(path: str) -> Reader[AdminArea]:
        choices = readers.choices(path)

        @lru_cache(KEPT)
        def of(code: str, named: str | None) -> AdminArea:
            return AdminArea(code, named or choices.get(code))

        def read(row: Row) -> AdminArea | None:
            code = row.get(path)
            if code is None or code == "":
                return None
            return of(code if code.__class__ is str else plain(code), name(row))

        return read

    return readers.first(target, of_path)


def _position(readers: Readers) -> Reader[Position]:
    """Of two fields, or of one that puts latitude first: a text (a geopoint) or a list."""
    pair = readers.first(Target.POSITION, _pair)
    latitude, longitude = (readers.first(target, _number) for target in (Target.LATITUDE, Target.LONGITUDE))

    def read(row: Row) -> Position | None:
        north, east = pair(row) or (latitude(row), longitude(row))
        if north is None and east is None:
            return None
        if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
            raise ValueError("no position on earth")
        return Position(east, north)

    return nothing if pair is nothing and latitude is nothing and longitude is nothing else read


def _pair(path: str) -> Reader[tuple[float, float]]:
    def read(row: Row) -> tuple[float, float] | None:
        value: Any = row.get(path)
        parts = value.split() if isinstance(value, str) else value
        # `[null, null]`: KoBoToolbox's way to say that a form has no position.
        if parts is None or parts in ([], [None, None]):
            return None
        if not isinstance(parts, list) or len(parts) not in (2, 3, 4):
            raise ValueError("no position")
        return float(plain(parts[0])), float(plain(parts[1]))

    return read


def _number(path: str) -> Reader[float]:
    def read(row: Row) -> float | None:
        value = row.get(path)
        return None if value is None or value == "" else float(plain(value))

    return read


def _count(path: str) -> Reader[Quantity]:
    def read(row: Row) -> Quantity | None:
        value = row.get(path)
        if value is None or value == "":
            return None
        return _quantity(value if value.__class__ is str else plain(value))

    return read


@lru_cache(KEPT)
def _quantity(text: str) -> Quantity:
    if not (text.isascii() and text.isdecimal() and len(text) <= _COUNT_DIGITS):
        raise ValueError("no count")
    return Quantity.exactly(int(text))


def _verbatim(value: object) -> str:
    if value.__class__ is str or value.__class__ is int:
        return str(value)
    return msgspec.json.encode(value).decode()


_UNAFFECTED: Final = Affected()
