"""From one node of a connection to a record with its marking."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Row
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.states import states
from connectors.field_map.targets import Target
from connectors.formats.faults import native_key
from connectors.graphql.document import Document
from connectors.graphql.node import Node, Selection
from connectors.records import Record
from policies.vocabulary import InformationKind

_DIGEST_BYTES: Final = 16


class NodeMapping:
    """The mapping of one kind's nodes. `node_type`: into what a node is decoded."""

    def __init__(self, settings: SourceSettings, kind: InformationKind, fields: FieldMap, document: Document) -> None:
        self._kind = kind
        self._selection = Selection(document.leaves, document.optional)
        self.node_type = self._selection.type
        self._readers = readers = fields.readers(layout=self._selection.paths)
        self._records = RowRecords(settings, "graphql", fields)
        self._path, self._key = fields.paths(Target.KEY)[0], readers.place(fields.paths(Target.KEY)[0])
        self._version, self._shared = readers.code(Target.VERSION), readers.code(Target.SHARED)
        self._states = states(readers)

    def record(self, node: Node | None) -> Record:
        """The node as a record; raises `Quarantined` where identity, state or marking can't be read."""
        if node is None:
            raise Quarantined("null in place of a node: the platform could not give it")
        row = self._selection.row(node)
        native = native_key(row[self._key], self._path)
        version, shared_at = self._told_version(row) or _digest(node), self._shared_at(row)
        status, stage, verification = self._states(row)
        identity = Identity(
            native=native,
            version=version,
            shared_at=shared_at,
            status=status,
            stage=stage,
            verification=verification,
        )
        return self._records.record(self._kind, identity, row, self._readers)

    def key(self, node: Node | None) -> object:
        """The node's own key, as the platform gives it."""
        return None if node is None else self._selection.row(node)[self._key]

    def _told_version(self, row: Row) -> str | None:
        try:
            return self._version(row)
        except ValueError as error:
            raise Quarantined("`version` is no single value") from error

    def _shared_at(self, row: Row) -> datetime:
        try:
            moment = datetime.fromisoformat(self._shared(row) or "")
            if moment.tzinfo is None:
                raise ValueError("no offset")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Quarantined("the time of sharing is missing, or no time with its offset") from error


def _digest(node: Node) -> str:
    """A version of a node that tells none: of all that was selected."""
    encoded = msgspec.json.encode(node, order="sorted")
    return hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).hexdigest()
