"""Recorded tables of SiND, AWSD and HAPI, read in place. SiND and AWSD describe real victims: nothing of a row is here."""

from __future__ import annotations

import csv
import json
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unconfigured
from connectors.tabular import hxl
from policies.groups import FieldGroup
from policies.values import PlacePrecision, Quantity, TimePrecision
from policies.vocabulary import IncidentCategory, SpecialCategory
from tests.connectors.tabular.table import incidents, read
from tests.samples import found

KIKA = found("sind/aidWorkerKIKA_first150.json")
FOOD = found("sind/foodSecurity.json")
TAGS = found("sind/hxl_schema.csv")
COUNTRIES = found("sind/countries.csv")
AWSD = found("awsd/header_and_three_rows.csv")
LEGEND = found("awsd/abbreviations.csv")
HAPI = found("hapi/conflict_event_2025_*.csv")

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


def tagged(path: Path, dataset: str) -> str:
    """The recorded array as the CSV file that is published of it: titles, the recorded tags, and the rows."""
    with TAGS[0].open(encoding="utf-8-sig", newline="") as file:
        tags = {row["field_name"]: row["terms"] for row in csv.DictReader(file) if dataset in row["dataset_name"]}
    text = StringIO()
    writer = csv.DictWriter(text, list(tags))
    writer.writeheader()
    writer.writerow(tags)
    writer.writerows(rows_of(path))
    return text.getvalue()


