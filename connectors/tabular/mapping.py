"""From one row of a table to a record with its marking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Described, Reader, Readers, Row
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.targets import Target
from connectors.formats.faults import native_key
from connectors.records import Record
from connectors.tabular.options import TabularOptions
from policies.vocabulary import RecordStatus, ReportStage, Verification

_KEY_BYTES: Final = 16
_VERSION_BYTES: Final = 12
_DAY_LENGTH: Final = len("2026-01-31")

Word = TypeVar("Word", bound=Enum)


class RowMapping:
    """The mapping of the rows of one table. `described`: titles of its columns."""

    def __init__(
        self,
        settings: SourceSettings,
        options: TabularOptions,
        fields: FieldMap,
        described: Mapping[str, Described],
    ) -> None:
        self._options = options
        self._readers: Readers = fields.readers(described, options.separator)
        self._records = RowRecords(settings, "tabular", fields)
        self._key = self._readers.code(Target.KEY)
        self._version = self._readers.code(Target.VERSION)
        self._shared = self._readers.code(Target.SHARED)
        self._states: dict[Target, Reader[Any]] = {
            target: self._readers.word(target) for target in (Target.STATUS, Target.STAGE, Target.VERIFICATION)
        }

    def key(self, cells: Mapping[str, str]) -> str:
        """The row's own key, or a digest of its `key_columns`; raises `Quarantined` where it has neither."""
        told = self._key(self._readers.row(cells))
        if told is not None:
            return native_key(told, "key")
        values = [cells.get(column) for column in self._options.key_columns]
        if not any(values):
            raise Quarantined("the row has no key, and no `key_columns` that make one")
        return _digest(values, _KEY_BYTES)

    def record(self, native: str, cells: Mapping[str, str]) -> Record:
        """The row as a record; raises `Quarantined` where its state, order or marking can't be read."""
        row = self._readers.row(cells)
        identity = Identity(
            native=native,
            version=self._version(row) or _digest(sorted(cells.items()), _VERSION_BYTES),
            shared_at=self._shared_at(row),
            status=self._state(row, Target.STATUS, RecordStatus.ACTUAL),
            stage=self._state(row, Target.STAGE, ReportStage.INITIAL),
            verification=self._state(row, Target.VERIFICATION, Verification.UNVERIFIED),
        )
        return self._records.record(self._options.kind, identity, row, self._readers)

    def _shared_at(self, row: Row) -> datetime:
        told = self._shared(row)
        if told is None and self._options.shared_at is not None:
            return self._options.shared_at
        try:
            moment = datetime.fromisoformat(told or "")
            if moment.tzinfo is None and len(told or "") != _DAY_LENGTH:
                raise ValueError("no offset")
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Quarantined("the time of sharing is missing, or no day and no time with its offset") from error

    def _state(self, row: Row, target: Target, otherwise: Word) -> Word:
        try:
            word: Word | None = self._states[target](row)
        except ValueError as error:
            raise Quarantined(f"`{target.value}` is no word that `options.values` knows") from error
        return otherwise if word is None else word


def _digest(values: object, size: int) -> str:
    return hashlib.blake2b(msgspec.json.encode(values), digest_size=size).hexdigest()
