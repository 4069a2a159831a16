"""The rows in a platform's answers, in JSON, in CSV, and in XML as a list or with a document a row."""

from __future__ import annotations

import copy
import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias
from xml.etree.ElementTree import Element, tostring

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.kit.tap import Answer

Row: TypeAlias = dict[str, Any]
_ATTRIBUTES = "@"
_TEXT = "#"
_DELIMITERS = ",;\t|"


class Format(Protocol):
    """Reads the rows of an answer, None where it holds none, and writes the answer's body with others."""

    def read(self, answer: Answer) -> list[Row] | None:
        """The rows, to be changed at will."""

    def write(self, answer: Answer, rows: list[Row]) -> bytes:
        """The body with `rows` in place of its own."""


class ListedRows(msgspec.Struct, frozen=True):
    """Rows in the list that `steps` lead to, in JSON or XML."""

    method: str
    path: str
    steps: tuple[str, ...]

    def read(self, answer: Answer) -> list[Row] | None:
        """The list's items."""
        rows = at(data_of(answer), self.steps) if (answer.method, answer.path) == (self.method, self.path) else None
        return rows if isinstance(rows, list) else None

    def write(self, answer: Answer, rows: list[Row]) -> bytes:
        """The answer with another list."""
        body = data_of(answer)
        at(body, self.steps)[:] = rows
        root = xml_of(answer)
        return json.dumps(body).encode() if root is None else _written(root.tag, body)


class CsvRows(msgspec.Struct, frozen=True):
    """Rows of a table after its first `start` lines, of which the last names the columns."""

    path: str
    start: int

    def read(self, answer: Answer) -> list[Row] | None:
        """The lines, by the columns' names."""
        if answer.path != self.path:
            return None
        lines = lines_of(answer)
        names = self._names(lines)
        return [dict(zip(names, line, strict=False)) for line in lines[self.start :]]

    def write(self, answer: Answer, rows: list[Row]) -> bytes:
        """The table with other lines below its heading."""
        lines = lines_of(answer)
        names = self._names(lines)
        text = io.StringIO()
        delimiter = _delimiter(answer.body.decode("utf-8-sig"))
        csv.writer(text, delimiter=delimiter).writerows(
            [*lines[: self.start], *([row.get(name, "") for name in names] for row in rows)]
        )
        return text.getvalue().encode()

    def _names(self, lines: list[list[str]]) -> list[str]:
        heading = lines[self.start - 1]
        return [
            f"{name or 'column'} ({place})" if not name or heading.count(name) > 1 else name
            for place, name in enumerate(heading, 1)
        ]


class XmlRows(msgspec.Struct, frozen=True):
    """A document a row: those of `paths`, as the platform gave them."""

    paths: Sequence[str]
    tag: str
    documents: Sequence[Row]

    def read(self, answer: Answer) -> list[Row] | None:
        """All documents, since a change may look from one to another."""
        return copy.deepcopy(list(self.documents)) if answer.path in self.paths else None

    def write(self, answer: Answer, rows: list[Row]) -> bytes:
        """The document of the answer alone; one without content where its row is gone."""
        place = self.paths.index(answer.path)
        return _written(self.tag, rows[place] if place < len(rows) else {})


def data_of(answer: Answer) -> Any:  # JSON of any platform, or XML as data
    """The body as data, None where it is neither JSON nor XML."""
    root = xml_of(answer)
    if root is not None:
        return row_of(root)
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def lines_of(answer: Answer) -> list[list[str]]:
    """The lines of a CSV file that hold anything; none of another."""
    if answer.media_type != "text/csv":
        return []
    text = answer.body.decode("utf-8-sig")
    return [line for line in csv.reader(io.StringIO(text), delimiter=_delimiter(text)) if any(line)]


def _delimiter(text: str) -> str:
    """What parts most columns in most lines."""

    def columns(delimiter: str) -> int:
        lengths = Counter(len(line) for line in csv.reader(io.StringIO(text), delimiter=delimiter))
        return lengths.most_common(1)[0][0] if lengths else 0

    return max(_DELIMITERS, key=columns)


def xml_of(answer: Answer) -> Element | None:
    """The body as XML, None where it is none."""
    if not answer.media_type.endswith("xml"):
        return None
    try:
        root: Element = fromstring(answer.body)
    except (SyntaxError, DefusedXmlException):
        return None
    return root


def row_of(element: Element) -> Row | str:
    """An element as data: its children by tag, several of one tag as a list; its text where it has none."""
    row: Row = {f"{_ATTRIBUTES}{name}": value for name, value in element.attrib.items()}
    for child in element:
        value, there = row_of(child), row.get(child.tag)
        row[child.tag] = value if there is None else [*there, value] if isinstance(there, list) else [there, value]
    if not row:
        return element.text or ""
    if element.text and element.text.strip():
        row[_TEXT] = element.text
    return row


def _written(tag: str, value: Any) -> bytes:
    body: bytes = tostring(_element(tag, value), encoding="utf-8")
    return body


def _element(tag: str, value: Any) -> Element:
    element = Element(tag)
    if not isinstance(value, dict):
        element.text = value if isinstance(value, str) else json.dumps(value)
        return element
    for name, item in value.items():
        if name == _TEXT:
            element.text = item
        elif name.startswith(_ATTRIBUTES):
            element.set(name.removeprefix(_ATTRIBUTES), str(item))
        else:
            element.extend([_element(name, one) for one in (item if isinstance(item, list) else [item])])
    return element


def at(value: Any, path: Sequence[str]) -> Any:
    """What `path` leads to through objects; None where it leads nowhere."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
