"""One event as GDACS tells it, whether by RSS or JSON, and the words that GDACS has for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from connectors.contract import Quarantine
from connectors.errors import Quarantined
from connectors.formats.faults import Faults
from policies.groups import FieldGroup
from policies.vocabulary import AlertCategory, Severity

# CAP's category, and the hazard's name. Floods are meteorological in CAP 1.2 (section 3.2.2).
HAZARDS: Final[Mapping[str, tuple[AlertCategory, str]]] = {
    "EQ": (AlertCategory.GEO, "Earthquake"),
    "TS": (AlertCategory.GEO, "Tsunami"),
    "VO": (AlertCategory.GEO, "Volcanic activity"),
    "TC": (AlertCategory.MET, "Tropical cyclone"),
    "FL": (AlertCategory.MET, "Flood"),
    "DR": (AlertCategory.MET, "Drought"),
    "WF": (AlertCategory.FIRE, "Wildfire"),
}
# Hazards of a spot. The point of any other is the middle of an area that can be as wide as a country.
OF_A_SPOT: Final = frozenset({"EQ", "VO"})
# Green: help from abroad is not likely to be needed; Orange: it may be; Red: it is.
SEVERITIES: Final[Mapping[str, Severity]] = {
    "Green": Severity.MINOR,
    "Orange": Severity.SEVERE,
    "Red": Severity.EXTREME,
}
_SWITCHES: Final = frozenset({"true", "false"})


class GdacsEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event's values as written, None where GDACS has none; times with their offset.

    `countries`: names, of which `iso3` holds all codes, or none where GDACS gives the code of one among several.
    `point`: latitude and longitude. `told`: what has no field of ours, by its name in RSS. `cap`: the address of its
    CAP file. `faults`: groups of which a value could not be read.
    """

    key: str
    modified: datetime
    event_type: str
    event_id: str
    alert_level: str | None
    title: str | None
    description: str | None
    started: str | None
    countries: str | None
    iso3: tuple[str, ...]
    point: tuple[str, str] | None
    glide: str | None
    report: str | None
    cap: str | None
    told: tuple[tuple[str, str], ...]
    faults: tuple[FieldGroup, ...]


Row = GdacsEvent | Quarantine


class Values:
    """One row's values by name. What is of the wrong type withholds its group."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.faults = Faults()
        self._values = values

    def text(self, name: str, group: FieldGroup) -> str | None:
        """A text or number as text; None where it is absent, blank or neither."""
        return self.faults.read(group, lambda: plain(self._values.get(name)))

    def switch(self, name: str, group: FieldGroup) -> str | None:
        """`true` or `false`, which GDACS writes as text."""

        def read() -> str | None:
            text = plain(self._values.get(name))
            if text is not None and text.lower() not in _SWITCHES:
                raise ValueError("neither true nor false")
            return None if text is None else text.lower()

        return self.faults.read(group, read)

    def time(self, name: str, reader: Callable[[str], datetime]) -> str | None:
        """A time of WHEN as ISO 8601 with its offset."""

        def read() -> str | None:
            text = plain(self._values.get(name))
            return None if text is None else reader(text).isoformat()

        return self.faults.read(FieldGroup.WHEN, read)

    def identity(self) -> tuple[str, str, str]:
        """Type, number, and the key that both make; raises `Quarantined` where one is missing."""
        found = [self._identifying(name) for name in ("eventtype", "eventid")]
        return found[0], found[1], "".join(found)

    def modified(self, names: tuple[str, ...], reader: Callable[[str], datetime]) -> datetime:
        """The first of the times that is there; raises `Quarantined` where it can't be read, or none is there."""
        for name in names:
            if self._values.get(name) not in (None, ""):
                try:
                    text = plain(self._values[name])
                    if text is not None:
                        return reader(text)
                except (ValueError, OverflowError) as error:
                    raise Quarantined(f"`{name}` is no time: since when it is shared can't be told") from error
        raise Quarantined(f"`{names[0]}` is missing: since when it is shared can't be told")

    def _identifying(self, name: str) -> str:
        try:
            text = plain(self._values.get(name)) or ""
        except ValueError:
            text = ""
        if not (text.isascii() and text.isalnum() and len(text) <= 40):
            raise Quarantined(f"`{name}` is missing or no plain word: without it the row has no identity")
        return text


def plain(value: object) -> str | None:
    """A scalar as text without space around it; raises `ValueError` for anything else."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value.strip() or None
        case int() | float():
            return str(value)
        case _:
            raise ValueError("no text")


def countries_of(names: str | None, iso3: str | None) -> tuple[str, ...]:
    """The codes for `names`: none where GDACS names several countries, since its one code is then of any of them."""
    return () if iso3 is None or (names is not None and "," in names) else (iso3,)


def bounding_box(west: float, south: float, east: float, north: float) -> str:
    """A frame as text; raises `ValueError` for what is none. It may reach over the antimeridian."""
    if not (-90 <= south <= north <= 90 and all(-360 <= side <= 360 for side in (west, east))):
        raise ValueError("no bounding box")
    return f"{west},{south},{east},{north}"
