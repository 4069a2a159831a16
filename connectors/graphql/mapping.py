"""From one node of a connection to a record with its marking."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.answers import Answers, Row
from connectors.field_map.options import FieldMap
from connectors.field_map.records import Identity, RowRecords
from connectors.field_map.targets import Target
from connectors.formats.faults import native_key
from connectors.graphql.document import Document
from connectors.records import Record
from policies.vocabulary import InformationKind, RecordStatus, ReportStage, Verification

Word = TypeVar("Word", bound=Enum)

_DIGEST_BYTES: Final = 16


class NodeMapping:
    """The mapping of one kind's nodes."""

    def __init__(self, settings: SourceSettings, kind: InformationKind, fields: FieldMap, document: Document) -> None:
        self._kind = kind
        self._fields = fields
        self._paths = [(leaf, tuple(leaf.split("."))) for leaf in sorted(document.leaves)]
        self._records = RowRecords(settings, "graphql", fields)

    def record(self, node: dict[str, Any] | None) -> Record:
        """The node as a record; raises `Quarantined` where identity, state or marking can't be read."""
        if node is None:
            raise Quarantined("null in place of a node: the platform could not give it")
        answers = Answers(self._row(node), self._fields)
        identity = Identity(
            native=native_key(self.key(node), self._fields.paths(Target.KEY)[0]),
            version=_version(answers, node),
            shared_at=_shared(answers),
            status=_state(answers, Target.STATUS, RecordStatus) or RecordStatus.ACTUAL,
            stage=_state(answers, Target.STAGE, ReportStage) or ReportStage.INITIAL,
            verification=_state(answers, Target.VERIFICATION, Verification) or Verification.UNVERIFIED,
        )
        return self._records.record(self._kind, identity, answers)

    def key(self, node: dict[str, Any] | None) -> object:
        """The node's own key, as the platform gives it."""
        return None if node is None else _value(node, self._fields.paths(Target.KEY)[0].split("."))

    def _row(self, node: dict[str, Any]) -> Row:
        return {leaf: _value(node, path) for leaf, path in self._paths}


def _value(value: object, path: Sequence[str]) -> object:
    """What stands at `path`; beneath a list, the list of what stands in its items. None beneath null."""
    for place, key in enumerate(path):
        if isinstance(value, list):
            found = [_value(item, path[place:]) for item in value]
            return [item for item in found if item is not None]
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Quarantined(f"`{'.'.join(path)}`: a value where an object was selected")
        value = value.get(key)
    return value


def _version(answers: Answers, node: dict[str, Any]) -> str:
    """As the platform tells it; else a digest of all that was selected."""
    try:
        told = answers.code(Target.VERSION)
    except ValueError as error:
        raise Quarantined("the version is no single value") from error
    if told is not None:
        return told
    encoded = msgspec.json.encode(node, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).hexdigest()


def _shared(answers: Answers) -> datetime:
    try:
        moment = datetime.fromisoformat(answers.code(Target.SHARED) or "")
        if moment.tzinfo is None:
            raise ValueError("no offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Quarantined("the time of sharing is missing, or no time with its offset") from error


def _state(answers: Answers, target: Target, vocabulary: type[Word]) -> Word | None:
    try:
        return answers.word(target, vocabulary)
    except ValueError as error:
        raise Quarantined(f"`{target.value}` is no word that `options.values` knows") from error
