"""The six kinds and their types (S4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from strawberry.utils.str_converters import to_camel_case

from gateway.schema.records.alert import SecurityAlert
from gateway.schema.records.documents import LessonLearned, MitigationMeasure, SecurityProcedure, SituationReport
from gateway.schema.records.incident import Incident
from gateway.schema.records.information import SecurityInformation
from gateway.schema.shared import FieldGroupDirective
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind

KIND_TYPES: Final[Mapping[InformationKind, type[SecurityInformation]]] = {
    InformationKind.INCIDENT_REPORT: Incident,
    InformationKind.SITUATION_REPORT: SituationReport,
    InformationKind.SECURITY_ALERT: SecurityAlert,
    InformationKind.SECURITY_PROCEDURE: SecurityProcedure,
    InformationKind.MITIGATION_MEASURE: MitigationMeasure,
    InformationKind.LESSON_LEARNED: LessonLearned,
}


@cache
def fields_by_group(kind: InformationKind) -> Mapping[FieldGroup, list[str]]:
    """The names of the kind's fields by group, as the schema declares them."""
    declared: Any = KIND_TYPES[kind]
    names: dict[FieldGroup, list[str]] = {}
    for field in declared.__strawberry_definition__.fields:
        for directive in field.directives:
            if isinstance(directive, FieldGroupDirective):
                names.setdefault(directive.name, []).append(field.graphql_name or to_camel_case(field.python_name))
    return names
