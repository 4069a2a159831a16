"""Each trap of a dropped table, in a table of its own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.contract import FetchRequest
from connectors.errors import Unconfigured, Unusable
from connectors.simulation.server import serving
from policies.groups import FieldGroup
from policies.values import Country, Moment, Place, PlacePrecision, Position, Quantity, TimePrecision
from policies.vocabulary import IncidentCategory, InformationKind, SpecialCategory
from tests.connectors.source import pages, records
from tests.connectors.tabular.table import connector, dropped, incidents, read, reasons

HEAD = "No,Date,Title\n"


@pytest.mark.parametrize(
    "body",
    [
        b"No,Date,Title\n1,2026-11-20,Caf\xc3\xa9\n",
        b"\xef\xbb\xbfNo,Date,Title\r\n1,2026-11-20,Caf\xc3\xa9\r\n",
        b"No;Date;Title\r1;2026-11-20;Caf\xc3\xa9\r",
        b"No\tDate\tTitle\n1\t2026-11-20\tCaf\xc3\xa9\n",
        "No\tDate\tTitle\n1\t2026-11-20\tCafé\n".encode("utf-16"),
        b'"No","Date","Title"\n" 1 ","2026-11-20 ","Caf\xc3\xa9"\n\n,,\n',
    ],
    ids=["utf-8", "byte order mark", "semicolons", "tabs", "utf-16", "quotes, blanks and blank rows"],
)
async def test_a_table_is_the_same_however_it_is_saved(body: bytes) -> None:
    (record,) = await incidents(body)
    assert (record.ref.native, record.title) == ("1", "Café")
    assert record.occurred == Moment.day(date(2026, 11, 20))


async def test_an_older_encoding_has_to_be_configured() -> None:
    body = "No,Date,Title\n1,2026-11-20,Café\n".encode("latin-1")
    (record,) = await incidents(body, encoding="latin-1")
    assert record.title == "Café"
    with pytest.raises(Unusable, match=r"set `options.encoding`"):
        await read(body)


async def test_a_text_full_of_commas_does_not_decide_what_parts_cells() -> None:
    body = "No;Date;Title\n" + "1;2026-11-20;a, b, c, d, e, f\n2;2026-11-21;plain\n3;2026-11-21;plain\n"
    assert [record.title for record in await incidents(body)] == ["a, b, c, d, e, f", "plain", "plain"]


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2026-11-20", date(2026, 11, 20), TimePrecision.DAY),
        ("2026-11-20T00:00:00.000Z", date(2026, 11, 20), TimePrecision.DAY),
        ("2026-11-20 00:00:00", date(2026, 11, 20), TimePrecision.DAY),
        ("2026", date(2026, 1, 1), TimePrecision.YEAR),
        ("2026-11", date(2026, 11, 1), TimePrecision.MONTH),
        ("20/11/2026", date(2026, 11, 20), TimePrecision.DAY),
        ("Nov 2026", date(2026, 11, 1), TimePrecision.MONTH),
    ],
)
async def test_a_date_is_as_exact_as_it_is_written(text: str, day: date, precision: TimePrecision) -> None:
    (record,) = await incidents(f"{HEAD}1,{text},x\n", dates=["%d/%m/%Y", "%b %Y"])
    assert record.occurred == Moment.day(day, precision)


async def test_a_time_without_offset_needs_the_configured_zone() -> None:
    body = f"{HEAD}1,2026-11-20 14:30,x\n2,2026-11-20T14:30:00+02:00,x\n"
    with_zone = await incidents(body, zone="Africa/Nairobi")
    assert [record.occurred for record in with_zone] == [
        Moment.instant(datetime(2026, 11, 20, 11, 30, tzinfo=UTC)),
        Moment.instant(datetime(2026, 11, 20, 12, 30, tzinfo=UTC)),
    ]
    without = await incidents(body)
    assert [record.faults for record in without] == [{FieldGroup.WHEN}, frozenset()]


@pytest.mark.parametrize("text", ["31/02/2026", "soon", "2026-13", "45123", "99999-01-01"])
async def test_a_date_that_cannot_be_read_withholds_when_and_nothing_else(text: str) -> None:
    (record,) = await incidents(f"{HEAD}1,{text},x\n", dates=["%d/%m/%Y"])
    assert record.faults == {FieldGroup.WHEN}
    assert (record.occurred, record.title) == (None, "x")


@pytest.mark.parametrize(
    ("cells", "day", "precision"),
    [
        ("2013,4,22", date(2013, 4, 22), TimePrecision.DAY),
        ("2013,4,", date(2013, 4, 1), TimePrecision.MONTH),
        ("2013.0,,", date(2013, 1, 1), TimePrecision.YEAR),
    ],
)
async def test_a_date_in_several_columns_is_as_exact_as_they_tell(
    cells: str, day: date, precision: TimePrecision
) -> None:
    (record,) = await incidents(
        f"No,Year,Month,Day\n1,{cells}\n",
        fields={"No": "key", "when": "occurred"},
        date_parts={"when": ["Year", "Month", "Day"]},
    )
    assert record.occurred == Moment.day(day, precision)


async def test_numbers_are_read_as_people_and_tools_write_them() -> None:
    fields = {"No": "key", "K": "killed", "I": "injured", "Lat": "latitude", "Lon": "longitude"}
    found = await incidents("No;K;I;Lat;Lon\n1;3;2.0;6,21;31,5\n2;;0;6.21;31.5\n", fields=fields)
    assert [record.affected and (record.affected.killed, record.affected.injured) for record in found] == [
        (Quantity.exactly(3), Quantity.exactly(2)),
        (None, Quantity.exactly(0)),
    ]
    assert {record.place and record.place.point for record in found} == {Position(longitude=31.5, latitude=6.21)}


@pytest.mark.parametrize("text", ["2.5", "-1", "many", "=1+1", "1,000", "٣"])
async def test_what_is_no_count_withholds_who_was_affected(text: str) -> None:
    (record,) = await incidents(f'No,K\n1,"{text}"\n', fields={"No": "key", "K": "killed"})
    assert record.faults == {FieldGroup.AFFECTED}
    assert record.affected is None


async def test_a_cell_that_starts_like_a_formula_is_text() -> None:
    (record,) = await incidents(f'{HEAD}1,2026-11-20,"=HYPERLINK(""x"")"\n')
    assert record.title == '=HYPERLINK("x")'


async def test_a_country_written_in_another_way_needs_its_word() -> None:
    fields = {"No": "key", "ISO": "country", "Country": "country_name"}
    (record,) = await incidents("No,ISO,Country\n1,PSE,OPT\n", fields=fields)
    assert record.place == Place(country=Country("PSE", "OPT"))
    (record,) = await incidents(
        "No,Country\n1,OPT\n", fields={"No": "key", "Country": "country"}, values={"country": {"OPT": "PSE"}}
    )
    assert record.place == Place(country=Country("PSE"))
    (record,) = await incidents("No,Country\n1,South Sudan\n", fields={"No": "key", "Country": "country"})
    assert record.faults == {FieldGroup.WHERE}


@pytest.mark.parametrize(
    ("told", "precision", "point"),
    [
        ("(2) 25 km precision ", PlacePrecision.KM_25, Position(31.5, 6.2)),
        ("(5) Linear feature", PlacePrecision.LINEAR_FEATURE, Position(31.5, 6.2)),
        ("(4) Province", PlacePrecision.ADMIN1, None),
        ("", PlacePrecision.POSITION, Position(31.5, 6.2)),
    ],
)
async def test_a_point_is_no_more_exact_than_the_row_says(
    told: str, precision: PlacePrecision, point: Position | None
) -> None:
    words = {
        "(2) 25 km precision": "KM_25",
        "(5) Linear feature": "LINEAR_FEATURE",
        "(4) Province": "ADMIN1",
    }
    (record,) = await incidents(
        f"No,Lat,Lon,P\n1,6.2,31.5,{told}\n",
        fields={"No": "key", "Lat": "latitude", "Lon": "longitude", "P": "place_precision"},
        values={"place_precision": words},
    )
    assert record.place == Place(point=point, precision=precision)


async def test_a_precision_that_has_no_word_withholds_the_place() -> None:
    (record,) = await incidents(
        "No,Lat,Lon,P\n1,6.2,31.5,(9) New\n",
        fields={"No": "key", "Lat": "latitude", "Lon": "longitude", "P": "place_precision"},
        values={"place_precision": {"(4) Province": "ADMIN1"}},
    )
    assert (record.place, record.faults) == (None, {FieldGroup.WHERE})


@pytest.mark.parametrize(
    ("code", "category", "special"),
    [
        ("Attack", IncidentCategory.ATTACK, frozenset()),
        (" Attack ", IncidentCategory.ATTACK, frozenset()),
        ("RSA", IncidentCategory.ATTACK, {SpecialCategory.SEXUAL_VIOLENCE}),
        ("Never heard of", None, {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        ("", None, {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
        ("No information", None, {SpecialCategory.UNMAPPED_SENSITIVE_CODE}),
    ],
)
async def test_sensitive_and_unmapped_codes_are_special_categories(
    code: str, category: IncidentCategory | None, special: frozenset[SpecialCategory]
) -> None:
    (record,) = await incidents(
        f"No,Act\n1,{code}\n",
        fields={"No": "key", "Act": "category"},
        values={"category": {"Attack": "ATTACK", "RSA": "ATTACK"}},
        special={"RSA": "SEXUAL_VIOLENCE"},
        blank=["No information"],
    )
    assert (record.category, record.marking.special) == (category, special)


async def test_the_second_row_of_a_key_is_quarantined() -> None:
    body = f"{HEAD}1,2026-11-20,first\n2,2026-11-20,other\n 1,2026-11-21,second\n"
    fetched = await read(body)
    assert [record.title for page in fetched for record in page.records] == ["first", "other"]
    assert await reasons(body) == [("1", "row 3 below the header: an earlier row of the table has the same key")]


async def test_a_row_without_a_key_has_one_of_its_configured_columns() -> None:
    body = f"{HEAD},2026-11-20,first\n,2026-11-21,other\n7,2026-11-21,with\n"
    first = await incidents(body, key_columns=["Date", "Title"])
    again = await incidents(body.replace("2026-11-20", "2026-11-20T00:00:00.000Z"), key_columns=["Date", "Title"])
    assert len({record.ref.native for record in first}) == 3
    assert first[2].ref.native == "7"
    # A date written in another way is the same date.
    assert [record.ref.native for record in again] == [record.ref.native for record in first]


@pytest.mark.parametrize(
    ("row", "key", "reason"),
    [
        (",2026-11-20,x", None, "no key"),
        ("k" * 97 + ",2026-11-20,x", None, "`key` is longer"),
        ("1,2026-11-20,x,y", None, "more cells"),
    ],
)
async def test_a_row_whose_identity_is_not_sure_is_quarantined(row: str, key: str | None, reason: str) -> None:
    body = f"{HEAD}{row}\n2,2026-11-20,fine\n"
    ((native, told),) = await reasons(body)
    assert native == key
    assert re.match(f"row 1 below the header: .*{reason}", told)
    assert "x" not in told.split()


async def test_the_time_of_sharing_is_a_column_or_configured_and_never_guessed() -> None:
    fields = {"No": "key", "Date": "occurred", "Shared": "shared"}
    body = "No,Date,Shared\n1,2026-11-20,2026-11-21T06:00:00+03:00\n2,2026-11-20,2026-11-22\n3,2026-11-20,\n"
    found = await incidents(body, fields=fields)
    assert [record.shared_at for record in found] == [
        datetime(2026, 11, 21, 3, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    ]
    told = await reasons(body + "4,2026-11-20,soon\n", fields=fields, shared_at=None)
    assert [native for native, _ in told] == ["3", "4"]
    with pytest.raises(Unconfigured, match=r"`options.shared_at`"):
        await read(HEAD, shared_at=None)


async def test_what_a_row_says_of_handling_is_read_or_the_row_is_quarantined() -> None:
    options: dict[str, Any] = {
        "fields": {"No": "key", "H": "audience"},
        "audiences": {"All": {"audience": "PUBLIC", "tlp": "CLEAR"}},
    }
    fetched = await read("No,H\n1,All\n2,\n3,Everybody\n", **options)
    assert [record.marking.audience.value for record in records(fetched)] == ["PUBLIC", "ORIGINATOR"]
    assert [item.native for page in fetched for item in page.quarantined] == ["3"]


@pytest.mark.parametrize("target", ["status", "stage", "verification"])
async def test_a_state_that_has_no_word_of_ours_quarantines_the_row(target: str) -> None:
    """It could be a test or a refuted report, which must not look like any other."""
    (told,) = await reasons("No,S\n1,Withdrawn\n", fields={"No": "key", "S": target})
    assert told[0] == "1"
    assert f"`{target}`" in told[1]
    assert "Withdrawn" not in told[1]


async def test_several_codes_in_one_cell_are_parted() -> None:
    fields = {"No": "key", "Org": "organization_type"}
    values = {"organization_type": {"UN": "UN", "INGO": "INGO"}}
    (record,) = await incidents("No,Org\n1,UN;INGO\n", fields=fields, values=values, separator=";", delimiter=",")
    assert record.affected is not None
    assert [party.type.value for party in record.affected.organizations] == ["UN", "INGO"]


async def test_a_change_in_a_row_is_another_version() -> None:
    first, same, other = [(await incidents(f"{HEAD}1,2026-11-20,{title}\n"))[0] for title in ("a", "a ", "b")]
    assert first.version == same.version != other.version


async def test_a_table_may_hold_alerts() -> None:
    kind = InformationKind.SECURITY_ALERT
    fields = {"No": "key", "What": "event", "Until": "expires"}
    with serving(dropped(b"No,What,Until\n1,Curfew,2026-11-20T18:00:00Z\n")) as url:
        source = connector(url, kind=kind.value, fields=fields)
        (record,) = records(await pages(source, url, FetchRequest(kind=kind)))
    assert (record.event, record.expires) == ("Curfew", Moment.instant(datetime(2026, 11, 20, 18, tzinfo=UTC)))
