"""HXL 1.1, the tags of humanitarian spreadsheets (hxlstandard.org): a column's meaning in any language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from connectors.field_map.targets import Target

if TYPE_CHECKING:
    from connectors.tabular.options import TabularOptions

Declared = TypeVar("Declared")

# The standard looks for the row of tags this far.
ROWS: Final = 25
# What tags mean where the configuration does not say otherwise. Others have to be declared.
_KNOWN: Final[Mapping[str, Target]] = {
    "#event+id": Target.KEY,
    "#event+type": Target.CATEGORY,
    "#event+type+code": Target.CATEGORY,
    "#event+type+name": Target.CATEGORY_LABEL,
    "#event+name": Target.TITLE,
    "#event+title": Target.TITLE,
    "#description": Target.NARRATIVE,
    "#event+description": Target.NARRATIVE,
    "#date+occurred": Target.OCCURRED,
    "#date+event": Target.OCCURRED,
    "#date+reported": Target.REPORTED,
    "#country+code": Target.COUNTRY,
    "#country+name": Target.COUNTRY_NAME,
    "#adm1+code": Target.ADMIN1,
    "#adm1+name": Target.ADMIN1_NAME,
    "#adm2+code": Target.ADMIN2,
    "#adm2+name": Target.ADMIN2_NAME,
    "#loc+name": Target.LOCALITY,
    "#geo+lat": Target.LATITUDE,
    "#geo+lon": Target.LONGITUDE,
    "#affected+killed": Target.KILLED,
    "#affected+injured": Target.INJURED,
    "#affected+kidnapped": Target.KIDNAPPED,
    "#affected+abducted": Target.KIDNAPPED,
    "#affected+arrested": Target.ARRESTED,
    "#meta+source": Target.CITED_SOURCE,
}


def tag(text: str) -> str | None:
    """A tag with its attributes in one order, small and without blanks; None where `text` is no tag."""
    name, *attributes = "".join(text.split()).lower().split("+")
    parts = [name[1:], *attributes]
    if name[:1] != "#" or not all(part.isascii() and part.replace("_", "").isalnum() for part in parts):
        return None
    return "+".join([name, *sorted(set(attributes))])


def tags(row: Sequence[str]) -> list[str] | None:
    """The columns of a row of tags, empty where a column has none; None where it is no such row."""
    found = [tag(cell) if cell.strip() else "" for cell in row]
    return [item or "" for item in found] if any(found) and None not in found else None


def completed(options: TabularOptions, foreign: Collection[Target]) -> TabularOptions:
    """`options` with tags in one order everywhere, and with the tags that the standard gives a meaning.

    Raises `ValueError` for two spellings of one tag.
    """
    fields = _one_way(options.fields)
    attributes, ignored = _one_way(options.attributes), frozenset(map(_named, options.ignored))
    parts = {_named(name): tuple(map(_named, of)) for name, of in options.date_parts.items()}
    taken = {*attributes, *ignored, *(column for of in parts.values() for column in of)}
    known = {_named(name): target for name, target in _KNOWN.items() if target not in foreign}
    return msgspec.structs.replace(
        options,
        fields=fields | {name: target for name, target in known.items() if name not in {*fields, *taken}},
        attributes=attributes,
        ignored=ignored,
        date_parts=parts,
        key_columns=tuple(map(_named, options.key_columns)),
    )


def _named(column: str) -> str:
    """A tag in one order; a column without a tag by its title."""
    return tag(column) or column


def _one_way(declared: Mapping[str, Declared]) -> dict[str, Declared]:
    named: dict[str, Declared] = {}
    for column, declaration in declared.items():
        name = _named(column)
        if name in named:
            raise ValueError(f"`{column}` is another spelling of a tag that stands there already")
        named[name] = declaration
    return named
