"""One report's fields, each read for its field group: what can't be read withholds its group and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from connectors.errors import Quarantined
from connectors.formats.faults import Faults
from connectors.records import Attribute, Reference
from connectors.reliefweb.plain import plain
from policies.groups import FieldGroup
from policies.values import Country, Moment, Place

_SCHEME: Final = "ReliefWeb"
_DAY_LENGTH: Final = len("2026-01-31")
_ISO3_LENGTH: Final = 3

Told = TypeVar("Told")


class Named(msgspec.Struct, frozen=True):
    """A term of one of ReliefWeb's lists: a format, a theme, a type of source."""

    name: str


class Area(msgspec.Struct, frozen=True):
    """A country; `iso3` in small letters."""

    iso3: str
    name: str | None = None

    @property
    def code(self) -> str | None:
        """Its ISO 3166-1 alpha-3 code; None where it is none."""
        code = self.iso3
        return code.upper() if len(code) == _ISO3_LENGTH and code.isascii() and code.isalpha() else None


class Publisher(msgspec.Struct, frozen=True):
    """A source of a report, by the names that ReliefWeb gives it."""

    name: str
    shortname: str | None = None
    type: Named | None = None


class _Disaster(msgspec.Struct, frozen=True):
    name: str | None = None
    glide: str | None = None


class _File(msgspec.Struct, frozen=True):
    url: str


class _Language(msgspec.Struct, frozen=True):
    code: str


class Report:
    """One report. `faults`: the groups of which something could not be read, so far."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self.faults = Faults()

    def created(self) -> datetime:
        """When ReliefWeb made it public, in UTC; raises `Quarantined` where that can't be read."""
        try:
            moment = datetime.fromisoformat(self._dates()["created"])
            if moment.tzinfo is None:
                raise ValueError("no offset")
            return moment.astimezone(UTC)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Quarantined("`date.created` is missing, or no time with its offset: no place in any order") from error

    def publishers(self) -> Sequence[Publisher]:
        """Whose report it is; raises `Quarantined` where that can't be read, since one of them may answer for it."""
        try:
            return self._told("source", list[Publisher]) or []
        except ValueError as error:
            raise Quarantined("`source` can't be read: who answers for the report is not sure") from error

    def original(self) -> Moment | None:
        """When its source published it: a day, whatever time is written beside it."""

        def read() -> Moment | None:
            text = self._dates().get("original")
            if text is None:
                return None
            if not isinstance(text, str):
                raise ValueError("`date.original` is of another type")
            return Moment.day(date.fromisoformat(text[:_DAY_LENGTH]))

        return self.faults.read(FieldGroup.WHEN, read)

    def place(self) -> Place | None:
        """The primary country: a report is about areas, and never about a spot."""

        def read() -> Place | None:
            primary = self._told("primary_country", Area)
            if primary is not None and primary.code is None:
                raise ValueError("no ISO 3166-1 alpha-3 code")
            return None if primary is None else Place(country=Country(primary.code or "", primary.name))

        return self.faults.read(FieldGroup.WHERE, read)

    def areas(self) -> Sequence[Area]:
        """All countries that it is about."""
        return self._several("country", Area, FieldGroup.WHERE)

    def formats(self) -> Sequence[str]:
        """Its formats by name."""
        return [item.name for item in self._several("format", Named, FieldGroup.WHAT)]

    def themes(self) -> tuple[str, ...]:
        """Its themes by name."""
        return tuple(item.name for item in self._several("theme", Named, FieldGroup.WHAT))

    def title(self) -> str | None:
        """Its title."""
        return self._text(lambda: self._told("title", str))

    def body(self) -> str | None:
        """Its text, plain."""
        return self._text(lambda: plain(self._told("body", str) or "") or None)

    def summary(self) -> str | None:
        """The summary of its headline, plain."""
        return self._text(lambda: plain((self._told("headline", dict[str, str]) or {}).get("summary", "")) or None)

    def language(self) -> str | None:
        """The first, where it is in several; ReliefWeb's own codes, which are ISO 639-1 but for a few."""
        found = self._several("language", _Language, FieldGroup.NARRATIVE)
        return found[0].code.lower() if found else None

    def references(self) -> tuple[Reference, ...]:
        """GLIDE numbers, the report's own page, its files."""

        def read() -> tuple[Reference, ...]:
            page = self._told("url_alias", str)
            glides = [item.glide for item in self._told("disaster", list[_Disaster]) or [] if item.glide]
            return (
                *(Reference("GLIDE", glide) for glide in dict.fromkeys(glides)),
                *(() if page is None else (Reference("web", _address(page)),)),
                *(Reference("document", _address(item.url)) for item in self._told("file", list[_File]) or []),
            )

        return self.faults.read(FieldGroup.REFERENCES, read) or ()

    def attributes(self) -> list[Attribute]:
        """What has no field of its own: several countries, formats, disasters by name."""
        areas = [area.iso3.upper() for area in self.areas()]
        disasters = [item.name or "" for item in self._several("disaster", _Disaster, FieldGroup.REFERENCES)]
        return [
            *kept("country", areas if len(areas) > 1 else [], FieldGroup.WHERE),
            *kept("format", self.formats(), FieldGroup.WHAT),
            *kept("disaster", disasters, FieldGroup.REFERENCES),
        ]

    def _dates(self) -> dict[str, Any]:
        return self._told("date", dict[str, Any]) or {}

    def _text(self, read: Callable[[], str | None]) -> str | None:
        return self.faults.read(FieldGroup.NARRATIVE, read)

    def _several(self, key: str, of: type[Told], group: FieldGroup) -> list[Told]:
        """The list at `key`; empty where there is none, and with the group's fault where it can't be read."""
        return self.faults.read(group, lambda: self._told(key, list[of])) or []  # type: ignore[valid-type] # a type given

    def _told(self, key: str, as_type: type[Told]) -> Told | None:
        """What stands at `key`; raises `ValueError` where it is of another type."""
        value = self._fields.get(key)
        if value is None:
            return None
        try:
            return msgspec.convert(value, as_type)
        except msgspec.ValidationError as error:
            raise ValueError(f"`{key}` is of another type") from error


def kept(key: str, values: Sequence[str], group: FieldGroup) -> list[Attribute]:
    """Values as attributes, each once."""
    return [Attribute(key=key, value=value, group=group, scheme=_SCHEME) for value in dict.fromkeys(values) if value]


def _address(url: str) -> str:
    """An address that is one of the web; raises `ValueError` for any other, such as a script's."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no address of the web")
    return url
