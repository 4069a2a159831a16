"""`[options]` of a dropped table: where it lies, how it is written, and the field map of its columns."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.field_map.options import FieldMapOptions
from connectors.field_map.targets import FOREIGN, Target
from connectors.tabular import hxl
from policies.vocabulary import InformationKind

_KINDS: Final = (InformationKind.INCIDENT_REPORT, InformationKind.SECURITY_ALERT)
_DELIMITERS: Final = (",", ";", "\t", "|")


class Form(Enum):
    """How a table is written."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class TabularOptions(FieldMapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`path`: of the file, from the source's url; its ending tells `form` where that is not given.

    `hxl`: columns are named by their HXL tags; else by the titles of `header_rows` rows, after `skip_rows` others.
    `key_columns`: what makes a row's key where it has none of its own. `shared_at`: when the table was shared, for rows
    that do not tell. `dates`: further forms of dates (strptime). `zone`: of times without offset. `date_parts`: dates
    in several columns, year first. `blank`: what stands where nothing is told. `separator`: between codes in one cell.
    """

    path: str
    form: Form | None = None
    kind: InformationKind = InformationKind.INCIDENT_REPORT
    fields: dict[str, Target] = msgspec.field(default_factory=dict)
    hxl: bool = False
    sheet: str | None = None
    skip_rows: int = 0
    header_rows: int = 1
    delimiter: str | None = None
    encoding: str = "utf-8"
    key_columns: tuple[str, ...] = ()
    shared_at: datetime | None = None
    dates: tuple[str, ...] = ()
    zone: str | None = None
    date_parts: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    blank: frozenset[str] = frozenset()
    separator: str | None = None
    page_size: int = 500
    rows_at_most: int = 250_000

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.path.startswith("/"):
            raise ValueError("`path` starts with a slash: the host is the source's `url`")
        if self.form is None and self.path.rpartition(".")[2].lower() not in Form._value2member_map_:
            raise ValueError("`form` is missing, and the ending of `path` does not tell it: csv, xlsx or json")
        if self.kind not in _KINDS:
            raise ValueError(f"`kind`: a table's rows are {' or '.join(kind.value for kind in _KINDS)}")
        if self.shared_at is not None and self.shared_at.tzinfo is None:
            raise ValueError("`shared_at`: a time without offset: give it one, such as Z or +03:00")
        if not (0 <= self.skip_rows <= 100 and 1 <= self.header_rows <= 5):
            raise ValueError("`skip_rows` is from 0 to 100, `header_rows` from 1 to 5")
        if self.delimiter is not None and self.delimiter not in _DELIMITERS:
            raise ValueError(r"`delimiter` is one of , ; | and \t")
        if not (1 <= self.page_size <= 5000 and 1 <= self.rows_at_most <= 1_000_000):
            raise ValueError("`page_size` is from 1 to 5000, `rows_at_most` from 1 to 1000000")
        if self.separator == "":
            raise ValueError("`separator` is a text that stands between codes")
        for parts in self.date_parts.values():
            if not 1 <= len(parts) <= 3:
                raise ValueError("`date_parts`: year, then month, then day")
        _check_zone(self.zone)
        _check_encoding(self.encoding)

    @property
    def written(self) -> Form:
        """The form as configured, or by the path's ending."""
        return self.form or Form(self.path.rpartition(".")[2].lower())

    @property
    def parts(self) -> frozenset[str]:
        """The columns that hold a part of a date."""
        return frozenset(column for parts in self.date_parts.values() for column in parts)


def read_options(settings: SourceSettings) -> TabularOptions:
    """The options of one source, tags written in one way; raises `Unconfigured`."""
    try:
        options = msgspec.convert(dict(settings.options), TabularOptions)
        options = hxl.completed(options, FOREIGN[options.kind]) if options.hxl else options
    except (msgspec.ValidationError, ValueError) as error:
        raise Unconfigured(f"`options` of `{settings.name}`: {error}") from error
    filled = set(options.fields.values())
    if Target.KEY not in filled and not options.key_columns:
        raise Unconfigured("`options.fields`: a column has to fill `key`, or `key_columns` to make one")
    if Target.SHARED not in filled and options.shared_at is None:
        raise Unconfigured(
            "`options.shared_at`: no column fills `shared`: say when the table was shared. It is shown with every "
            "record, so it is never taken from when something happened"
        )
    unmapped = sorted(set(options.date_parts) - set(options.fields))
    if unmapped:
        raise Unconfigured(f"`options.date_parts.{unmapped[0]}`: give it a place in `fields`")
    declared = {*options.fields, *options.attributes, *options.ignored, *options.parts}
    unknown = sorted(set(options.key_columns) - declared)
    if unknown:
        raise Unconfigured(f"`options.key_columns`: `{unknown[0]}` is declared nowhere: add it to `fields` or another")
    if options.shared_at is not None:
        options = msgspec.structs.replace(options, shared_at=options.shared_at.astimezone(UTC))
    return options


def _check_zone(zone: str | None) -> None:
    try:
        if zone is not None:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"`zone`: `{zone}` is no time zone, such as `Africa/Juba`") from error


def _check_encoding(encoding: str) -> None:
    try:
        "a".encode(encoding)
    except LookupError as error:
        raise ValueError(f"`encoding`: `{encoding}` is none, such as `utf-8` or `cp1252`") from error
