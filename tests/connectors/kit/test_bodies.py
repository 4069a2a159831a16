"""Rows are found in JSON, CSV and XML, and written back with nothing changed but what was meant to."""

from __future__ import annotations

import asyncio
from xml.etree.ElementTree import canonicalize

import pytest

from connectors.kit.bench import Bench, Subject, bench, simulated
from connectors.kit.bodies import CsvRows, ListedRows, XmlRows, row_of, xml_of
from connectors.kit.tap import Answer
from connectors.kit.wire import REMOVED, Rows, at_each, instead, rows_of
from policies.vocabulary import InformationKind


def answer(body: str, media_type: str, path: str = "/rows") -> Answer:
    return Answer(method="GET", path=path, status=200, media_type=media_type, headers=(), body=body.encode())


TABLE = "Invented incidents;;\nNo.;Place;Place\n#id;#loc;#loc+name\n1;34,5;A town, far\n2;35,5;Another\n"
FEED = '<r a="1"><h>x</h><i><k>1</k><p u="m">3</p></i><i><k>2</k><q>t</q><q>u</q></i></r>'


def test_a_table_is_read_below_its_heading_and_written_back() -> None:
    table = CsvRows("/rows", 3)
    told = answer(TABLE, "text/csv")
    rows = table.read(told)
    assert rows == [
        {"#id": "1", "#loc": "34,5", "#loc+name": "A town, far"},
        {"#id": "2", "#loc": "35,5", "#loc+name": "Another"},
    ]
    assert table.write(told, rows).decode().replace("\r\n", "\n") == TABLE
    assert table.read(answer(TABLE, "text/csv", "/other")) is None
    assert CsvRows("/rows", 2).read(told)[0].keys() == {"No.", "Place (2)", "Place (3)"}  # type: ignore[index]


def test_a_list_of_elements_is_read_and_written_back() -> None:
    told = answer(FEED, "application/rss+xml")
    listed = ListedRows("GET", "/rows", ("i",))
    rows = listed.read(told)
    assert rows == [{"k": "1", "p": {"@u": "m", "#": "3"}}, {"k": "2", "q": ["t", "u"]}]
    assert canonicalize(listed.write(told, rows).decode()) == canonicalize(FEED)


def test_a_document_is_a_row_and_only_its_own_answer_changes() -> None:
    told = {path: answer(f"<d><k>{path}</k><v>1</v></d>", "application/cap+xml", path) for path in ("/a", "/b")}
    documents = [row_of(root) for root in map(xml_of, told.values()) if root is not None]
    assert all(isinstance(document, dict) for document in documents)
    rows = Rows(documents, frozenset({"/a"}), XmlRows(list(told), "d", documents), textual=True)  # type: ignore[arg-type]
    spoil = rows.altered(at_each(("v",), lambda value, number: f"{value}{number}"))
    assert [spoil(item).body for item in told.values()] == [
        b"<d><k>/a</k><v>10</v></d>",
        b"<d><k>/b</k><v>11</v></d>",
    ]
    assert spoil(answer("<index/>", "application/xml", "/index")).body == b"<index/>"
    assert rows.altered(at_each(("v",), instead(REMOVED)))(told["/a"]).body == b"<d><k>/a</k></d>"


@pytest.mark.parametrize(
    ("connector", "kind", "format_", "path"),
    [
        ("kobo", InformationKind.INCIDENT_REPORT, ListedRows, ("_validation_status", "uid")),
        ("acled", InformationKind.INCIDENT_REPORT, ListedRows, ("event_date",)),
        ("graphql", InformationKind.INCIDENT_REPORT, ListedRows, ("node", "spot", "nation", "code")),
        ("unsms", InformationKind.SECURITY_ALERT, XmlRows, ("{urn:oasis:names:tc:emergency:cap:1.2}sent",)),
    ],
)
def test_the_rows_of_a_platform_are_found(
    connector: str, kind: InformationKind, format_: type, path: tuple[str, ...]
) -> None:
    subject = Subject.of(connector)

    async def found(at: Bench) -> tuple[Rows | None, list[str]]:
        return await rows_of(at, kind), (await at.fetch(kind)).keys

    async def at_the_bench() -> tuple[Rows | None, list[str]]:
        async with bench(subject, settings, tap) as at:
            return await found(at)

    with simulated(subject) as (settings, tap):
        rows, keys = asyncio.run(at_the_bench())
    assert rows is not None
    assert isinstance(rows.format, format_)
    assert len(rows.rows) >= len(keys) > 4
    assert path in rows.leaves()
    assert ("node",) not in rows.paths()
