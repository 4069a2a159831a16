"""From a row and its identity to a record with its marking."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.field_map.answers import Answers
from connectors.field_map.marking import RowMarkings
from connectors.field_map.options import FieldMap
from connectors.field_map.targets import Target
from connectors.formats.faults import Faults
from connectors.records import Incident, Record, RecordRef, SecurityAlert, Source
from policies.groups import FieldGroup
from policies.values import Moment, Party
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Certainty,
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    RecordStatus,
    ReportStage,
    Severity,
    SourceReliability,
    Urgency,
    Verification,
)

Word = TypeVar("Word", bound=Enum)


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
        self._fields = fields
        self._markings = RowMarkings(fields, settings.marking, settings.originators)
        self._source = Source(settings.name, connector)

    def record(self, kind: InformationKind, identity: Identity, answers: Answers) -> Record:
        """The row as a record of `kind`; raises `Quarantined` where its marking can't be read."""
        reading = _Reading(answers)
        return (
            self._alert(identity, reading)
            if kind is InformationKind.SECURITY_ALERT
            else self._incident(identity, reading)
        )

    def _incident(self, identity: Identity, reading: _Reading) -> Incident:
        answers, faults = reading.answers, reading.faults
        options = self._fields.options
        place = faults.read(FieldGroup.WHERE, answers.place)
        code = reading.code(Target.CATEGORY, FieldGroup.WHAT)
        category = None if code is None else self._fields.word_of(Target.CATEGORY, code)
        marking = self._markings.of(answers, place, code, category)
        persons = faults.read(FieldGroup.PERSONS, answers.persons) if options.persons else None
        return Incident(
            ref=RecordRef(self._source.name, InformationKind.INCIDENT_REPORT, identity.native),
            marking=marking,
            version=identity.version,
            status=identity.status,
            stage=identity.stage,
            verification=identity.verification,
            shared_at=identity.shared_at,
            originator=self._originator(reading, marking.originator),
            source=self._source,
            category=category if isinstance(category, IncidentCategory) else None,
            source_category=None if code is None else faults.read(FieldGroup.WHAT, answers.source_category),
            impact=reading.word(Target.IMPACT, FieldGroup.WHAT, Impact),
            credibility=reading.word(Target.CREDIBILITY, FieldGroup.WHAT, InformationCredibility),
            reliability=reading.word(Target.RELIABILITY, FieldGroup.ORIGIN, SourceReliability),
            cited_sources=reading.several(Target.CITED_SOURCE, FieldGroup.ORIGIN),
            occurred=reading.moment(Target.OCCURRED),
            reported_at=reading.moment(Target.REPORTED),
            place=place,
            affected=faults.read(FieldGroup.AFFECTED, answers.affected),
            persons=persons or (),
            actor=faults.read(FieldGroup.ACTOR, answers.actor),
            title=reading.text(Target.TITLE, FieldGroup.NARRATIVE),
            summary=reading.text(Target.SUMMARY, FieldGroup.NARRATIVE),
            narrative=reading.text(Target.NARRATIVE, FieldGroup.NARRATIVE),
            language=options.language,
            response=reading.text(Target.RESPONSE, FieldGroup.RESPONSE),
            plans=reading.text(Target.PLANS, FieldGroup.PLANS),
            attributes=answers.attributes(),
            faults=faults.groups,
        )

    def _alert(self, identity: Identity, reading: _Reading) -> SecurityAlert:
        answers, faults = reading.answers, reading.faults
        place = faults.read(FieldGroup.WHERE, answers.place)
        marking = self._markings.of(answers, place, None, None)
        return SecurityAlert(
            ref=RecordRef(self._source.name, InformationKind.SECURITY_ALERT, identity.native),
            marking=marking,
            version=identity.version,
            status=identity.status,
            stage=identity.stage,
            verification=identity.verification,
            shared_at=identity.shared_at,
            originator=self._originator(reading, marking.originator),
            source=self._source,
            msg_type=reading.word(Target.MESSAGE_TYPE, FieldGroup.WHAT, AlertMessageType),
            categories=faults.read(FieldGroup.WHAT, lambda: answers.words(Target.ALERT_CATEGORY, AlertCategory)) or (),
            event=reading.text(Target.EVENT, FieldGroup.WHAT),
            urgency=reading.word(Target.URGENCY, FieldGroup.WHAT, Urgency),
            severity=reading.word(Target.SEVERITY, FieldGroup.WHAT, Severity),
            certainty=reading.word(Target.CERTAINTY, FieldGroup.WHAT, Certainty),
            effective=reading.moment(Target.EFFECTIVE),
            onset=reading.moment(Target.ONSET),
            expires=reading.moment(Target.EXPIRES),
            reported_at=reading.moment(Target.REPORTED),
            place=place,
            title=reading.text(Target.TITLE, FieldGroup.NARRATIVE),
            summary=reading.text(Target.SUMMARY, FieldGroup.NARRATIVE),
            narrative=reading.text(Target.NARRATIVE, FieldGroup.NARRATIVE),
            area_description=reading.text(Target.AREA_DESCRIPTION, FieldGroup.NARRATIVE),
            language=self._fields.options.language,
            instruction=reading.text(Target.INSTRUCTION, FieldGroup.RESPONSE),
            sender=reading.text(Target.SENDER, FieldGroup.ORIGIN),
            attributes=answers.attributes(),
            faults=faults.groups,
        )

    def _originator(self, reading: _Reading, organization: str) -> Party:
        name = reading.text(Target.ORIGINATOR_NAME, FieldGroup.ORIGIN)
        return Party(type=self._fields.options.organization_type, id=organization, name=name)


class _Reading:
    """One row's answers, each read for its field group."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.faults = Faults()

    def code(self, target: Target, group: FieldGroup) -> str | None:
        return self.faults.read(group, lambda: self.answers.code(target))

    def text(self, target: Target, group: FieldGroup) -> str | None:
        return self.faults.read(group, lambda: self.answers.text(target))

    def several(self, target: Target, group: FieldGroup) -> tuple[str, ...]:
        return tuple(self.faults.read(group, lambda: self.answers.codes(target)) or ())

    def word(self, target: Target, group: FieldGroup, vocabulary: type[Word]) -> Word | None:
        return self.faults.read(group, lambda: self.answers.word(target, vocabulary))

    def moment(self, target: Target) -> Moment | None:
        return self.faults.read(FieldGroup.WHEN, lambda: self.answers.moment(target))