@pytest.mark.parametrize("path", TAGS, ids=lambda path: path.name)
def test_every_recorded_tag_is_a_tag_however_sloppy(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        terms = [row["terms"] for row in csv.DictReader(file)]
    assert (len(terms), sum(map(bool, terms))) == (197, 177)
    assert all(hxl.tag(term) for term in terms if term)
    assert "#country_ISO" in terms
    assert "#group +perp " in terms


@pytest.mark.parametrize("path", FOOD, ids=lambda path: path.name)
async def test_recorded_rows_are_read_by_their_recorded_tags(path: Path) -> None:
    by_title = sind(path)
    options = by_title | {
        "form": "csv",
        "hxl": True,
        "fields": {
            "#country_ISO": "country",
            "#geo +precision": "place_precision",
            "#group +perp": "actor_type",
            "#group +perp +name": "actor_name",
        },
        "attributes": {
            **{name: {"group": "WHERE"} for name in ("#adm1", "#loc")},
            **{name: {"group": "AFFECTED"} for name in ("Infrastructure Affected", "FoodSecurity")},
            "Weapon Carried/Used": {"group": "WHAT"},
        },
    }
    by_tag = await incidents(tagged(path, "foodsecurity"), **options)
    assert [(record.ref, record.occurred, record.place, record.narrative, record.actor) for record in by_tag] == [
        (record.ref, record.occurred, record.place, record.narrative, record.actor)
        for record in await incidents(body_of(path), **by_title)
    ]


@pytest.mark.parametrize("path", KIKA, ids=lambda path: path.name)
async def test_recorded_tags_that_stand_over_several_columns_are_refused_and_titles_tell_them_apart(path: Path) -> None:
    body = tagged(path, "aidworkerKIKA")
    options = sind(path) | {"form": "csv"}
    with pytest.raises(Unconfigured, match=r"two columns are `#affected\+aidworker\+killed`"):
        await read(body, **options | {"hxl": True})
    # Titles and tags as a header of two rows.
    names = dict(zip(*(line.split(",") for line in body.splitlines()[:2]), strict=True))
    joined = {title: "/".join(filter(None, (title, term.strip()))) for title, term in names.items()}
    named = {kind: {joined[title]: told for title, told in options[kind].items()} for kind in ("fields", "attributes")}
    records = await incidents(body, **options | named | {"header_rows": 2})
    assert [record.ref.native for record in records] == [str(row["SiND Event ID"]) for row in rows_of(path)]
    assert not any(record.faults for record in records)


@pytest.mark.parametrize("path", COUNTRIES, ids=lambda path: path.name)
async def test_the_countries_of_recorded_rows_are_among_the_recorded_countries(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        known = {row["country_iso3"] for row in csv.DictReader(file)}
    records = [record for table in FOOD for record in await incidents(body_of(table), **sind(table))]
    assert len(known) == 25
    assert {record.place.country.iso3 for record in records if record.place and record.place.country} <= known


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


def means_of_attack(path: Path) -> list[str]:
    """The codes of the first sheet of the legend."""
    _, *lines = path.read_text("utf-8").splitlines()
    return [row[0] for row in csv.reader(takewhile(lambda line: not line.startswith("#"), lines))]


@pytest.mark.parametrize("path", LEGEND, ids=lambda path: path.name)
async def test_each_recorded_code_without_a_word_of_ours_is_a_special_category(path: Path) -> None:
    """The recorded codes of means of attack, each in an invented row under the recorded header."""
    codes = means_of_attack(path)
    assert len(codes) == 15
    assert {"K", "RSA"} <= {*codes}
    columns = columns_of(AWSD[0])
    text = StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for number, code in enumerate(codes, 1):
        writer.writerow({"Incident ID": number, "Year": 2026, "Country": "Afghanistan", "Means of attack": code})
    records = await incidents(text.getvalue(), **awsd(AWSD[0]))
    assert [record.source_category and record.source_category.code for record in records] == codes
    mapped = {*AWSD_OPTIONS["values"]["category"]}
    special = {code: record.marking.special for code, record in zip(codes, records, strict=True)}
    assert special.pop("RSA") == {SpecialCategory.SEXUAL_VIOLENCE}
    for code, told in special.items():
        assert told == (frozenset() if code in mapped else {SpecialCategory.UNMAPPED_SENSITIVE_CODE})


HAPI_OPTIONS: dict[str, Any] = {
    "scheme": "HAPI",
    "fields": {
        "location_code": "country",
        "admin1_code": "admin1",
        "admin1_name": "admin1_name",
        "admin2_code": "admin2",
        "admin2_name": "admin2_name",
        "event_type": "category",
        "fatalities": "fatalities",
    },
    "key_columns": ["location_code", "provider_admin1_name", "provider_admin2_name", "admin2_code", "event_type"],
    "attributes": {
        **{name: {"group": "WHERE"} for name in ("provider_admin1_name", "provider_admin2_name", "admin_level")},
        "events": {"group": "WHAT"},
        # A month's first and last day: neither is when something occurred.
        **{name: {"group": "WHEN"} for name in ("reference_period_start", "reference_period_end")},
    },
    "ignored": ["has_hrp", "in_gho", "dataset_hdx_id", "resource_hdx_id", "warning", "error"],
    "values": {
        "category": {
            "political_violence": "ATTACK",
            "civilian_targeting": "ATTACK",
            "demonstration": "CIVIL_UNREST",
        }
    },
}


@pytest.mark.parametrize("path", HAPI, ids=lambda path: path.name)
async def test_every_recorded_row_of_hapi_is_a_record(path: Path) -> None:
    records = await incidents(body_of(path), **HAPI_OPTIONS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(records) == len({record.ref.native for record in records}) == len(rows) == 1200
    assert not any(record.faults for record in records)
    # Fatalities of demonstrations are not told, which is not none.
    demonstrations = [record for record in records if record.category is IncidentCategory.CIVIL_UNREST]
    assert len(demonstrations) == 401
    assert not any(record.affected for record in demonstrations)
    counted = [record.affected and record.affected.fatalities for record in records if record.affected]
    assert counted == [Quantity.exactly(int(row["fatalities"])) for row in rows if row["fatalities"]]
    # Rows without a P-code are of their country alone.
    precisions = [record.place.precision for record in records if record.place]
    assert (precisions.count(PlacePrecision.ADMIN2), precisions.count(PlacePrecision.COUNTRY)) == (1179, 21)
