"""Readers of the record's value types, each made of several of a platform's fields."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from connectors.field_map.readers import UNDESCRIBED, UNREADABLE, Reader, Readers, Row, nothing, plain
from connectors.field_map.targets import Target
from connectors.records import Actor, Attribute, Person, SourceCode
from policies.groups import FieldGroup
from policies.values import AdminArea, Affected, Country, Party, Place, PlacePrecision, Position, Quantity
from policies.vocabulary import OrganizationType

_ISO3_LENGTH: Final = 3
_COUNT_DIGITS: Final = 9
_COUNTS: Final = (Target.KILLED, Target.INJURED, Target.KIDNAPPED, Target.ARRESTED, Target.FATALITIES)
_AREAS: Final = (
    *(Target.COUNTRY, Target.COUNTRY_NAME),
    *(Target.ADMIN1, Target.ADMIN1_NAME, Target.ADMIN2, Target.ADMIN2_NAME),
)
_POINT: Final = (Target.POSITION, Target.LATITUDE, Target.LONGITUDE)


def place(readers: Readers) -> Reader[Place]:
    """The place as exactly as the row tells it."""
    paths = readers.fields.paths(*_AREAS)
    if not paths and not readers.fields.paths(Target.LOCALITY, *_POINT):
        return nothing
    areas, name, point = readers.kept(paths, _areas), readers.text(Target.LOCALITY), _position(readers)

    def read(row: Row) -> Place | None:
        found, named, at = areas(row) or _NOWHERE, name(row), point(row)
        if at is not None:
            return Place(found.country, found.admin1, found.admin2, named, at, PlacePrecision.POSITION)
        if named is not None:
            return Place(found.country, found.admin1, found.admin2, named, None, found.precision)
        return None if found is _NOWHERE else found

    told = readers.word(Target.PLACE_PRECISION)
    return read if told is nothing else _no_finer(read, told)


def _areas(readers: Readers) -> Reader[Place]:
    """Country and areas, without a point."""
    country = _country(readers)
    admin1 = _area(readers, Target.ADMIN1, Target.ADMIN1_NAME)
    admin2 = _area(readers, Target.ADMIN2, Target.ADMIN2_NAME)

    def read(row: Row) -> Place | None:
        of_country, of_admin1, of_admin2 = country(row), admin1(row), admin2(row)
        if of_admin2 is not None:
            precision = PlacePrecision.ADMIN2
        elif of_admin1 is not None:
            precision = PlacePrecision.ADMIN1
        elif of_country is None:
            return None
        else:
            precision = PlacePrecision.COUNTRY
        return Place(of_country, of_admin1, of_admin2, None, None, precision)

    return read


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
    return readers.kept(readers.fields.paths(Target.ORGANIZATION_TYPE, Target.ORGANIZATION_NAME, *_COUNTS), _affected)


def _affected(readers: Readers) -> Reader[Affected]:
    organizations = parties(readers, Target.ORGANIZATION_TYPE, Target.ORGANIZATION_NAME)
    counts = [readers.of_text(target, _quantity) for target in _COUNTS]
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
    return readers.kept(readers.fields.paths(Target.ACTOR_TYPE, Target.ACTOR_NAME), _actor)


def _actor(readers: Readers) -> Reader[Actor]:
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

    def read(row: Row) -> tuple[Person, ...]:
        told = name(row), role(row), condition(row)
        return () if told == (None, None, None) else (Person(*told),)

    return read


def source_category(readers: Readers) -> Reader[SourceCode]:
    """The platform's own code of the category, verbatim, with its label."""
    return readers.kept(readers.fields.paths(Target.CATEGORY, Target.CATEGORY_LABEL), _source_category)


def _source_category(readers: Readers) -> Reader[SourceCode]:
    scheme, label = readers.fields.options.scheme, readers.text(Target.CATEGORY_LABEL)
    coded = readers.coded(Target.CATEGORY)

    def read(row: Row) -> SourceCode | None:
        told = coded(row)
        return None if told is None else SourceCode(scheme, told[0], told[1] or label(row))

    return read


