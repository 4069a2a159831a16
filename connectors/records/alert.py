"""Security alerts, with CAP 1.2's names."""

from __future__ import annotations

from typing import Annotated

from connectors.records.base import Record
from policies.groups import FieldGroup
from policies.values import Moment
from policies.vocabulary import AlertCategory, AlertMessageType, Certainty, Severity, Urgency


class SecurityAlert(Record, frozen=True, kw_only=True):
    """A security alert (S4). `title` is CAP's headline, `narrative` its description, `reported_at` its `sent`."""

    msg_type: Annotated[AlertMessageType | None, FieldGroup.WHAT] = None
    categories: Annotated[tuple[AlertCategory, ...], FieldGroup.WHAT] = ()
    event: Annotated[str | None, FieldGroup.WHAT] = None
    urgency: Annotated[Urgency | None, FieldGroup.WHAT] = None
    severity: Annotated[Severity | None, FieldGroup.WHAT] = None
    certainty: Annotated[Certainty | None, FieldGroup.WHAT] = None
    effective: Annotated[Moment | None, FieldGroup.WHEN] = None
    onset: Annotated[Moment | None, FieldGroup.WHEN] = None
    expires: Annotated[Moment | None, FieldGroup.WHEN] = None
    narrative: Annotated[str | None, FieldGroup.NARRATIVE] = None
    area_description: Annotated[str | None, FieldGroup.NARRATIVE] = None
    instruction: Annotated[str | None, FieldGroup.RESPONSE] = None
    sender: Annotated[str | None, FieldGroup.ORIGIN] = None
