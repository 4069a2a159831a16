"""Dates in a workbook: numbers of days, told from other numbers by their style only (ECMA-376, part 1, 18.8.30)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

# Excel's own formats of dates and times.
_BUILT_IN: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
# What of a format is no letter of a date: quoted, escaped, padding, and what stands in brackets.
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
# Day 60 is 29 February 1900, which never was; the epoch is right for all later days, and earlier ones are no reports.
_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a sheet's times have no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - a sheet's times have no zone
_FIRST_DAY: Final = 61


class DateStyles:
    """Which of a workbook's styles are dates."""

    def __init__(self, *, start_1904: bool) -> None:
        self.epoch = _EPOCH_1904 if start_1904 else _EPOCH
        self._formats = {str(number) for number in _BUILT_IN}
        self._styles: list[bool] = []

    def define(self, identifier: str, code: str) -> None:
        """A format of the workbook's own; only its first part, for positive numbers, counts."""
        letters = _LITERAL.sub("", code.split(";")[0]).lower()
        if "general" not in letters and any(letter in letters for letter in "ymdhs"):
            self._formats.add(identifier)
        else:
            self._formats.discard(identifier)

    def begin(self) -> None:
        """The cells' own styles begin; those before are named styles, which cells do not refer to."""
        self._styles.clear()

    def add(self, identifier: str) -> None:
        """The next style, by its format."""
        self._styles.append(identifier in self._formats)

    def is_date(self, style: str | None) -> bool:
        """Whether a cell of this style is a date."""
        number = int(style) if style is not None and style.isdecimal() else 0
        return number < len(self._styles) and self._styles[number]


def iso(value: str, styles: DateStyles) -> str:
    """A number of days as a date, with its time where it has one; as it is written where it is no such number."""
    try:
        days = float(value)
        if days < _FIRST_DAY:
            return value
        moment = styles.epoch + timedelta(seconds=round(days * 86_400))
    except (ValueError, OverflowError):
        return value
    return moment.date().isoformat() if days.is_integer() else moment.isoformat()
