"""The six kinds and their types (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.schema.records.alert import SecurityAlert
from gateway.schema.records.documents import LessonLearned, MitigationMeasure, SecurityProcedure, SituationReport
from gateway.schema.records.incident import Incident
from gateway.schema.records.information import SecurityInformation
from policies.vocabulary import InformationKind

KIND_TYPES: Final[Mapping[InformationKind, type[SecurityInformation]]] = {
    InformationKind.INCIDENT_REPORT: Incident,
    InformationKind.SITUATION_REPORT: SituationReport,
    InformationKind.SECURITY_ALERT: SecurityAlert,
    InformationKind.SECURITY_PROCEDURE: SecurityProcedure,
    InformationKind.MITIGATION_MEASURE: MitigationMeasure,
    InformationKind.LESSON_LEARNED: LessonLearned,
}