class UnreadableAttributes(ValueError):
    """Attributes that can't be read, by their groups; `kept` are those that can."""

    def __init__(self, groups: frozenset[FieldGroup], kept: tuple[Attribute, ...]) -> None:
        super().__init__("attributes that can't be read")
        self.groups = groups
        self.kept = kept


def attributes(readers: Readers) -> Reader[tuple[Attribute, ...]]:
    """The platform's own fields, codes verbatim; what is no single value as JSON. Raises `UnreadableAttributes`."""
    declared = readers.fields.options.attributes
    # Free text is hardly ever the same twice.
    texts = any(declaration.text for declaration in declared.values())
    return _attributes(readers) if texts else readers.kept([*declared], _attributes)


def _attributes(readers: Readers) -> Reader[tuple[Attribute, ...]]:
    options = readers.fields.options
    declared = [
        (
            readers.place(path),
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
        for place, path, group, label, text in declared:
            value = row[place]
            if value is UNREADABLE:
                lost.add(group)
            elif value is not None and value != "" and value != []:
                kept.append(Attribute(path, _verbatim(value), group, scheme, label, text))
        if lost:
            raise UnreadableAttributes(frozenset(lost), tuple(kept))
        return tuple(kept)

    return read


def _country(readers: Readers) -> Reader[Country]:
    coded, name = readers.coded(Target.COUNTRY), readers.text(Target.COUNTRY_NAME)
    table = readers.fields.options.values.get(Target.COUNTRY)

    def read(row: Row) -> Country | None:
        told = coded(row)
        if told is None:
            return None
        iso3 = told[0] if table is None else table.get(told[0], "")
        if not (len(iso3) == _ISO3_LENGTH and iso3.isascii() and iso3.isalpha() and iso3.isupper()):
            raise ValueError("no ISO 3166-1 alpha-3 code")
        return Country(iso3, name(row) or told[1])

    return read


def _area(readers: Readers, target: Target, named: Target) -> Reader[AdminArea]:
    coded, name = readers.coded(target), readers.text(named)

    def read(row: Row) -> AdminArea | None:
        told = coded(row)
        return None if told is None else AdminArea(told[0], name(row) or told[1])

    return read


def _position(readers: Readers) -> Reader[Position]:
    """Of two fields, or of one that puts latitude first: a text (a geopoint) or a list."""
    pair = readers.first(Target.POSITION, lambda path: _pair(readers.place(path)))
    latitude, longitude = (
        readers.first(target, lambda path: _number(readers.place(path)))
        for target in (Target.LATITUDE, Target.LONGITUDE)
    )
    if latitude is nothing and longitude is nothing:
        return pair

    def read(row: Row) -> Position | None:
        return pair(row) or _at(latitude(row), longitude(row))

    return read


def _pair(place: int) -> Reader[Position]:
    def read(row: Row) -> Position | None:
        value: Any = row[place]
        if value.__class__ is str:
            parts = value.split()
        # `[null, null]`: KoBoToolbox's way to say that a form has no position.
        elif value is None or value in ([], [None, None]):
            return None
        elif isinstance(value, list):
            parts = [plain(part) for part in value]
        else:
            raise ValueError("no position")
        if not parts:
            return None
        if len(parts) not in (2, 3, 4):
            raise ValueError("no position")
        return _at(float(parts[0]), float(parts[1]))

    return read


def _at(north: float | None, east: float | None) -> Position | None:
    if north is None and east is None:
        return None
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        raise ValueError("no position on earth")
    return Position(east, north)


def _number(place: int) -> Reader[float]:
    def read(row: Row) -> float | None:
        value = row[place]
        if value.__class__ is float:
            return value
        return None if value is None or value == "" else float(plain(value))

    return read


def _quantity(text: str) -> Quantity:
    if not (text.isascii() and text.isdecimal() and len(text) <= _COUNT_DIGITS):
        raise ValueError("no count")
    return Quantity.exactly(int(text))


def _verbatim(value: object) -> str:
    if value.__class__ is str or value.__class__ is int:
        return str(value)
    return msgspec.json.encode(value).decode()


_UNAFFECTED: Final = Affected()
_NOWHERE: Final = Place()
