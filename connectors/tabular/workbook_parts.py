"""The parts of a workbook (ECMA-376, part 1, chapter 18), read from XML events: only what is asked is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from connectors.errors import Unusable
from connectors.tabular.serial_dates import DateStyles, iso

_COLUMNS: Final = 16_384
_ROWS: Final = 1_048_576
_TEXTS: Final = 500_000
# Characters of one text, and of one row. Excel's cells end at 32,767.
_TEXT_LENGTH: Final = 1_000_000
_ROW_LENGTH: Final = 4_000_000


class Part(ContentHandler):
    """Reads one part. `since`: bytes read since an element ended. Names come without their prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.since = 0

    def startElement(self, name: str, attrs: AttributesImpl[str]) -> None:  # noqa: N802 - the base's name
        """An element starts."""
        self.starts(name.rpartition(":")[2], attrs)

    def endElement(self, name: str) -> None:  # noqa: N802 - the base's name
        """An element ends."""
        self.since = 0
        self.ends(name.rpartition(":")[2])

    def starts(self, name: str, given: AttributesImpl[str]) -> None:
        """What a start means to this part."""

    def ends(self, name: str) -> None:
        """What an end means to this part."""


class Outline(Part):
    """The workbook: its sheets as title, relation and whether it is shown, and whether days count from 1904."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str, bool]] = []
        self.start_1904 = False

    def starts(self, name: str, given: AttributesImpl[str]) -> None:
        if name == "workbookPr":
            self.start_1904 = given.get("date1904") in ("1", "true")
        elif name == "sheet":
            identifier = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((given.get("name", ""), identifier, given.get("state", "visible") == "visible"))


class Relations(Part):
    """Where each related part lies."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def starts(self, name: str, given: AttributesImpl[str]) -> None:
        if name == "Relationship":
            self.targets[given.get("Id", "")] = given.get("Target", "")


class Styles(Part):
    """Formats of numbers, and the styles of cells, which come in this order."""

    def __init__(self, styles: DateStyles) -> None:
        super().__init__()
        self._styles = styles

    def starts(self, name: str, given: AttributesImpl[str]) -> None:
        if name == "numFmt":
            self._styles.define(given.get("numFmtId", ""), given.get("formatCode", ""))
        elif name == "cellXfs":
            self._styles.begin()
        elif name == "xf":
            self._styles.add(given.get("numFmtId", ""))


class _Texts(Part):
    """Gathers the runs of a text, without its phonetic guide."""

    def __init__(self) -> None:
        super().__init__()
        self._gathering = self._phonetic = False
        self._pieces: list[str] = []
        self._length = 0

    def characters(self, content: str) -> None:
        """A piece of text."""
        if self._gathering:
            self._pieces.append(content)
            self._length += len(content)
            if self._length > _TEXT_LENGTH:
                raise Unusable(f"a workbook with a text of more than {_TEXT_LENGTH} characters")

    def _gathered(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._length = 0
        return text


class SharedTexts(_Texts):
    """The texts that cells refer to by number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def starts(self, name: str, given: AttributesImpl[str]) -> None:  # noqa: ARG002 - the base's signature
        if name == "t":
            self._gathering = not self._phonetic
        elif name == "rPh":
            self._phonetic = True

    def ends(self, name: str) -> None:
        if name == "t":
            self._gathering = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.texts.append(self._gathered())
            if len(self.texts) > _TEXTS:
                raise Unusable(f"a workbook with more than {_TEXTS} texts")


class Sheet(_Texts):
    """The rows of a sheet, to be taken as they come."""

    def __init__(self, shared: Sequence[str], styles: DateStyles) -> None:
        super().__init__()
        self._shared = shared
        self._styles = styles
        self._ready: list[tuple[int, list[str]]] = []
        self._taken = 0
        self._number = 0
        self._row: list[str] = []
        self._row_length = 0
        self._kind = "n"
        self._style: str | None = None
        self._place = 0
        self._value = self._formula = ""

    def taken(self) -> Iterator[list[str]]:
        """The rows that have ended, with empty ones for those between that are not there."""
        ready, self._ready = self._ready, []
        for number, row in ready:
            yield from ([] for _ in range(self._taken + 1, number))
            self._taken = number
            yield row

    def starts(self, name: str, given: AttributesImpl[str]) -> None:
        if name == "c":
            self._place = _column(given.get("r", "")) or self._place + 1
            if not len(self._row) < self._place <= _COLUMNS:
                raise Unusable("a workbook whose cells are not in order")
            self._kind, self._style = given.get("t", "n"), given.get("s")
            self._value = self._formula = ""
        elif name in ("v", "f", "t"):
            self._gathering = not self._phonetic
        elif name == "row":
            number = int(given.get("r", str(self._number + 1)))
            if not self._number < number <= _ROWS:
                raise Unusable("a workbook whose rows are not in order")
            self._number, self._row, self._place, self._row_length = number, [], 0, 0
        elif name == "rPh":
            self._phonetic = True

    def ends(self, name: str) -> None:
        if name == "v":
            self._gathering = False
            self._value = self._gathered()
        elif name == "c":
            text = self._text()
            if text:
                self._row += [""] * (self._place - len(self._row) - 1)
                self._row.append(text)
                self._row_length += len(text)
                if self._row_length > _ROW_LENGTH:
                    raise Unusable(f"a workbook with a row of more than {_ROW_LENGTH} characters")
        elif name == "f":
            self._gathering = False
            self._formula = self._gathered()
        elif name == "t":
            self._gathering = False
        elif name == "is":
            self._value = self._gathered()
        elif name == "rPh":
            self._phonetic = False
        elif name == "row":
            self._ready.append((self._number, self._row))

    def _text(self) -> str:
        value, kind = self._value, self._kind
        if not value:
            # A formula that was never calculated is told as it is written: a blank would mean that nothing was told.
            return "=" + self._formula if self._formula else ""
        if kind == "s":
            return self._shared[int(value)]
        if kind == "b":
            return "true" if value == "1" else "false"
        return iso(value, self._styles) if kind == "n" and self._styles.is_date(self._style) else value


def _column(reference: str) -> int:
    """28 for `AB7`; 0 where a cell does not say where it stands."""
    number = 0
    for letter in reference.rstrip("0123456789")[:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
