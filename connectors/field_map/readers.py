"""Readers of a row, compiled once from a source's field map: which paths are asked, and by which table.

A reader takes a row and gives a value, None where the row has none; it raises `ValueError` for what can't be read.
Every row of a source goes through them, so what can be known beforehand is looked up beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import msgspec

from connectors.field_map.targets import VOCABULARIES, Target
from connectors.markings import by_name
from policies.values import Moment, TimePrecision, utc

if TYPE_CHECKING:
    from connectors.field_map.options import FieldMap

Row: TypeAlias = Sequence[Any]  # JSON values, each at its path's place in the layout; None where there is none
Value = TypeVar("Value")
Reader: TypeAlias = Callable[[Row], Value | None]

# Of words, areas and days a platform writes a few, over and over; what is kept of them is bounded.
KEPT: Final = 4096
# ISO 8601's reduced precision, by length: what completes it to a day, and what it tells.
_DATES: Final[Mapping[int, tuple[str, TimePrecision]]] = {
    len("2026"): ("-01-01", TimePrecision.YEAR),
    len("2026-01"): ("-01", TimePrecision.MONTH),
    len("2026-01-31"): ("", TimePrecision.DAY),
}


class Described(msgspec.Struct, frozen=True):
    """What a platform says of one of its fields: a label, and labels of its codes."""

    label: str | None = None
    choices: Mapping[str, str] = {}


UNDESCRIBED: Final = Described()


class Unreadable(Enum):
    """In place of a value that is not where the platform promised it: the fields it would fill can't be read."""

    VALUE = "unreadable"


UNREADABLE: Final = Unreadable.VALUE


def nothing(row: Row) -> None:
    """The reader of what no field fills."""


