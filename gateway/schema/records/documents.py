"""What is written to be read: situation reports, procedures, mitigation measures, lessons learned (S4)."""

from __future__ import annotations

from typing import Any

import strawberry

from gateway.schema.records.information import Listed, Node, SecurityInformation, of_kind
from gateway.schema.records.values import Location, Occurrence, Reference
from gateway.schema.shared import shared
from policies.groups import FieldGroup
from policies.vocabulary import IncidentCategory, InformationKind


def _location(root: Listed) -> Location | None:
    view: Any = root.view
    return view.place


@strawberry.federation.type(keys=["id"], description="A report on the situation of an area over a period.")
class SituationReport(SecurityInformation, Node):
    """Situation report."""

    period: Occurrence | None = shared(FieldGroup.WHEN, "The period it speaks of.")
    themes: list[str] = shared(FieldGroup.WHAT, "What it is about, in the source's words.")
    narrative: str | None = shared(FieldGroup.NARRATIVE, "Its text.")
    location: Location | None = shared(FieldGroup.WHERE, "The area it speaks of.", _location)
    cited_sources: list[str] = shared(FieldGroup.ORIGIN, "What it cites.")
    references: list[Reference] = shared(FieldGroup.REFERENCES, "Pointers to something outside.")

    is_type_of = of_kind(InformationKind.SITUATION_REPORT)


@strawberry.federation.type(keys=["id"], description="A procedure that staff are to follow.")
class SecurityProcedure(SecurityInformation, Node):
    """Security procedure."""

    subject: str | None = shared(FieldGroup.WHAT, "What it is about.")
    valid: Occurrence | None = shared(FieldGroup.WHEN, "When it holds.")
    text: str | None = shared(FieldGroup.NARRATIVE, "What to do.")
    location: Location | None = shared(FieldGroup.WHERE, "Where it holds.", _location)
    references: list[Reference] = shared(FieldGroup.REFERENCES, "Pointers to something outside.")

    is_type_of = of_kind(InformationKind.SECURITY_PROCEDURE)


@strawberry.federation.type(keys=["id"], description="A mitigation or emergency measure.")
class MitigationMeasure(SecurityInformation, Node):
    """Mitigation measure."""

    against: list[IncidentCategory] = shared(FieldGroup.WHAT, "What it is to mitigate.")
    valid: Occurrence | None = shared(FieldGroup.WHEN, "When it holds.")
    measure: str | None = shared(FieldGroup.RESPONSE, "The measure.")
    plans: str | None = shared(FieldGroup.PLANS, "What is planned.")
    location: Location | None = shared(FieldGroup.WHERE, "Where it holds.", _location)
    references: list[Reference] = shared(FieldGroup.REFERENCES, "Pointers to something outside.")

    is_type_of = of_kind(InformationKind.MITIGATION_MEASURE)


@strawberry.federation.type(keys=["id"], description="What an organization learned and lets others learn from.")
class LessonLearned(SecurityInformation, Node):
    """Lesson learned."""

    about: list[IncidentCategory] = shared(FieldGroup.WHAT, "What it was learned from.")
    lesson: str | None = shared(FieldGroup.NARRATIVE, "The lesson.")
    recommendation: str | None = shared(FieldGroup.RESPONSE, "What is recommended.")
    location: Location | None = shared(FieldGroup.WHERE, "Where it was learned.", _location)
    references: list[Reference] = shared(FieldGroup.REFERENCES, "Pointers to something outside.")

    is_type_of = of_kind(InformationKind.LESSON_LEARNED)
