"""Workbooks: what spreadsheets write, and what is made to hurt whoever opens it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from connectors.errors import Unconfigured, Unusable
from connectors.tabular.simulated_workbook import workbook
from policies.groups import FieldGroup
from policies.values import Moment
from tests.connectors.tabular.table import incidents, read

XLSX = {"path": "/table.xlsx"}
HEAD = ["No", "Date", "Title"]
SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 1024 * 1024


def changed(parts: Mapping[str, Callable[[str], str | None]], *rows: list[object]) -> bytes:
    """A workbook with parts rewritten; a part that becomes None is left out."""
    file = BytesIO()
    with ZipFile(BytesIO(workbook([HEAD, *rows]))) as whole, ZipFile(file, "w", ZIP_DEFLATED) as archive:  # type: ignore[list-item] # cells
        for name in whole.namelist():
            text = parts.get(name, str)(whole.read(name).decode())
            if text is not None:
                archive.writestr(name, text)
    return file.getvalue()


def cells(xml: str) -> bytes:
    """A workbook whose second row is `xml`."""
    return changed({SHEET: lambda text: text.replace("</sheetData>", f'<row r="2">{xml}</row></sheetData>')})


async def title_of(cell: str) -> str | None:
    (record,) = await incidents(cells(f'<c r="A2"><v>1</v></c>{cell}'), **XLSX)
    return record.title


async def test_texts_numbers_and_days_are_read() -> None:
    (record,) = await incidents(workbook([HEAD, [7, date(2026, 11, 20), "Café & <more>"]]), **XLSX)
    assert (record.ref.native, record.title) == ("7", "Café & <more>")
    assert record.occurred == Moment.day(date(2026, 11, 20))


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ('<c r="C2" t="inlineStr"><is><t>in</t></is></c>', "in"),
        ('<c r="C2" t="inlineStr"><is><r><t>in </t></r><r><rPr><b/></rPr><t>bold</t></r></is></c>', "in bold"),
        ('<c r="C2" t="inlineStr"><is><t>kanji</t><rPh sb="0" eb="1"><t>reading</t></rPh></is></c>', "kanji"),
        ('<c r="C2" t="b"><v>1</v></c>', "true"),
        ('<c r="C2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="C2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="C2" t="str"><f>A1&amp;"x"</f><v>Nox</v></c>', "Nox"),
        ('<c r="C2"><f>WEBSERVICE("http://x.example")</f></c>', '=WEBSERVICE("http://x.example")'),
        ('<c r="C2" s="1"/>', None),
        ("<c/><c><v>3</v></c>", "3"),
    ],
)
async def test_cells_of_every_type_are_read_and_formulas_never_evaluated(cell: str, title: str | None) -> None:
    assert await title_of(cell) == title


async def test_a_sheet_with_prefixes_and_gaps_is_read() -> None:
    def prefixed(text: str) -> str:
        for name in ("worksheet", "sheetData", "row", "c", "v"):
            text = text.replace(f"<{name} ", f"<x:{name} ").replace(f"<{name}>", f"<x:{name}>")
            text = text.replace(f"</{name}>", f"</x:{name}>")
        return text.replace("xmlns=", "xmlns:x=")

    rows: list[list[object]] = [[], [], [1, None, "after a gap"]]
    (record,) = await incidents(changed({SHEET: prefixed}, *rows), **XLSX)
    assert record.title == "after a gap"


@pytest.mark.parametrize(
    ("style", "value", "day"),
    [
        ('<numFmt numFmtId="164" formatCode="dd\\/mm\\/yyyy"/>', "46346", date(2026, 11, 20)),
        ('<numFmt numFmtId="164" formatCode="[$-409]d\\-mmm\\-yy;@"/>', "46346", date(2026, 11, 20)),
        ('<numFmt numFmtId="164" formatCode="0.00&quot; days&quot;"/>', "46346", None),
        ('<numFmt numFmtId="164" formatCode="[h]:mm"/>', "0.5", None),
    ],
)
async def test_days_are_told_from_numbers_by_their_format(style: str, value: str, day: date | None) -> None:
    body = changed(
        {
            "xl/styles.xml": lambda text: text.replace("<fonts", f"<numFmts>{style}</numFmts><fonts").replace(
                '<xf numFmtId="14" applyNumberFormat="1"/>', '<xf numFmtId="164"/>'
            ),
            SHEET: lambda text: text.replace("<v>46346</v>", f"<v>{value}</v>"),
        },
        [1, date(2026, 11, 20), "x"],
    )
    (record,) = await incidents(body, **XLSX)
    assert record.occurred == (None if day is None else Moment.day(day))
    assert record.faults == (frozenset() if day else {FieldGroup.WHEN})


async def test_days_that_count_from_1904_are_read() -> None:
    body = changed(
        {"xl/workbook.xml": lambda text: text.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')},
        [1, date(2022, 11, 19), "x"],
    )
    (record,) = await incidents(body, **XLSX)
    assert record.occurred == Moment.day(date(2026, 11, 20))


async def test_the_sheet_is_chosen_by_name_or_the_first_that_is_shown() -> None:
    hidden = changed(
        {
            "xl/workbook.xml": lambda text: text.replace(
                "<sheet ", '<sheet name="Old" state="hidden" r:id="rId9"/><sheet '
            )
        },
        [1, None, "x"],
    )
    assert len(await incidents(hidden, **XLSX)) == len(await incidents(hidden, **XLSX, sheet="Incidents")) == 1
    with pytest.raises(Unconfigured, match=r"`options.sheet`.*`Incidents`"):
        await read(hidden, **XLSX, sheet="Events")


def bomb(name: str, start: str, repeated: str, count: int, end: str) -> bytes:
    return changed({name: lambda text: start + repeated * count + end})


@pytest.mark.parametrize(
    "made",
    [
        lambda: bomb("xl/sharedStrings.xml", "<sst>", "<si><t>aaaaaaaaaaaaaaaa</t></si>", 2_000_000, "</sst>"),
        lambda: bomb(
            SHEET,
            '<worksheet><sheetData><row r="1"><c r="A1"><v>',
            "1" * 1000,
            60_000,
            "</v></c></row></sheetData></worksheet>",
        ),
        lambda: bomb(SHEET, "<worksheet><sheetData>", "<row>", 2_000_000, ""),
        lambda: bomb(
            SHEET, '<worksheet><sheetData><row r="1">', "<c><v>1</v></c>", 200_000, "</row></sheetData></worksheet>"
        ),
        lambda: changed(
            {SHEET: lambda text: text.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet')}
        ),
        lambda: changed({SHEET: lambda text: text[:200]}),
        lambda: changed({SHEET: lambda text: None}),
        lambda: changed({"xl/workbook.xml": lambda text: None}),
        lambda: changed({"xl/sharedStrings.xml": lambda text: None}),
        lambda: cells('<c r="A2" t="s"><v>999</v></c>'),
        lambda: cells('<c r="A2" t="s"><v>many</v></c>'),
        lambda: cells('<c r="ZZZZ2"><v>1</v></c>'),
        lambda: cells('<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>'),
        lambda: changed({SHEET: lambda text: text.replace('<row r="1">', '<row r="999999999">')}),
        lambda: b"PK\x03\x04 and nothing else",
        lambda: workbook([HEAD])[:-40],
        lambda: b"No,Date,Title\n",
    ],
    ids=[
        *("shared texts", "one cell", "rows in rows", "cells without end", "entities", "cut short", "no sheet"),
        *("no workbook", "no texts", "no such text", "no number of a text", "beyond the sheet", "cells back"),
        *("rows beyond", "no archive", "an archive cut short", "a text"),
    ],
)
async def test_what_is_made_to_hurt_is_refused_in_bounded_memory(made: Callable[[], bytes]) -> None:
    body = made()
    tracemalloc.start()
    try:
        with pytest.raises(Unusable):
            await read(body, **XLSX)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * MEGABYTE
