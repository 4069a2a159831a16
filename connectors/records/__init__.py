"""The record types that every source is normalised to: one module a kind of S4, each field with its field group."""

from connectors.records.alert import SecurityAlert
from connectors.records.base import Attribute, Record, RecordRef, Reference, Source, SourceCode
from connectors.records.incident import Actor, Incident, Person
from connectors.records.lesson import LessonLearned
from connectors.records.measure import MitigationMeasure
from connectors.records.procedure import SecurityProcedure
from connectors.records.situation import SituationReport
from policies.vocabulary import InformationKind

RECORD_TYPES: dict[InformationKind, type[Record]] = {
    InformationKind.INCIDENT_REPORT: Incident,
    InformationKind.SITUATION_REPORT: SituationReport,
    InformationKind.SECURITY_ALERT: SecurityAlert,
    InformationKind.SECURITY_PROCEDURE: SecurityProcedure,
    InformationKind.MITIGATION_MEASURE: MitigationMeasure,
    InformationKind.LESSON_LEARNED: LessonLearned,
}

__all__ = [
    "RECORD_TYPES",
    "Actor",
    "Attribute",
    "Incident",
    "LessonLearned",
    "MitigationMeasure",
    "Person",
    "Record",
    "RecordRef",
    "Reference",
    "SecurityAlert",
    "SecurityProcedure",
    "SituationReport",
    "Source",
    "SourceCode",
]
