"""Which column is which: HXL tags, titles in one row or several, and what is declared nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import Unconfigured, Unusable
from connectors.tabular import hxl
from policies.values import AdminArea, Country, Place, PlacePrecision, Quantity
from policies.vocabulary import IncidentCategory
from tests.connectors.tabular.table import connector, incidents, read

TAGGED = """Incidents (invented),,,,,,
No,Act,When,Country,Province,Dead,Note
#event+id,#event +type,#date+occurred,#country+code,#adm1 + code,#Affected+Killed,
1,Attack,2026-11-20,SSD,SS03,2,kept
"""
HXL: dict[str, Any] = {"hxl": True, "fields": {}, "attributes": {"Note": {"group": "WHAT"}}}


async def test_tags_need_no_field_map() -> None:
    (record,) = await incidents(TAGGED, **HXL)
    assert record.ref.native == "1"
    assert record.category is IncidentCategory.ATTACK
    assert record.place == Place(Country("SSD"), AdminArea("SS03"), precision=PlacePrecision.ADMIN1)
    assert record.affected is not None
    assert record.affected.killed == Quantity.exactly(2)
    assert [(item.key, item.value) for item in record.attributes] == [("Note", "kept")]


async def test_a_tag_is_the_same_whatever_the_order_of_its_attributes() -> None:
    assert hxl.tag(" #Affected +F + killed ") == hxl.tag("#affected+killed+f") == "#affected+f+killed"
    assert [hxl.tag(text) for text in ("affected", "#", "#a+", "#a b!", "# 1 of 2")] == [
        None,
        None,
        None,
        None,
        "#1of2",
    ]


async def test_a_tag_with_more_attributes_is_another_one() -> None:
    """`#affected+killed+f` counts women: it must not become the count of all."""
    with pytest.raises(Unconfigured, match=r"`#affected\+f\+killed`"):
        await read(TAGGED.replace("#Affected+Killed", "#affected+killed+f"), **HXL)


async def test_the_configuration_says_what_a_tag_means() -> None:
    fields = {"#affected + killed": "injured"}
    (record,) = await incidents(TAGGED, **HXL | {"fields": fields})
    assert record.affected is not None
    assert (record.affected.killed, record.affected.injured) == (None, Quantity.exactly(2))
    (record,) = await incidents(TAGGED, **HXL | {"ignored": ["#affected+killed"]})
    assert record.affected is None


async def test_titles_above_tags_are_the_labels_of_attributes() -> None:
    (record,) = await incidents(
        TAGGED, **HXL | {"attributes": {"Note": {"group": "WHAT"}, "#adm1+code": {"group": "WHERE"}}}
    )
    assert [(item.key, item.label) for item in record.attributes] == [("Note", None), ("#adm1+code", "Province")]


async def test_a_table_without_tags_is_refused() -> None:
    with pytest.raises(Unusable, match="no row of HXL tags"):
        await read("No,Date,Title\n" * 40, **HXL)


async def test_titles_in_two_rows_with_merged_cells_are_joined() -> None:
    body = "Printed 2026,,,,\n,,Place,,People\nNo,,Country,Province,Dead\n1,,SSD,SS03,2\n"
    fields = {"No": "key", "Place/Country": "country", "Place/Province": "admin1", "People/Dead": "killed"}
    (record,) = await incidents(body, skip_rows=1, header_rows=2, fields=fields)
    assert record.place == Place(Country("SSD"), AdminArea("SS03"), precision=PlacePrecision.ADMIN1)
    assert record.affected is not None


async def test_a_title_in_the_upper_row_alone_names_its_column() -> None:
    body = "No,People,\n,Dead,Hurt\n1,2,3\n"
    fields = {"No": "key", "People/Dead": "killed", "People/Hurt": "injured"}
    (record,) = await incidents(body, header_rows=2, fields=fields)
    assert record.ref.native == "1"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("No,Date,Title,Phone of witness\n", "`Phone of witness`"),
        ("No,Date,Title,Title\n", "two columns are `Title`"),
        ("No,Date,Title,\n1,2026-11-20,x,a witness\n", "column 4"),
    ],
)
async def test_a_column_that_is_declared_nowhere_stops_the_source_and_is_named(body: str, named: str) -> None:
    with pytest.raises(Unconfigured, match=named) as caught:
        await read(body)
    assert "a witness" not in str(caught.value)


async def test_a_name_without_its_code_is_not_dropped_in_silence() -> None:
    fields = {"No": "key", "Province": "admin1_name"}
    with pytest.raises(Unconfigured, match=r"`Province`: .*`attributes`"):
        await read("No,Province\n1,Jonglei\n", fields=fields)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"path": "table.csv"}, "`path`"),
        ({"path": "/table"}, "`form`"),
        ({"form": "ods"}, "ods"),
        ({"kind": "LESSON_LEARNED"}, "`kind`"),
        ({"fields": {"Date": "occurred"}}, "`key_columns`"),
        ({"key_columns": ["Dat"]}, "`Dat`"),
        ({"shared_at": "2026-11-01T00:00:00"}, "`shared_at`"),
        ({"shared_at": None}, "`options.shared_at`"),
        ({"encoding": "klingon"}, "`klingon`"),
        ({"zone": "Mars/Olympus"}, "`Mars/Olympus`"),
        ({"zone": "../../etc/passwd"}, "`zone`"),
        ({"delimiter": ":"}, "`delimiter`"),
        ({"header_rows": 0}, "`header_rows`"),
        ({"date_parts": {"when": ["Year"]}}, "`options.date_parts.when`"),
        ({"hxl": True, "fields": {"#a+b+c": "key", "#a+c+b": "title"}}, "`#a+c+b`"),
        ({"ignored": ["Title"]}, "`Title`"),
        ({"field": {}}, "field"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_at_start(options: dict[str, Any], named: str) -> None:
    with pytest.raises(Unconfigured) as caught:
        connector("http://127.0.0.1:9", **options)
    assert named in str(caught.value)
