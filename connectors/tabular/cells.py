"""Cells as people type them, written the way the field map reads: dates, counts, coordinates, blanks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from connectors.field_map.targets import Target
from connectors.tabular.options import TabularOptions

Written: TypeAlias = Callable[[str], str]

_TIMES: Final = frozenset(
    {
        *(Target.OCCURRED, Target.REPORTED, Target.SHARED),
        *(Target.EFFECTIVE, Target.ONSET, Target.EXPIRES),
    }
)
_COUNTS: Final = frozenset({Target.KILLED, Target.INJURED, Target.KIDNAPPED, Target.ARRESTED, Target.FATALITIES})
_DEGREES: Final = frozenset({Target.LONGITUDE, Target.LATITUDE})
_YEAR: Final = len("2026")
_MONTH: Final = len("2026-01")


class Cells:
    """The cells of one source's rows. What can't be written otherwise stays as it is, and its group is withheld."""

    def __init__(self, options: TabularOptions) -> None:
        self._blank = options.blank
        self._parts = options.date_parts
        self._zone = None if options.zone is None else ZoneInfo(options.zone)
        self._forms = options.dates
        self._written: dict[str, Written] = {}
        for column, target in options.fields.items():
            if target in _TIMES:
                self._written[column] = self._time
            elif target in _COUNTS:
                self._written[column] = _count
            elif target in _DEGREES:
                self._written[column] = _degrees

    def row(self, columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
        """The cells that tell something, by column, without the blanks around them."""
        told = {
            column: text
            for column, cell in zip(columns, cells, strict=False)
            if (text := cell.strip()) and text not in self._blank
        }
        for column, parts in self._parts.items():
            joined = _joined(told, parts)
            if joined:
                told[column] = joined
        for column, written in self._written.items():
            if column in told:
                told[column] = written(told[column])
        return told

    def _time(self, text: str) -> str:
        """A day, month or year of ISO 8601, or a time with its offset."""
        if len(text) in (_YEAR, _MONTH) and text.replace("-", "").isdecimal():
            return text
        read = _iso(text)
        if read is None:
            form, read = next(
                ((form, found) for form in self._forms if (found := _formed(text, form)) is not None), ("", None)
            )
            if read is None:
                return text
            if "%d" not in form and "%j" not in form and "%x" not in form and "%c" not in form:
                return read.date().isoformat()[: _MONTH if any(part in form for part in ("%m", "%b", "%B")) else _YEAR]
        if read.tzinfo is not None:
            try:
                # One moment is one value, whichever offset it is told with.
                read = read.astimezone(UTC)
            except OverflowError:
                return text
        if read.time() == time():
            # What spreadsheets and exports make of a day. Whoever meant midnight loses some hours of exactness.
            return read.date().isoformat()
        if read.tzinfo is None and self._zone is not None:
            read = read.replace(tzinfo=self._zone)
        return read.isoformat()


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _formed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the configuration's
    except ValueError:
        return None


def _joined(told: Mapping[str, str], parts: Sequence[str]) -> str:
    """`2013-04-22` of three columns; of those up to the first without a value. What is no number stays as it is."""
    found: list[str] = []
    for part in parts:
        if part not in told:
            break
        found.append(_count(told[part]))
    width = (_YEAR, 2, 2)
    return "-".join(
        text.zfill(digits) if text.isdecimal() else text for text, digits in zip(found, width, strict=False)
    )


def _count(text: str) -> str:
    """`3` of `3.0`, as tools write counts where some are missing."""
    whole, point, rest = text.partition(".")
    return whole if point and not rest.strip("0") and whole.isdecimal() else text


def _degrees(text: str) -> str:
    """`6.21` of `6,21`, as it is written where the comma is decimal."""
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
