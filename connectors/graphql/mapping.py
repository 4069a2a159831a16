"""From one node of a connection to a record with its marking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import UNREADABLE, Reader, Row, Unreadable
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.targets import Target
from connectors.formats.faults import native_key
from connectors.graphql.document import Document
from connectors.graphql.wire import Node
from connectors.records import Record
from policies.vocabulary import InformationKind, RecordStatus, ReportStage, Verification

Value = TypeVar("Value")

_DIGEST_BYTES: Final = 16


class NodeMapping:
    """The mapping of one kind's nodes."""

    def __init__(self, settings: SourceSettings, kind: InformationKind, fields: FieldMap, document: Document) -> None:
        self._kind = kind
        self._readers = readers = fields.readers()
        self._level = _level([(leaf, tuple(leaf.split("."))) for leaf in sorted(document.leaves)], document.optional)
        self._records = RowRecords(settings, "graphql", fields)
        self._key = fields.paths(Target.KEY)[0]
        self._version, self._shared = readers.code(Target.VERSION), readers.code(Target.SHARED)
        self._status = readers.word(Target.STATUS)
        self._stage = readers.word(Target.STAGE)
        self._verification = readers.word(Target.VERIFICATION)

    def record(self, node: Node | None) -> Record:
        """The node as a record; raises `Quarantined` where identity, state or marking can't be read."""
        if node is None:
            raise Quarantined("null in place of a node: the platform could not give it")
        row: dict[str, Any] = {}
        _flatten(node, self._level, row)
        identity = Identity(
            native=native_key(row.get(self._key), self._key),
            version=self._read(self._version, row, Target.VERSION) or _digest(node),
            shared_at=self._shared_at(row),
            status=self._read(self._status, row, Target.STATUS) or RecordStatus.ACTUAL,
            stage=self._read(self._stage, row, Target.STAGE) or ReportStage.INITIAL,
            verification=self._read(self._verification, row, Target.VERIFICATION) or Verification.UNVERIFIED,
        )
        return self._records.record(self._kind, identity, row, self._readers)

    def key(self, node: Node | None) -> object:
        """The node's own key, as the platform gives it."""
        return None if node is None else _value(node, self._key.split("."))

    def _read(self, reader: Reader[Value], row: Row, target: Target) -> Value | None:
        try:
            return reader(row)
        except ValueError as error:
            raise Quarantined(f"`{target.value}` is no single value, or no word that `options.values` knows") from error

    def _shared_at(self, row: Row) -> datetime:
        try:
            moment = datetime.fromisoformat(self._shared(row) or "")
            if moment.tzinfo is None:
                raise ValueError("no offset")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Quarantined("the time of sharing is missing, or no time with its offset") from error


class _Level(NamedTuple):
    """What is selected of one object: leaves and objects by their keys, and all leaves beneath with their paths.

    What an answer leaves out though it was selected can't be read, unless the selection depends on a type or directive:
    `absent` holds the leaves of the first sort, and so does each leaf beside its key.
    """

    leaves: Sequence[tuple[str, str, Unreadable | None]]
    objects: Sequence[tuple[str, _Level]]
    beneath: Sequence[tuple[str, tuple[str, ...]]]
    absent: Mapping[str, Unreadable]


def _level(beneath: Sequence[tuple[str, tuple[str, ...]]], optional: frozenset[str]) -> _Level:
    inside: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for leaf, path in beneath:
        if len(path) > 1:
            inside.setdefault(path[0], []).append((leaf, path[1:]))
    absent = {leaf: UNREADABLE for leaf, _ in beneath if leaf not in optional}
    return _Level(
        leaves=[(leaf, path[0], absent.get(leaf)) for leaf, path in beneath if len(path) == 1],
        objects=[(key, _level(deeper, optional)) for key, deeper in inside.items()],
        beneath=beneath,
        absent=absent,
    )


def _flatten(node: Node, level: _Level, row: dict[str, Any]) -> None:
    """Puts the leaves of `node` into `row`, by their paths."""
    for leaf, key, absent in level.leaves:
        row[leaf] = node.get(key, absent)
    for key, deeper in level.objects:
        inside = node.get(key)
        if inside.__class__ is dict:
            _flatten(inside, deeper, row)
        elif inside is not None:
            for leaf, path in deeper.beneath:
                row[leaf] = _value(inside, path)
        elif key not in node:
            row.update(deeper.absent)


def _value(value: object, path: Sequence[str]) -> object:
    """What stands at `path`; beneath a list, the list of what stands in its items. None beneath null."""
    for place, key in enumerate(path):
        if isinstance(value, list):
            found = [_value(item, path[place:]) for item in value]
            return [item for item in found if item is not None]
        if value is None:
            return None
        if not isinstance(value, dict):
            return UNREADABLE
        value = value.get(key)
    return value


def _digest(node: Node) -> str:
    """A version of a node that tells none: of all that was selected."""
    encoded = msgspec.json.encode(node, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).hexdigest()
