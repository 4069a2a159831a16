"""How ACLED rows become records: precision, categories, faults by group, and what is quarantined or refused."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.acled import AcledConnector
from connectors.contract import FetchRequest, Page
from connectors.errors import Unusable
from policies.groups import FieldGroup
from policies.values import Country, Moment, PlacePrecision, Position, Quantity, TimePrecision
from policies.vocabulary import IncidentCategory, InformationKind, OrganizationType, SpecialCategory
from tests.connectors.acled.conftest import CREDENTIALS, ROW, answering, envelope
from tests.connectors.source import example, pages
from tests.samples import found

INCIDENTS = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
CODEBOOK = found("acled/acled_event_categories.csv")


async def fetched(*rows: dict[str, Any], **options: Any) -> Page:
    """What the connector makes of `rows`, served over HTTP."""
    with answering(envelope(*rows)) as url:
        connector = AcledConnector(example("connectors.acled", url, CREDENTIALS, **options))
        (page,) = await pages(connector, url, INCIDENTS)
    return page


async def one(options: dict[str, Any] | None = None, **changes: Any) -> Any:
    page = await fetched(ROW | changes, **(options or {}))
    assert not page.quarantined
    (record,) = page.records
    return record


async def test_a_row_of_strings_becomes_a_typed_record() -> None:
    record = await one()
    assert record.ref.native == "SSD1"
    assert record.version == "1795212345"
    assert record.shared_at == datetime.fromtimestamp(1795212345, UTC)
    assert record.category is IncidentCategory.ATTACK
    assert (record.source_category.scheme, record.source_category.code) == ("ACLED", "Attack")
    assert record.occurred == Moment.day(date(2026, 11, 18))
    assert record.place.country == Country("SSD", "South Sudan")
    assert record.place.point == Position(longitude=31.5567, latitude=6.2092)
    assert record.affected.fatalities == Quantity.exactly(3)
    assert [party.name for party in record.affected.organizations] == ["Civilians (South Sudan)"]
    assert [(party.type, party.name) for party in record.actor.parties] == [
        (OrganizationType.ARMED_GROUP, "Invented Armed Group")
    ]
    assert record.cited_sources == ("Plainfield Daily", "Radio Larkspur")
    assert record.marking.release_areas == {"SSD"}
    assert record.marking.originator == "plainfield-observatory"
    assert not record.faults


async def test_columns_without_a_field_are_kept_as_attributes_in_their_groups() -> None:
    record = await one(tags="crowd size=50")
    kept = {item.key: item.group for item in record.attributes}
    assert kept == {
        "disorder_type": FieldGroup.WHAT,
        "interaction": FieldGroup.ACTOR,
        "civilian_targeting": FieldGroup.AFFECTED,
        "region": FieldGroup.WHERE,
        "admin1": FieldGroup.WHERE,
        "admin2": FieldGroup.WHERE,
        "source_scale": FieldGroup.ORIGIN,
        "tags": FieldGroup.AFFECTED,
    }
    assert [item.key for item in record.attributes if item.text] == ["tags"]


async def test_admin_names_become_areas_where_their_pcodes_are_configured() -> None:
    pcodes = {"SSD": {"admin1": {"Jonglei": "SS03"}}}
    record = await one({"pcodes": pcodes})
    assert (record.place.admin1.pcode, record.place.admin1.name, record.place.admin2) == ("SS03", "Jonglei", None)
    assert {item.key for item in record.attributes} >= {"admin2"}
    assert {item.key for item in record.attributes}.isdisjoint({"admin1"})


@pytest.mark.parametrize(
    ("code", "precision", "start", "end"),
    [
        ("1", TimePrecision.DAY, "2026-11-18", "2026-11-19"),
        ("2", TimePrecision.WEEK, "2026-11-16", "2026-11-23"),
        ("3", TimePrecision.MONTH, "2026-11-01", "2026-12-01"),
    ],
)
async def test_time_precision_is_a_day_a_week_or_a_month(
    code: str, precision: TimePrecision, start: str, end: str
) -> None:
    occurred = (await one(time_precision=code)).occurred
    assert occurred.precision is precision
    assert (occurred.start.date().isoformat(), occurred.end.date().isoformat()) == (start, end)


@pytest.mark.parametrize(
    ("code", "precision", "point"),
    [("1", PlacePrecision.POSITION, True), ("2", PlacePrecision.ADMIN2, True), ("3", PlacePrecision.ADMIN1, False)],
)
async def test_geo_precision_is_a_position_or_an_area(code: str, precision: PlacePrecision, point: bool) -> None:
    record = await one(geo_precision=code)
    assert record.place.precision is precision
    assert (record.place.point is not None) is point
    assert ({"latitude", "longitude"} <= {item.key for item in record.attributes}) is not point


@pytest.mark.parametrize(
    ("column", "value", "group"),
    [
        ("event_date", "18 November 2026", FieldGroup.WHEN),
        ("time_precision", "4", FieldGroup.WHEN),
        ("latitude", "91", FieldGroup.WHERE),
        ("longitude", "nan", FieldGroup.WHERE),
        ("geo_precision", "", FieldGroup.WHERE),
        ("fatalities", "-1", FieldGroup.AFFECTED),
        ("fatalities", "many", FieldGroup.AFFECTED),
    ],
)
async def test_a_value_that_cannot_be_read_is_a_fault_of_its_group_alone(
    column: str, value: str, group: FieldGroup
) -> None:
    record = await one(**{column: value})
    assert record.faults == {group}
    assert record.category is IncidentCategory.ATTACK


@pytest.mark.parametrize("code", ["Somebody", ""])
async def test_an_interaction_code_that_is_not_known_leaves_open_who_was_attacked(code: str) -> None:
    record = await one(inter2=code)
    assert record.faults == {FieldGroup.ACTOR, FieldGroup.AFFECTED}
    assert record.actor is None


@pytest.mark.parametrize(
    ("column", "groups"),
    [
        ("actor1", {FieldGroup.ACTOR, FieldGroup.AFFECTED}),
        ("notes", {FieldGroup.NARRATIVE}),
        ("sub_event_type", {FieldGroup.WHAT}),
        ("source", {FieldGroup.ORIGIN}),
        ("tags", {FieldGroup.AFFECTED}),
        ("fatalities", {FieldGroup.AFFECTED}),
    ],
)
@pytest.mark.parametrize("value", [{"an": "object"}, ["3"], True], ids=str)
async def test_a_cell_of_a_wrong_type_costs_its_groups_and_neither_row_nor_page(
    column: str, groups: set[FieldGroup], value: object
) -> None:
    page = await fetched(ROW | {column: value}, ROW | {"event_id_cnty": "SSD2"})
    assert [record.faults for record in page.records] == [groups, set()]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_id_cnty", ""),
        ("event_id_cnty", ["SSD1"]),
        ("timestamp", {"at": 1795212345}),
        ("iso", True),
        ("event_id_cnty", "x" * 97),
        ("timestamp", "yesterday"),
        ("timestamp", "9" * 30),
        ("iso", "999"),
    ],
)
async def test_a_fault_of_identity_or_marking_quarantines_the_row_without_its_value(column: str, value: object) -> None:
    page = await fetched(ROW | {column: value}, ROW | {"event_id_cnty": "SSD2"})
    assert [record.ref.native for record in page.records] == ["SSD2"]
    (quarantine,) = page.quarantined
    assert f"`{column}`" in quarantine.reason
    assert not value or str(value) not in quarantine.reason


async def test_an_undeclared_column_is_refused_by_name_and_a_declared_one_kept() -> None:
    with pytest.raises(Unusable, match="the column `population_best` is not declared"):
        await one(population_best="1200")
    record = await one({"attributes": {"population_best": {"group": "AFFECTED"}}}, population_best="1200")
    assert [(item.value, item.group) for item in record.attributes if item.key == "population_best"] == [
        ("1200", FieldGroup.AFFECTED)
    ]


@pytest.mark.parametrize(
    ("sub_event_type", "special"),
    [
        ("Sexual violence", {SpecialCategory.SEXUAL_VIOLENCE}),
        ("A code of next year", {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        ("Abduction/forced disappearance", {SpecialCategory.OPERATOR_LISTED}),
        ("Attack", set()),
    ],
)
async def test_sensitive_and_unmapped_codes_are_special_categories(
    sub_event_type: str, special: set[SpecialCategory]
) -> None:
    record = await one({"operator_listed": ["Abduction/forced disappearance"]}, sub_event_type=sub_event_type)
    assert record.marking.special == special
    assert record.source_category.code == sub_event_type


if CODEBOOK:

    @pytest.mark.parametrize("sample", CODEBOOK, ids=lambda path: path.name)
    async def test_every_sub_event_type_of_the_codebook_has_a_category(sample: Path) -> None:
        with sample.open(encoding="utf-8", newline="") as file:
            pairs = [(row["event_type"], row["sub_event_type"]) for row in csv.DictReader(file)]
        assert (len({event for event, _ in pairs}), len(pairs)) == (6, 25)
        rows = [
            ROW | {"event_id_cnty": f"SSD{number}", "event_type": event, "sub_event_type": sub}
            for number, (event, sub) in enumerate(pairs)
        ]
        page = await fetched(*rows)
        assert [(record.source_category.label, record.source_category.code) for record in page.records] == pairs  # type: ignore[attr-defined] # incidents
        assert all(record.category is not None for record in page.records)  # type: ignore[attr-defined] # incidents


@settings(max_examples=25, deadline=None)
@given(
    day=st.dates(),
    precision=st.integers(0, 4),
    latitude=st.floats(),
    longitude=st.floats(),
    fatalities=st.integers(-3, 10**6),
    number=st.booleans(),
)
def test_any_row_becomes_a_record_whose_values_are_in_range(
    day: date, precision: int, latitude: float, longitude: float, fatalities: int, number: bool
) -> None:
    def written(value: Any) -> Any:
        # JSON has no NaN or infinity: ACLED's strings can have them.
        return value if number and value == value and abs(value) != float("inf") else str(value)

    record = asyncio.run(
        one(
            event_date=day.isoformat(),
            time_precision=written(precision),
            geo_precision="1",
            latitude=written(latitude),
            longitude=written(longitude),
            fatalities=written(fatalities),
        )
    )
    if FieldGroup.WHEN not in record.faults:
        assert 1 <= precision <= 3
        assert record.occurred.start.date() <= day < record.occurred.end.date()
    if FieldGroup.WHERE not in record.faults:
        assert (record.place.point.latitude, record.place.point.longitude) == (latitude, longitude)
        assert abs(latitude) <= 90
        assert abs(longitude) <= 180
    assert (FieldGroup.AFFECTED in record.faults) is (fatalities < 0)
