"""Recorded tables of SiND and AWSD, read in place. They describe real victims: nothing of a row is written here."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from policies.groups import FieldGroup
from policies.values import PlacePrecision, Quantity, TimePrecision
from policies.vocabulary import SpecialCategory
from tests.connectors.tabular.table import incidents
from tests.samples import found

KIKA = found("sind/aidWorkerKIKA_first150.json")
FOOD = found("sind/foodSecurity.json")
AWSD = found("awsd/header_and_three_rows.csv")

WHERE: dict[str, Any] = {"group": "WHERE"}
SIND: dict[str, Any] = {
    "form": "json",
    "scheme": "SiND",
    "fields": {
        "SiND Event ID": "key",
        "Date": "occurred",
        "Event Description": "narrative",
        "Country": "country_name",
        "Country ISO": "country",
        "Latitude": "latitude",
        "Longitude": "longitude",
        "Geo Precision": "place_precision",
        "Reported Perpetrator": "actor_type",
        "Reported Perpetrator Name": "actor_name",
    },
    # A name of a province without a P-code has no place in a record.
    "attributes": {"Admin 1": WHERE, "Location of Incident": WHERE, "Weapon Carried/Used": {"group": "WHAT"}},
    "blank": ["No information", "No Information"],
}


def body_of(path: Path) -> bytes:
    return path.read_bytes()


def columns_of(path: Path) -> list[str]:
    return next(csv.reader(StringIO(path.read_text("utf-8"))))


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_bytes())
    return rows


def sind(path: Path, **fields: str) -> dict[str, Any]:
    """Options for a SiND table: each of its other columns is an attribute, each word a platform's own."""
    columns = dict.fromkeys(key for row in rows_of(path) for key in row)
    filled = SIND["fields"] | fields
    others = {name: {"group": "AFFECTED"} for name in columns if name not in {*filled, *SIND["attributes"]}}
    precisions = {str(row["Geo Precision"]).strip() for row in rows_of(path)}
    perpetrators = {str(row["Reported Perpetrator"]).strip() for row in rows_of(path)} - {"No Information"}
    values = {
        "place_precision": {word: precision(word) for word in precisions},
        "actor_type": {word: "ARMED_GROUP" if word == "NSA" else "OTHER" for word in perpetrators},
    }
    return SIND | {"fields": filled, "attributes": SIND["attributes"] | others, "values": values}


def precision(word: str) -> str:
    scale = {"(1)": "POSITION", "(2)": "KM_25", "(3)": "ADMIN2", "(4)": "ADMIN1", "(5)": "LINEAR_FEATURE"}
    return scale.get(word[:3], "COUNTRY")


@pytest.mark.parametrize("path", KIKA, ids=lambda path: path.name)
async def test_every_recorded_row_about_aid_workers_is_a_record(path: Path) -> None:
    kika = {
        "Aid Workers Killed": "killed",
        "Aid Workers Injured": "injured",
        "Aid Workers Kidnapped": "kidnapped",
        "Aid Workers Arrested": "arrested",
    }
    found_records = await incidents(body_of(path), **sind(path, **kika))
    rows = rows_of(path)

    # No row is quarantined, and none is told twice.
    assert [record.ref.native for record in found_records] == [str(row["SiND Event ID"]) for row in rows]
    assert len({record.ref.native for record in found_records}) == 150
    assert {record.faults for record in found_records} == {frozenset()}
    assert {record.occurred and record.occurred.precision for record in found_records} == {TimePrecision.DAY}
    # Counts that are texts are counts.
    assert [record.affected and record.affected.killed for record in found_records] == [
        Quantity.exactly(int(row["Aid Workers Killed"])) for row in rows
    ]
    places = [record.place for record in found_records if record.place is not None]
    assert len(places) == 150
    # `OPT` stands beside `PSE`: the code is the country, the other its name.
    assert {place.country.name for place in places if place.country and place.country.iso3 == "PSE"} == {"OPT"}
    assert {place.precision for place in places} == {
        PlacePrecision.KM_25,
        PlacePrecision.LINEAR_FEATURE,
        PlacePrecision.ADMIN2,
        PlacePrecision.ADMIN1,
        PlacePrecision.COUNTRY,
    }
    assert all(place.point is None for place in places if place.precision >= PlacePrecision.ADMIN2)
    assert all(place.point is not None for place in places if place.precision < PlacePrecision.ADMIN2)


