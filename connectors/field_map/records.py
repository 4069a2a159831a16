"""From a row and its identity to a record with its marking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from connectors.contract import SourceSettings
from connectors.field_map import values
from connectors.field_map.marking import RowMarkings
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import KEPT, Reader, Readers, Row, nothing
from connectors.field_map.targets import Target
from connectors.records import Incident, Record, RecordRef, SecurityAlert, Source, SourceCode
from policies.groups import FieldGroup
from policies.values import Party, Place
from policies.vocabulary import InformationKind, RecordStatus, ReportStage, SpecialCategory, Verification


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector reads of a row itself: its key and state. `shared_at` in UTC."""

    native: str
    version: str
    shared_at: datetime
    status: RecordStatus = RecordStatus.ACTUAL
    stage: ReportStage = ReportStage.INITIAL
    verification: Verification = Verification.UNVERIFIED


class RowRecords:
    """The records of one source."""

    def __init__(self, settings: SourceSettings, connector: str, fields: FieldMap) -> None:
        self._settings = settings
        self._source = Source(settings.name, connector)
        self._language, self._type = fields.options.language, fields.options.organization_type
        self._plan: _Plan | None = None

    def record(self, kind: InformationKind, identity: Identity, row: Row, readers: Readers) -> Record:
        """The row as a record of `kind`; raises `Quarantined` where its marking can't be read."""
        plan = self._plan
        if plan is None or plan.readers is not readers or plan.kind is not kind:
            plan = self._plan = _Plan(kind, readers, self._settings)
        told, faults = plan.told(row)
        place: Place | None = told.get("place")
        country = None if place is None or place.country is None else place.country.iso3
        special = None
        if plan.category_of is not None:
            code: SourceCode | None = told.get("source_category")
            told["category"], special = plan.category_of(None if code is None else code.code)
        marking = plan.markings.of(row, country, special)
        return plan.record_type(
            ref=RecordRef(self._source.name, kind, identity.native),
            marking=marking,
            version=identity.version,
            status=identity.status,
            stage=identity.stage,
            verification=identity.verification,
            shared_at=identity.shared_at,
            originator=Party(self._type, marking.originator, told.pop(_ORIGINATOR_NAME, None)),
            source=self._source,
            language=self._language,
            faults=faults,
            **told,
        )


class _Plan:
    """How rows of one description become records of one kind: only what their field map fills is read."""

    def __init__(self, kind: InformationKind, readers: Readers, settings: SourceSettings) -> None:
        fields = readers.fields
        is_alert = kind is InformationKind.SECURITY_ALERT
        self.kind, self.readers = kind, readers
        self.record_type: type[Record] = SecurityAlert if is_alert else Incident
        self.markings = RowMarkings(readers, settings.marking, settings.originators)
        parts = [(name, group, made(readers)) for name, group, made in (_ALERT if is_alert else _INCIDENT) + _BOTH]
        if fields.options.persons and not is_alert:
            parts.append(("persons", FieldGroup.PERSONS, values.persons(readers)))
        self._parts = [part for part in parts if part[2] is not nothing]
        self._names, self._readers = [part[0] for part in self._parts], [part[2] for part in self._parts]
        self.category_of = lru_cache(KEPT)(_categories(fields)) if fields.paths(Target.CATEGORY) else None

    def told(self, row: Row) -> tuple[dict[str, Any], frozenset[FieldGroup]]:
        """The values of the record's fields, and the groups of those that can't be read."""
        try:
            return dict(zip(self._names, [read(row) for read in self._readers], strict=True)), _NO_FAULTS
        except (ValueError, OverflowError):
            return self._told_by_group(row)

    def _told_by_group(self, row: Row) -> tuple[dict[str, Any], frozenset[FieldGroup]]:
        told: dict[str, Any] = {}
        faults: set[FieldGroup] = set()
        for name, group, read in self._parts:
            try:
                told[name] = read(row)
            except values.UnreadableAttributes as error:
                faults |= error.groups
                told[name] = error.kept
            except (ValueError, OverflowError):
                faults.add(group)
        return told, frozenset(faults)


