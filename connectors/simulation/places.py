"""Where invented events are put: true areas by P-code (COD-AB), with the approximate centre of each admin-2 area."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from importlib.resources import files

import msgspec


class Country(msgspec.Struct, frozen=True):
    """A country by ISO 3166-1 alpha-3."""

    iso3: str
    name: str


class Area(msgspec.Struct, frozen=True):
    """An administrative area by its P-code."""

    pcode: str
    name: str


class Place(msgspec.Struct, frozen=True):
    """A spot in an admin-2 area; `locality` is invented. WGS 84, degrees."""

    country: Country
    admin1: Area
    admin2: Area
    locality: str
    longitude: float
    latitude: float


def places() -> Mapping[str, Sequence[Place]]:
    """The admin-2 areas of each country by ISO code, six a country, without a locality."""
    found: dict[str, list[Place]] = {}
    table = files(__package__).joinpath("places.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(table):
        place = Place(
            country=Country(row["iso3"], row["country"]),
            admin1=Area(row["admin1_pcode"], row["admin1"]),
            admin2=Area(row["admin2_pcode"], row["admin2"]),
            locality="",
            longitude=float(row["longitude"]),
            latitude=float(row["latitude"]),
        )
        found.setdefault(row["iso3"], []).append(place)
    return found