@pytest.mark.parametrize("path", FOOD, ids=lambda path: path.name)
async def test_every_recorded_row_about_food_is_a_record(path: Path) -> None:
    found_records = await incidents(body_of(path), **sind(path))
    assert len(found_records) == len(rows_of(path)) == 12
    assert [record.faults for record in found_records] == [frozenset()] * 12


@pytest.mark.parametrize("path", FOOD, ids=lambda path: path.name)
async def test_a_scale_that_is_not_declared_withholds_the_place(path: Path) -> None:
    options = sind(path) | {"values": sind(path)["values"] | {"place_precision": {"(4) Province": "ADMIN1"}}}
    found_records = await incidents(body_of(path), **options)
    assert {FieldGroup.WHERE} in [record.faults for record in found_records]
    assert all(record.place is None for record in found_records if FieldGroup.WHERE in record.faults)


AWSD_OPTIONS: dict[str, Any] = {
    "scheme": "AWSD",
    "fields": {
        "Incident ID": "key",
        "when": "occurred",
        "Country": "country",
        "City": "locality",
        "Latitude": "latitude",
        "Longitude": "longitude",
        "Means of attack": "category",
        "Total killed": "killed",
        "Total wounded": "injured",
        "Total kidnapped": "kidnapped",
        "Details": "narrative",
    },
    "date_parts": {"when": ["Year", "Month", "Day"]},
    "values": {
        "country": {"Afghanistan": "AFG"},
        "category": {"K": "CONFINE", "S": "ATTACK", "RSA": "ATTACK", "B": "ATTACK"},
    },
    "special": {"RSA": "SEXUAL_VIOLENCE"},
}


def awsd(path: Path) -> dict[str, Any]:
    columns = columns_of(path)
    taken = {*AWSD_OPTIONS["fields"], "Year", "Month", "Day"}
    return AWSD_OPTIONS | {
        "attributes": {name: {"group": "AFFECTED", "text": True} for name in columns if name not in taken}
    }


@pytest.mark.parametrize("path", AWSD, ids=lambda path: path.name)
async def test_every_recorded_row_of_awsd_is_a_record(path: Path) -> None:
    found_records = await incidents(body_of(path), **awsd(path))

    assert len(found_records) == 3
    assert [record.faults for record in found_records] == [frozenset()] * 3
    assert {record.occurred.precision for record in found_records if record.occurred} == {TimePrecision.DAY}
    assert {record.place.country.iso3 for record in found_records if record.place and record.place.country} == {"AFG"}
    # Names lose the blanks that stand around them.
    assert all(record.place.name == record.place.name.strip() for record in found_records if record.place.name)  # type: ignore[union-attr] # each has a place


@pytest.mark.parametrize("path", AWSD, ids=lambda path: path.name)
async def test_rows_of_awsd_with_a_year_only_or_a_code_of_sexual_violence(path: Path) -> None:
    """The recorded header with invented rows: what the three recorded ones do not show."""
    columns = columns_of(path)
    invented = {"Incident ID": "1", "Year": "2026", "Country": "Afghanistan", "Means of attack": "RSA"}
    other = {"Incident ID": "2", "Year": "2026", "Month": "4", "Country": "Afghanistan", "Means of attack": "New"}
    lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in (invented, other))]
    first, second = await incidents("\n".join(lines), **awsd(path))

    assert [record.occurred and record.occurred.precision for record in (first, second)] == [
        TimePrecision.YEAR,
        TimePrecision.MONTH,
    ]
    assert first.marking.special == {SpecialCategory.SEXUAL_VIOLENCE}
    assert second.marking.special == {SpecialCategory.UNMAPPED_SENSITIVE_CODE}