def _categories(fields: FieldMap) -> Callable[[str | None], tuple[Enum | None, SpecialCategory | None]]:
    """Category and special category of a code (rule 13): what could be one of the sensitive codes counts as one."""

    def read(code: str | None) -> tuple[Enum | None, SpecialCategory | None]:
        category = None if code is None else fields.word_of(Target.CATEGORY, code)
        if code is not None and code in fields.options.special:
            return category, fields.options.special[code]
        return category, SpecialCategory.UNMAPPED_SENSITIVE_CODE if category is None else None

    return read


def _text(target: Target) -> _Made:
    return lambda readers: readers.text(target)


def _word(target: Target) -> _Made:
    return lambda readers: readers.word(target)


def _moment(target: Target) -> _Made:
    return lambda readers: readers.moment(target)


def _listed(read: Reader[tuple[Any, ...]]) -> Reader[tuple[Any, ...]]:
    """Of a list that is not told, the empty one."""
    return read if read is nothing else lambda row: read(row) or ()


_Made: TypeAlias = Callable[[Readers], Reader[Any]]
_NO_FAULTS: Final[frozenset[FieldGroup]] = frozenset()
_ORIGINATOR_NAME: Final = "name of the originator"
# Each field of a record with the group that is withheld where it can't be read, and what makes its reader.
_BOTH: Final[tuple[tuple[str, FieldGroup, _Made], ...]] = (
    ("place", FieldGroup.WHERE, values.place),
    ("reported_at", FieldGroup.WHEN, _moment(Target.REPORTED)),
    ("title", FieldGroup.NARRATIVE, _text(Target.TITLE)),
    ("summary", FieldGroup.NARRATIVE, _text(Target.SUMMARY)),
    ("narrative", FieldGroup.NARRATIVE, _text(Target.NARRATIVE)),
    ("attributes", FieldGroup.ENVELOPE, values.attributes),
    (_ORIGINATOR_NAME, FieldGroup.ORIGIN, _text(Target.ORIGINATOR_NAME)),
)
_INCIDENT: Final[tuple[tuple[str, FieldGroup, _Made], ...]] = (
    ("source_category", FieldGroup.WHAT, values.source_category),
    ("impact", FieldGroup.WHAT, _word(Target.IMPACT)),
    ("credibility", FieldGroup.WHAT, _word(Target.CREDIBILITY)),
    ("reliability", FieldGroup.ORIGIN, _word(Target.RELIABILITY)),
    ("cited_sources", FieldGroup.ORIGIN, lambda readers: _listed(readers.several(Target.CITED_SOURCE, str))),
    ("occurred", FieldGroup.WHEN, _moment(Target.OCCURRED)),
    ("affected", FieldGroup.AFFECTED, values.affected),
    ("actor", FieldGroup.ACTOR, values.actor),
    ("response", FieldGroup.RESPONSE, _text(Target.RESPONSE)),
    ("plans", FieldGroup.PLANS, _text(Target.PLANS)),
)
_ALERT: Final[tuple[tuple[str, FieldGroup, _Made], ...]] = (
    ("msg_type", FieldGroup.WHAT, _word(Target.MESSAGE_TYPE)),
    ("categories", FieldGroup.WHAT, lambda readers: _listed(readers.words(Target.ALERT_CATEGORY))),
    ("event", FieldGroup.WHAT, _text(Target.EVENT)),
    ("urgency", FieldGroup.WHAT, _word(Target.URGENCY)),
    ("severity", FieldGroup.WHAT, _word(Target.SEVERITY)),
    ("certainty", FieldGroup.WHAT, _word(Target.CERTAINTY)),
    ("effective", FieldGroup.WHEN, _moment(Target.EFFECTIVE)),
    ("onset", FieldGroup.WHEN, _moment(Target.ONSET)),
    ("expires", FieldGroup.WHEN, _moment(Target.EXPIRES)),
    ("area_description", FieldGroup.NARRATIVE, _text(Target.AREA_DESCRIPTION)),
    ("instruction", FieldGroup.RESPONSE, _text(Target.INSTRUCTION)),
    ("sender", FieldGroup.ORIGIN, _text(Target.SENDER)),
)
