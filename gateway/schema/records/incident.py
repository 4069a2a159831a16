"""Incident reports."""

from __future__ import annotations

from typing import Any

import strawberry

from gateway.schema.records.information import Listed, Node, SecurityInformation, of_kind
from gateway.schema.records.values import Actor, Affected, Location, Occurrence, Person, Reference, SourceCode
from gateway.schema.shared import shared
from policies.groups import FieldGroup
from policies.vocabulary import (
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    SourceReliability,
)


def _location(root: Listed) -> Location | None:
    view: Any = root.view
    return view.place


@strawberry.federation.type(keys=["id"], description="An incident report.")
class Incident(SecurityInformation, Node):
    """Incident."""

    category: IncidentCategory | None = shared(FieldGroup.WHAT, "What happened.")
    source_category: SourceCode | None = shared(FieldGroup.WHAT, "The platform's own code for it, verbatim.")
    impact: Impact | None = shared(FieldGroup.WHAT, "How grave the consequences were.")
    occurred: Occurrence | None = shared(FieldGroup.WHEN, "When it happened.")
    location: Location | None = shared(FieldGroup.WHERE, "Where it happened.", _location)
    narrative: str | None = shared(FieldGroup.NARRATIVE, "What happened, in the originator's words.")
    affected: Affected | None = shared(FieldGroup.AFFECTED, "Whom it touched.")
    persons: list[Person] = shared(FieldGroup.PERSONS, "Persons named.")
    actor: Actor | None = shared(FieldGroup.ACTOR, "Who is said to have done it.")
    response: str | None = shared(FieldGroup.RESPONSE, "What was done about it.")
    plans: str | None = shared(FieldGroup.PLANS, "What is planned.")
    reliability: SourceReliability | None = shared(FieldGroup.ORIGIN, "How far the source can be relied on.")
    credibility: InformationCredibility | None = shared(FieldGroup.WHAT, "How credible the information is.")
    cited_sources: list[str] = shared(FieldGroup.ORIGIN, "What the report cites.")
    references: list[Reference] = shared(FieldGroup.REFERENCES, "Pointers to something outside.")

    is_type_of = of_kind(InformationKind.INCIDENT_REPORT)
