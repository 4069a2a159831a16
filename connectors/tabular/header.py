"""The head of a table: which column is which, by HXL tags or by titles of one or more rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import msgspec

from connectors.errors import Unconfigured, Unusable
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Described
from connectors.field_map.targets import Target
from connectors.formats.attributes import shortened
from connectors.tabular import hxl
from connectors.tabular.options import TabularOptions

_NAMED_AT_MOST: Final = 10
# A name without its code has no place in a record.
_NAMES: Final[Mapping[Target, Target]] = {
    Target.COUNTRY_NAME: Target.COUNTRY,
    Target.ADMIN1_NAME: Target.ADMIN1,
    Target.ADMIN2_NAME: Target.ADMIN2,
    Target.CATEGORY_LABEL: Target.CATEGORY,
}


class Header(msgspec.Struct, frozen=True):
    """`columns`: a name each, empty where a column has none. `described`: titles of tagged columns."""

    columns: Sequence[str]
    described: Mapping[str, Described]


def read_header(rows: Iterator[list[str]], options: TabularOptions, fields: FieldMap) -> Header:
    """Takes the head off `rows`; raises `Unconfigured` for a column that is declared nowhere or twice there."""
    header = _tagged(rows) if options.hxl else _titled(rows, options)
    names = [name for name in header.columns if name]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise Unconfigured(f"two columns are `{shortened(twice[0])}`: which is meant can't be told; rename one")
    declared = fields.declared | options.parts
    refuse([name for name in names if name not in declared])
    present = {*names, *(name for name, parts in options.date_parts.items() if set(parts) & set(names))}
    there = {target for name, target in options.fields.items() if name in present}
    for name in names:
        target = options.fields.get(name)
        if target is not None and target in _NAMES and _NAMES[target] not in there:
            raise Unconfigured(
                f"`{shortened(name)}`: a name, and no column has its code (`{_NAMES[target].value}`): declare it in "
                "`attributes`"
            )
    return header


def refuse(undeclared: Sequence[str]) -> None:
    """Raises `Unconfigured`, naming them, for columns that stand nowhere in the configuration."""
    if undeclared:
        named = ", ".join(f"`{shortened(name)}`" for name in undeclared[:_NAMED_AT_MOST])
        raise Unconfigured(
            f"{named}: in the table but not in `options`: add to `fields`, `attributes` with a group, or `ignored`"
        )


def _tagged(rows: Iterator[list[str]]) -> Header:
    """By the row of tags; the row above it has the titles."""
    above: list[str] = []
    for row in islice(rows, hxl.ROWS):
        found = hxl.tags(row)
        if found is None:
            above = row if any(map(str.strip, row)) else above
            continue
        titles = [cell.strip() for cell in above] + [""] * len(found)
        columns = [name or title for name, title in zip(found, titles, strict=False)]
        columns += [title for title in titles[len(found) :] if title]
        described = {name: Described(title) for name, title in zip(found, titles, strict=False) if name and title}
        return Header(columns, described)
    raise Unusable(f"no row of HXL tags among the first {hxl.ROWS}: tag the table, or set `options.hxl` to false")


def _titled(rows: Iterator[list[str]], options: TabularOptions) -> Header:
    """By titles. Above the last row a title stands over the columns to its right as well, as merged cells do."""
    head = list(islice(rows, options.skip_rows, options.skip_rows + options.header_rows))
    if len(head) < options.header_rows:
        raise Unusable("a table without its header")
    width = max(map(len, head))
    own = [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in head]
    over = [_spread(row) for row in own[:-1]]
    # A column without a title in the last row is named by what stands above it, and not by what is merged over it.
    parts = [
        [row[place] for row in (over if own[-1][place] else own[:-1])] + [own[-1][place]] for place in range(width)
    ]
    return Header(["/".join(filter(None, titles)) for titles in parts], {})


def _spread(row: Sequence[str]) -> list[str]:
    """Each title over the columns to its right that have none."""
    filled, over = [], ""
    for cell in row:
        over = cell or over
        filled.append(over)
    return filled
