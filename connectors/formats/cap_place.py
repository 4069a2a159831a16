"""Where a CAP alert holds: one place as exactly as all its areas agree on, the rest as attributes of WHERE."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from connectors.errors import Quarantined
from connectors.formats import cap
from connectors.formats.faults import Faults
from connectors.records import Attribute
from policies.groups import FieldGroup
from policies.values import AdminArea, Country, Place, PlacePrecision, Position

_ISO3: Final = re.compile(r"[A-Z]{3}")
_EXACT_KILOMETRES: Final = 1.0
_KM_25: Final = 25.0


class Geography(msgspec.Struct, frozen=True):
    """The place, all countries touched (ISO 3166-1 alpha-3), the areas' words, and what no place of ours can hold."""

    place: Place | None
    countries: frozenset[str]
    description: str | None
    attributes: tuple[Attribute, ...]


def geography(infos: tuple[cap.Info, ...], levels: Mapping[str, str], faults: Faults) -> Geography:
    """The geography of `infos`; `levels` tells which geocodes are COUNTRY, ADMIN1 or ADMIN2 codes.

    Raises `Quarantined` for a country code that is none: release areas, and so the marking, depend on it.
    """
    areas = tuple(dict.fromkeys(area for info in infos for area in info.areas))
    codes = [_codes(area, levels) for area in areas]
    countries = frozenset(code for area in codes for code in area["COUNTRY"])
    if not all(_ISO3.fullmatch(code) for code in countries):
        raise Quarantined("a country's geocode is no ISO 3166-1 alpha-3 code: for which area it is can't be told")
    common = {level: _common([area[level] for area in codes]) for level in ("COUNTRY", "ADMIN1", "ADMIN2")}
    shapes = [shape for area in areas for shape in shapes_of(area, faults)]
    point, precision = _point(areas, faults)
    shown = frozenset(code for code in common.values() if code is not None)
    words = "; ".join(dict.fromkeys(area.description for area in areas if area.description is not None))
    return Geography(
        place=_place(common, point, precision),
        countries=countries,
        description=words or None,
        attributes=(*shapes, *_left_over(areas, levels, shown)),
    )


def _codes(area: cap.Area, levels: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {
        level: frozenset(code.value for code in area.geocodes if levels.get(code.name) == level)
        for level in ("COUNTRY", "ADMIN1", "ADMIN2")
    }


def _common(codes: list[frozenset[str]]) -> str | None:
    """The one code that every area has and no other; a wider area beside a narrow one leaves none."""
    together = frozenset().union(*codes)
    return next(iter(together)) if len(together) == 1 and all(codes) else None


def _place(common: Mapping[str, str | None], point: Position | None, precision: PlacePrecision) -> Place | None:
    country, admin1, admin2 = common["COUNTRY"], common["ADMIN1"], common["ADMIN2"]
    if point is None:
        if admin2 is not None:
            precision = PlacePrecision.ADMIN2
        elif admin1 is not None:
            precision = PlacePrecision.ADMIN1
        elif country is not None:
            precision = PlacePrecision.COUNTRY
        else:
            return None
    return Place(
        country=None if country is None else Country(country),
        admin1=None if admin1 is None else AdminArea(admin1),
        admin2=None if admin2 is None else AdminArea(admin2),
        point=point,
        precision=precision,
    )


def _point(areas: tuple[cap.Area, ...], faults: Faults) -> tuple[Position | None, PlacePrecision]:
    """The centre of the only shape there is, where that is a circle of 25 km at most."""
    shapes = [shape for area in areas for shape in (*area.circles, *area.polygons)]
    if len(areas) != 1 or len(shapes) != 1 or not areas[0].circles:
        return None, PlacePrecision.COUNTRY
    circle = faults.read(FieldGroup.WHERE, lambda: cap.circle(shapes[0]))
    if circle is None or circle.radius > _KM_25:
        return None, PlacePrecision.COUNTRY
    exact = circle.radius <= _EXACT_KILOMETRES
    return circle.centre, PlacePrecision.POSITION if exact else PlacePrecision.KM_25


def shapes_of(area: cap.Area, faults: Faults) -> Iterator[Attribute]:
    """Polygons and circles with longitude first, as everywhere here (RFC 7946)."""
    for text in area.polygons:
        ring = faults.read(FieldGroup.WHERE, lambda text=text: cap.polygon(text))  # type: ignore[misc] # a bound default
        if ring is not None:
            rings = [[[position.longitude, position.latitude] for position in ring]]
            yield _attribute("polygon", json.dumps({"type": "Polygon", "coordinates": rings}))
    for text in area.circles:
        circle = faults.read(FieldGroup.WHERE, lambda text=text: cap.circle(text))  # type: ignore[misc] # a bound default
        if circle is not None:
            centre = circle.centre
            yield _attribute("circle", f"{centre.longitude},{centre.latitude} {circle.radius} km")


def _left_over(areas: tuple[cap.Area, ...], levels: Mapping[str, str], shown: frozenset[str]) -> Iterator[Attribute]:
    for area in areas:
        for code in area.geocodes:
            if code.name not in levels or code.value not in shown:
                yield _attribute(code.name, code.value, "CAP geocode")
        for key, height in (("altitude", area.altitude), ("ceiling", area.ceiling)):
            if height is not None:
                yield _attribute(key, height)


def _attribute(key: str, value: str, scheme: str = "CAP 1.2") -> Attribute:
    return Attribute(key=key, value=value, group=FieldGroup.WHERE, scheme=scheme)
