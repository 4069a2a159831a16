"""Security alerts, with CAP 1.2's names."""

from __future__ import annotations

from typing import Any

import strawberry

from gateway.schema.records.information import Listed, Node, SecurityInformation, of_kind
from gateway.schema.records.values import Location, Occurrence, Reference
from gateway.schema.shared import shared
from policies.groups import FieldGroup
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Certainty,
    InformationKind,
    Severity,
    Urgency,
)


def _location(root: Listed) -> Location | None:
    view: Any = root.view
    return view.place


def _headline(root: Listed) -> str | None:
    view: Any = root.view
    return view.title


def _description(root: Listed) -> str | None:
    view: Any = root.view
    return view.narrative


def _sent(root: Listed) -> Occurrence | None:
    view: Any = root.view
    return view.reported_at


@strawberry.federation.type(keys=["id"], description="A security alert, with the names of CAP 1.2.")
class SecurityAlert(SecurityInformation, Node):
    """Security alert."""

    msg_type: AlertMessageType | None = shared(FieldGroup.WHAT, "CAP msgType.")
    categories: list[AlertCategory] = shared(FieldGroup.WHAT, "CAP category.")
    event: str | None = shared(FieldGroup.WHAT, "CAP event: what the alert is about.")
    urgency: Urgency | None = shared(FieldGroup.WHAT, "CAP urgency.")
    severity: Severity | None = shared(FieldGroup.WHAT, "CAP severity.")
    certainty: Certainty | None = shared(FieldGroup.WHAT, "CAP certainty.")
    sent: Occurrence | None = shared(FieldGroup.WHEN, "CAP sent.", _sent)
    effective: Occurrence | None = shared(FieldGroup.WHEN, "CAP effective.")
    onset: Occurrence | None = shared(FieldGroup.WHEN, "CAP onset.")
    expires: Occurrence | None = shared(FieldGroup.WHEN, "CAP expires.")
    location: Location | None = shared(FieldGroup.WHERE, "The area the alert is for.", _location)
    area_description: str | None = shared(FieldGroup.NARRATIVE, "CAP areaDesc.")
    headline: str | None = shared(FieldGroup.NARRATIVE, "CAP headline.", _headline)
    description: str | None = shared(FieldGroup.NARRATIVE, "CAP description.", _description)
    instruction: str | None = shared(FieldGroup.RESPONSE, "CAP instruction: what to do.")
    sender: str | None = shared(FieldGroup.ORIGIN, "CAP sender.")
    references: list[Reference] = shared(FieldGroup.REFERENCES, "CAP references, and other pointers.")

    is_type_of = of_kind(InformationKind.SECURITY_ALERT)
