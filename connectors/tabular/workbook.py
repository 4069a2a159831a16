"""Rows of an XLSX workbook (ECMA-376, part 1, chapter 18), read as a stream: formulas are never evaluated.

A workbook comes from outside, so everything in it is bounded: what its parts unpack to, and what one cell or one row
takes. XML is read without DTDs (defusedxml).
"""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final, TypeVar
from xml.sax import SAXException
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

from connectors.errors import Unconfigured, Unusable
from connectors.formats.attributes import shortened
from connectors.tabular.serial_dates import DateStyles
from connectors.tabular.workbook_parts import Outline, Part, Relations, SharedTexts, Sheet, Styles

# Unpacked: all parts, and the texts that cells share, which are held while the rows are read.
_ALL_BYTES: Final = 384 * 1024 * 1024
_SHARED_BYTES: Final = 32 * 1024 * 1024
_PARTS: Final = 2000
# Of one element's XML. Excel's cells end at 32,767 characters.
_ELEMENT_BYTES: Final = 1024 * 1024
_PIECE: Final = 64 * 1024
_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_SHARED: Final = "xl/sharedStrings.xml"
_STYLES: Final = "xl/styles.xml"

_Read = TypeVar("_Read", bound=Part)


def rows(body: bytes, sheet: str | None) -> Iterator[list[str]]:
    """The rows of `sheet`, by default the first that is not hidden; a row that is not there is empty.

    A number is as it is written, a date in ISO 8601, of a formula what its last calculation gave. Raises `Unusable`.
    """
    try:
        with ZipFile(BytesIO(body)) as archive:
            _bound(archive)
            outline, relations = _whole(archive, _WORKBOOK, Outline()), _whole(archive, _RELATIONS, Relations())
            shared, styles = SharedTexts(), DateStyles(start_1904=outline.start_1904)
            if _SHARED in archive.NameToInfo:
                _whole(archive, _SHARED, shared)
            if _STYLES in archive.NameToInfo:
                _whole(archive, _STYLES, Styles(styles))
            table = Sheet(shared.texts, styles)
            for _ in _fed(archive, _path(outline, relations, sheet), table):
                yield from table.taken()
            yield from table.taken()
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        # RuntimeError: a part that asks for a password. NotImplementedError: a compression that is not for workbooks.
        raise Unusable(f"no workbook that can be read: {type(error).__name__}") from error
    except (SAXException, DefusedXmlException, LookupError, ValueError) as error:
        # LookupError: a declared encoding that is none, or a text that is not among the shared ones.
        raise Unusable(f"a workbook with XML that can't be read: {type(error).__name__}") from error


def _bound(archive: ZipFile) -> None:
    parts = archive.infolist()
    shared = sum(part.file_size for part in parts if part.filename == _SHARED)
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _ALL_BYTES or shared > _SHARED_BYTES:
        raise Unusable("a workbook that unpacks to more than a table of incidents takes: it is not opened")


def _whole(archive: ZipFile, path: str, part: _Read) -> _Read:
    for _ in _fed(archive, path, part):
        pass
    return part


def _fed(archive: ZipFile, path: str, part: Part) -> Iterator[None]:
    """Reads a part piece by piece, each told by a step; what one element takes is bounded."""
    if path not in archive.NameToInfo:
        raise Unusable(f"a workbook without `{shortened(path)}`")
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(part)
    with archive.open(path) as file:
        while piece := file.read(_PIECE):
            part.since += len(piece)
            if part.since > _ELEMENT_BYTES:
                raise Unusable(f"a workbook with a cell of more than {_ELEMENT_BYTES} bytes")
            parser.feed(piece)
            yield
    parser.close()


def _path(outline: Outline, relations: Relations, wanted: str | None) -> str:
    """Where the sheet lies in the archive."""
    for title, identifier, visible in outline.sheets:
        if (visible if wanted is None else title == wanted) and identifier in relations.targets:
            return posixpath.normpath(posixpath.join("/xl", relations.targets[identifier])).lstrip("/")
    if wanted is None:
        raise Unusable("a workbook without a sheet that is shown")
    titles = ", ".join(f"`{shortened(title)}`" for title, _, _ in outline.sheets[:10])
    raise Unconfigured(f"`options.sheet`: the workbook has no sheet `{wanted}`, it has {titles}")
