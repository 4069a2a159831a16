"""A row read by its field map as the record's value types. Readers raise `ValueError` for what can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from connectors.records import Actor, Attribute, Person, SourceCode
from policies.values import AdminArea, Affected, Country, Moment, Party, Place, PlacePrecision, Position, Quantity
from policies.vocabulary import OrganizationType

Row: TypeAlias = Mapping[str, Any]  # JSON values by path

Word = TypeVar("Word", bound=Enum)

_DAY_LENGTH: Final = len("2026-01-31")
_ISO3_LENGTH: Final = 3
_COUNT_DIGITS: Final = 9


class Described(msgspec.Struct, frozen=True):
    """What a platform says of one of its fields: a label, and labels of its codes."""

    label: str | None = None
    choices: Mapping[str, str] = {}


UNDESCRIBED: Final = Described()


class Answers:
    """One row. `separator` parts several codes in one text, where a platform writes them so."""

    def __init__(
        self, row: Row, fields: FieldMap, described: Mapping[str, Described] | None = None, separator: str | None = None
    ) -> None:
        self._row = row
        self._fields = fields
        self._described = described or {}
        self._separator = separator

    def code(self, target: Target) -> str | None:
        """The first value for `target` as it stands in the row; None where there is none."""
        return self._first(target)[1]

    def codes(self, target: Target) -> list[str]:
        """All codes of a value that may hold several."""
        for path in self._fields.paths(target):
            value = self._row.get(path)
            if value is None or value in ("", []):
                continue
            if isinstance(value, list):
                return [_plain(item) for item in value]
            return [_plain(value)] if self._separator is None else _plain(value).split(self._separator)
        return []

    def text(self, target: Target) -> str | None:
        """The value in words: of a code, its label."""
        path, code = self._first(target)
        if code is None:
            return None
        choices = self._described.get(path, UNDESCRIBED).choices
        if code in choices:
            return choices[code]
        several = [] if self._separator is None else code.split(self._separator)
        return ", ".join(choices[part] for part in several) if several and choices.keys() >= set(several) else code

    def word(self, target: Target, vocabulary: type[Word]) -> Word | None:
        """The value as a word of `vocabulary`."""
        code = self.code(target)
        return None if code is None else self._word(target, code, vocabulary)

    def words(self, target: Target, vocabulary: type[Word]) -> tuple[Word, ...]:
        """All words of a value that may hold several."""
        return tuple(self._word(target, code, vocabulary) for code in self.codes(target))

    def source_category(self) -> SourceCode | None:
        """The platform's own code of the category, verbatim, with its label."""
        path, code = self._first(Target.CATEGORY)
        if code is None:
            return None
        label = self._described.get(path, UNDESCRIBED).choices.get(code) or self.text(Target.CATEGORY_LABEL)
        return SourceCode(self._fields.options.scheme, code, label)

    def moment(self, target: Target) -> Moment | None:
        """A date is a day (whose, the platform does not say: read as one in UTC), a time with its offset an instant."""
        value = self.code(target)
        if value is None:
            return None
        if len(value) == _DAY_LENGTH:
            return Moment.day(date.fromisoformat(value))
        return Moment.instant(datetime.fromisoformat(value))

    def place(self) -> Place | None:
        """The place as exactly as the row tells it."""
        place = Place(
            country=self._country(),
            admin1=self._area(Target.ADMIN1, Target.ADMIN1_NAME),
            admin2=self._area(Target.ADMIN2, Target.ADMIN2_NAME),
            name=self.text(Target.LOCALITY),
            point=self._position(),
        )
        if place == Place():
            return None
        known = [
            precision
            for value, precision in (
                (place.point, PlacePrecision.POSITION),
                (place.admin2, PlacePrecision.ADMIN2),
                (place.admin1, PlacePrecision.ADMIN1),
            )
            if value is not None
        ]
        return msgspec.structs.replace(place, precision=known[0] if known else PlacePrecision.COUNTRY)

    def affected(self) -> Affected | None:
        """Organizations and counts; None where nothing is told."""
        affected = Affected(
            organizations=self._parties(Target.ORGANIZATION_TYPE, Target.ORGANIZATION_NAME),
            killed=self._count(Target.KILLED),
            injured=self._count(Target.INJURED),
            kidnapped=self._count(Target.KIDNAPPED),
            arrested=self._count(Target.ARRESTED),
            fatalities=self._count(Target.FATALITIES),
        )
        return None if affected == Affected() else affected

    def actor(self) -> Actor | None:
        """Who is said to have done it."""
        parties = self._parties(Target.ACTOR_TYPE, Target.ACTOR_NAME)
        return Actor(parties) if parties else None

    def persons(self) -> tuple[Person, ...]:
        """The person that the row names, if any."""
        person = Person(
            name=self.text(Target.PERSON_NAME),
            role=self.text(Target.PERSON_ROLE),
            condition=self.text(Target.PERSON_CONDITION),
        )
        return () if person == Person() else (person,)

    def attributes(self) -> tuple[Attribute, ...]:
        """The platform's own fields, codes verbatim; what is no single value as JSON."""
        options = self._fields.options
        return tuple(
            declaration.attribute(
                options.scheme,
                path,
                _verbatim(self._row[path]),
                declaration.label or self._described.get(path, UNDESCRIBED).label,
            )
            for path, declaration in options.attributes.items()
            if self._row.get(path) not in (None, "", [])
        )

    def _first(self, target: Target) -> tuple[str, str | None]:
        """The first field that is filled, and its value; raises `ValueError` for what is no single value."""
        for path in self._fields.paths(target):
            value = self._row.get(path)
            if value is not None and value != "":
                return path, _plain(value)
        return "", None

    def _word(self, target: Target, code: str, vocabulary: type[Word]) -> Word:
        word = self._fields.word_of(target, code)
        if not isinstance(word, vocabulary):
            raise ValueError("a code that no word is given for")
        return word

    def _country(self) -> Country | None:
        code = self.code(Target.COUNTRY)
        if code is None:
            return None
        table = self._fields.options.values.get(Target.COUNTRY)
        iso3 = code if table is None else table.get(code, "")
        if not (len(iso3) == _ISO3_LENGTH and iso3.isascii() and iso3.isalpha() and iso3.isupper()):
            raise ValueError("no ISO 3166-1 alpha-3 code")
        return Country(iso3, self.text(Target.COUNTRY_NAME) or self._label(Target.COUNTRY))

    def _area(self, target: Target, name: Target) -> AdminArea | None:
        code = self.code(target)
        return None if code is None else AdminArea(code, self.text(name) or self._label(target))

    def _label(self, target: Target) -> str | None:
        text, code = self.text(target), self.code(target)
        return None if text == code else text

    def _position(self) -> Position | None:
        """Of two fields, or of one that puts latitude first: a text (a geopoint) or a list."""
        pair: list[Any] = [self.code(Target.LATITUDE), self.code(Target.LONGITUDE)]
        for path in self._fields.paths(Target.POSITION):
            value = self._row.get(path)
            parts = value.split() if isinstance(value, str) else value
            if parts and parts != [None, None]:
                if not isinstance(parts, list) or len(parts) not in (2, 3, 4):
                    raise ValueError("no position")
                pair = parts[:2]
                break
        if pair == [None, None]:
            return None
        latitude, longitude = (float(_plain(part)) for part in pair)
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError("no position on earth")
        return Position(longitude, latitude)

    def _count(self, target: Target) -> Quantity | None:
        value = self.code(target)
        if value is None:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) <= _COUNT_DIGITS):
            raise ValueError("no count")
        return Quantity.exactly(int(value))

    def _parties(self, types: Target, name: Target) -> tuple[Party, ...]:
        """One party a type; the name goes with the first."""
        named, chosen = self.text(name), self.words(types, OrganizationType)
        if named is None:
            return tuple(map(Party, chosen))
        return (Party(type=chosen[0] if chosen else OrganizationType.UNKNOWN, name=named), *map(Party, chosen[1:]))


def _plain(value: object) -> str:
    """A single value as text; raises `ValueError` for any other."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no single value")
    return str(value)


def _verbatim(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
