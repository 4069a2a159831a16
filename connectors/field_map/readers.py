"""Readers of a row, compiled once from a source's field map: which paths are asked, and by which table.

A reader takes a row and gives a value, None where the row has none; it raises `ValueError` for what can't be read.
Every row of a source goes through them, so what can be known beforehand is looked up beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import msgspec

from connectors.field_map.targets import VOCABULARIES, Target
from connectors.markings import by_name
from policies.values import Moment, TimePrecision

if TYPE_CHECKING:
    from connectors.field_map.options import FieldMap

Row: TypeAlias = Mapping[str, Any]  # JSON values by path
Value = TypeVar("Value")
Reader: TypeAlias = Callable[[Row], Value | None]

# Of words and days a platform writes a few, over and over; whatever else it writes is read anew.
KEPT: Final = 1024
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

    `separator` parts several codes in one text, where a platform writes them so.
    """

    def __init__(self, fields: FieldMap, described: Mapping[str, Described], separator: str | None) -> None:
        self.fields = fields
        self.described = described
        self.separator = separator

    def code(self, target: Target) -> Reader[str]:
        """The first value for `target` as it stands in the row."""
        return self.first(target, _code)

    def codes(self, target: Target) -> Reader[list[str]]:
        """All codes of a value that may hold several."""
        return self.first(target, lambda path: _codes(path, self.separator))

    def text(self, target: Target) -> Reader[str]:
        """The value in words: of a code, its label."""
        return self.first(target, self._text)

    def word(self, target: Target) -> Reader[Any]:
        """The value as a word of the target's vocabulary."""
        code, word_of = self.code(target), self.word_of(target)
        if code is nothing:
            return nothing

        def read(row: Row) -> Enum | None:
            told = code(row)
            return None if told is None else word_of(told)

        return read

    def words(self, target: Target) -> Reader[tuple[Any, ...]]:
        """All words of a value that may hold several."""
        if not self.fields.paths(target):
            return nothing
        word_of, separator = self.word_of(target), self.separator

        @lru_cache(KEPT)
        def of_text(text: str) -> tuple[Enum, ...]:
            return tuple(word_of(code) for code in ([text] if separator is None else _parted(text, separator)))

        def of_path(path: str) -> Reader[tuple[Any, ...]]:
            def read(row: Row) -> tuple[Enum, ...] | None:
                value = row.get(path)
                if value is None or value == "" or value == []:
                    return None
                return (
                    tuple([word_of(plain(item)) for item in value])
                    if isinstance(value, list)
                    else of_text(plain(value))
                )

            return read

        return self.first(target, of_path)

    def moment(self, target: Target) -> Reader[Moment]:
        """A date is a day, month or year (whose, the platform does not say: read as one in UTC).

        A time with its offset is an instant.
        """
        code = self.code(target)
        if code is nothing:
            return nothing

        def read(row: Row) -> Moment | None:
            told = code(row)
            if told is None:
                return None
            return _date(told) if len(told) in _DATES else Moment.instant(datetime.fromisoformat(told))

        return read

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

    def _text(self, path: str) -> Reader[str]:
        choices, separator, code = self.choices(path), self.separator, _code(path)
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


def plain(value: object) -> str:
    """A single value as text; raises `ValueError` for any other."""
    kind = value.__class__
    if kind is str or kind is int or kind is float:
        return str(value)
    raise ValueError("no single value")


def _code(path: str) -> Reader[str]:
    def read(row: Row) -> str | None:
        value = row.get(path)
        if value.__class__ is str:
            return value or None
        return None if value is None else plain(value)

    return read


def _codes(path: str, separator: str | None) -> Reader[list[str]]:
    def read(row: Row) -> list[str] | None:
        value = row.get(path)
        if value is None or value in ("", []):
            return None
        if isinstance(value, list):
            return [plain(item) for item in value]
        return [plain(value)] if separator is None else _parted(plain(value), separator)

    return read


def _parted(text: str, separator: str) -> list[str]:
    return [part for part in text.split(separator) if part]


@lru_cache(KEPT)
def _date(text: str) -> Moment:
    rest, precision = _DATES[len(text)]
    return Moment.day(date.fromisoformat(text + rest), precision)