class Readers:
    """The readers of one field map. `described`: what the platform says of its fields, by path.

    `separator` parts several codes in one text, where a platform writes them so. `layout`: the paths of a row's values.
    """

    def __init__(
        self, fields: FieldMap, described: Mapping[str, Described], separator: str | None, layout: Sequence[str]
    ) -> None:
        self.fields = fields
        self.described = described
        self.separator = separator
        self.layout = layout
        self._places = {path: place for place, path in enumerate(layout)}

    def row(self, told: Mapping[str, Any]) -> Row:
        """The row of what is told by path."""
        return tuple(map(told.get, self.layout))

    def place(self, path: str) -> int:
        """Where the value of `path` stands in a row."""
        return self._places[path]

    def taking(self, paths: Sequence[str]) -> Callable[[Row], Row]:
        """What takes the values of `paths` out of a row."""
        places = [self._places[path] for path in paths]
        if len(places) < 2:
            return itemgetter(slice(places[0], places[0] + 1) if places else slice(0))
        return itemgetter(*places)

    def kept(self, paths: Sequence[str], made: Callable[[Readers], Reader[Value]]) -> Reader[Value]:
        """The reader that `made` gives, which reads `paths` alone: what it gave for the same values is given again."""
        read = made(Readers(self.fields, self.described, self.separator, paths))
        if read is nothing:
            return nothing
        take = self.taking(paths)
        # By type as well: `1` is not `true`.
        known = lru_cache(KEPT, typed=True)(lambda *told: read(told))

        def read_kept(row: Row) -> Value | None:
            told = take(row)
            try:
                return known(*told)
            except TypeError:  # lists have no hash
                return read(told)

        return read_kept

    def code(self, target: Target) -> Reader[str]:
        """The first value for `target` as it stands in the row."""
        return self.first(target, self._code)

    def coded(self, target: Target) -> Reader[tuple[str, str | None]]:
        """The first value for `target` as it stands in the row, and the label that the platform gives that code."""

        def of_path(path: str) -> Reader[tuple[str, str | None]]:
            code, choices = self._code(path), self.choices(path)

            def read(row: Row) -> tuple[str, str | None] | None:
                told = code(row)
                return None if told is None else (told, choices.get(told))

            return read

        return self.first(target, of_path)

    def text(self, target: Target) -> Reader[str]:
        """The value in words: of a code, its label."""
        return self.first(target, self._text)

    def word(self, target: Target) -> Reader[Any]:
        """The value as a word of the target's vocabulary."""
        return self.of_text(target, self.word_of(target)) if self.fields.paths(target) else nothing

    def words(self, target: Target) -> Reader[tuple[Any, ...]]:
        """All words of a value that may hold several."""
        return self.several(target, self.word_of(target)) if self.fields.paths(target) else nothing

    def several(self, target: Target, of: Callable[[str], Value]) -> Reader[tuple[Value, ...]]:
        """What `of` makes of each code of a value that may hold several."""
        separator = self.separator

        @lru_cache(KEPT)
        def of_text(text: str) -> tuple[Value, ...]:
            return tuple(map(of, [text] if separator is None else _parted(text, separator)))

        def of_path(path: str) -> Reader[tuple[Value, ...]]:
            place = self.place(path)

            def read(row: Row) -> tuple[Value, ...] | None:
                value = row[place]
                if value is None or value == "":
                    return None
                if isinstance(value, list):
                    return tuple([of(plain(item)) for item in value]) or None
                return of_text(plain(value)) or None

            return read

        return self.first(target, of_path)

    def moment(self, target: Target) -> Reader[Moment]:
        """A date is a day, month or year (whose, the platform does not say: read as one in UTC).

        A time with its offset is an instant.
        """
        day = lru_cache(KEPT)(_day)

        def of(text: str) -> Moment:
            if len(text) in _DATES:
                return day(text)
            at = utc(datetime.fromisoformat(text))
            return Moment(at, at)

        return self.of_text(target, of)

    def of_text(self, target: Target, of: Callable[[str], Value]) -> Reader[Value]:
        """What `of` makes of the first field for `target` that is filled with a single value."""

        def of_path(path: str) -> Reader[Value]:
            place = self.place(path)

            def read(row: Row) -> Value | None:
                value = row[place]
                if value.__class__ is str:
                    return of(value) if value else None
                return None if value is None else of(plain(value))

            return read

        return self.first(target, of_path)

    def first(self, target: Target, compiled: Callable[[str], Reader[Value]]) -> Reader[Value]:
        """The reader of the first field for `target` that is filled; `compiled` makes one of a path."""
        readers = [compiled(path) for path in self.fields.paths(target)]
        if len(readers) < 2:
            return readers[0] if readers else nothing

        def read(row: Row) -> Value | None:
            return next((value for reader in readers if (value := reader(row)) is not None), None)

        return read

    def choices(self, path: str) -> Mapping[str, str]:
        """The labels of a field's codes."""
        return self.described.get(path, UNDESCRIBED).choices

    def word_of(self, target: Target) -> Callable[[str], Enum]:
        """The word that a code means, by the table of `values` or by its name; raises `ValueError` for none."""
        vocabulary, fields = VOCABULARIES[target], self.fields

        @lru_cache(KEPT)
        def word_of(code: str) -> Enum:
            table = fields.words.get(target)
            word = by_name(code, vocabulary) if table is None else table.get(code)
            if word is None:
                raise ValueError("a code that no word is given for")
            return word

        return word_of

    def _code(self, path: str) -> Reader[str]:
        place = self.place(path)

        def read(row: Row) -> str | None:
            value = row[place]
            if value.__class__ is str:
                return value or None
            return None if value is None else plain(value)

        return read

    def _text(self, path: str) -> Reader[str]:
        choices, separator, code = self.choices(path), self.separator, self._code(path)
        if not choices:
            return code

        def read(row: Row) -> str | None:
            told = code(row)
            if told is None or told in choices:
                return told and choices[told]
            several = [] if separator is None else _parted(told, separator)
            known = several and choices.keys() >= set(several)
            return ", ".join(choices[part] for part in several) if known else told

        return read


def named(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    """What takes attributes, with dots those of attributes, as a tuple; attrgetter gives a single one bare."""
    if len(names) > 1:
        return attrgetter(*names)
    takes = [attrgetter(name) for name in names]
    return lambda told: tuple([take(told) for take in takes])


def plain(value: object) -> str:
    """A single value as text; raises `ValueError` for any other."""
    kind = value.__class__
    if kind is str or kind is int or kind is float:
        return str(value)
    raise ValueError("no single value")


def _parted(text: str, separator: str) -> list[str]:
    return [part for part in text.split(separator) if part]


def _day(text: str) -> Moment:
    rest, precision = _DATES[len(text)]
    return Moment.day(date.fromisoformat(text + rest), precision)
