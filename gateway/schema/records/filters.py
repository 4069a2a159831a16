"""Filters of incidents and of alerts, and the order of incidents."""

from __future__ import annotations

import strawberry

from gateway.federation.operation import ListOrder
from gateway.schema.enums import OrderDirection
from gateway.schema.records.filtering import (
    ACTUAL_ONLY,
    AttributeFilter,
    ImpactFilter,
    TimeFilter,
    among,
    area,
    attributes,
    impact,
    status_of,
    text,
    time,
    upper,
)
from policies.condition import All, Condition, Field, Not
from policies.condition import Any as AnyOf
from policies.vocabulary import (
    AlertMessageType,
    Certainty,
    IncidentCategory,
    RecordStatus,
    ReportStage,
    Severity,
    Urgency,
    Verification,
)


@strawberry.input(description="Which incidents: every part given must hold on what the requester sees.")
class IncidentFilter:
    """A filter of incidents."""

    country: list[str] | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3 codes.")
    area: list[str] | None = strawberry.field(default=None, description="P-codes of admin-1 or admin-2 areas.")
    occurred: TimeFilter | None = strawberry.field(default=None, description="When it happened.")
    reported: TimeFilter | None = strawberry.field(default=None, description="When it was reported.")
    shared: TimeFilter | None = strawberry.field(default=None, description="When it was shared.")
    category: list[IncidentCategory] | None = strawberry.field(default=None, description="Any of these categories.")
    impact: ImpactFilter | None = strawberry.field(default=None, description="How grave.")
    status: list[RecordStatus] | None = strawberry.field(
        default_factory=lambda: list(ACTUAL_ONLY), description="Any of these statuses."
    )
    stage: list[ReportStage] | None = strawberry.field(default=None, description="Any of these stages.")
    verification: list[Verification] | None = strawberry.field(default=None, description="Any of these.")
    originator: list[strawberry.ID] | None = strawberry.field(default=None, description="Any of these organizations.")
    source: list[str] | None = strawberry.field(default=None, description="Any of these sources, by name.")
    text: str | None = strawberry.field(default=None, description="Words in title, summary or narrative.")
    language: list[str] | None = strawberry.field(default=None, description="Any of these languages (BCP 47).")
    attributes: list[AttributeFilter] | None = strawberry.field(default=None, description="All of these.")
    and_: list[IncidentFilter] | None = strawberry.field(name="and", default=None, description="All of these hold.")
    or_: list[IncidentFilter] | None = strawberry.field(name="or", default=None, description="One of these holds.")
    not_: IncidentFilter | None = strawberry.field(name="not", default=None, description="This is known not to hold.")

    def condition(self, at: float, nesting: int = 0) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        status = status_of(self.status, nesting)
        parts: list[Condition] = [
            *among(Field.COUNTRY, upper(self.country)),
            *area(self.area),
            *time(Field.OCCURRED, self.occurred, at),
            *time(Field.REPORTED, self.reported, at),
            *time(Field.SHARED, self.shared, at),
            *among(Field.CATEGORY, self.category),
            *impact(self.impact),
            *among(Field.STATUS, status),
            *among(Field.STAGE, self.stage),
            *among(Field.VERIFICATION, self.verification),
            *among(Field.ORIGINATOR, None if self.originator is None else [str(item) for item in self.originator]),
            *among(Field.SOURCE, self.source),
            *text(self.text, Field.NARRATIVE),
            *among(Field.LANGUAGE, self.language),
            *attributes(self.attributes),
            *(item.condition(at, nesting + 1) for item in self.and_ or ()),
        ]
        if self.or_ is not None:
            parts.append(AnyOf(tuple(item.condition(at, nesting + 1) for item in self.or_)))
        if self.not_ is not None:
            parts.append(Not(self.not_.condition(at, nesting + 1)))
        return All(tuple(parts))


@strawberry.input(description="Which alerts: every part given must hold on what the requester sees.")
class AlertFilter:
    """A filter of alerts."""

    country: list[str] | None = strawberry.field(default=None, description="ISO 3166-1 alpha-3 codes.")
    area: list[str] | None = strawberry.field(default=None, description="P-codes of admin-1 or admin-2 areas.")
    sent: TimeFilter | None = strawberry.field(default=None, description="When it was sent.")
    shared: TimeFilter | None = strawberry.field(default=None, description="When it was shared.")
    onset: TimeFilter | None = strawberry.field(default=None, description="When its event begins.")
    expires: TimeFilter | None = strawberry.field(default=None, description="When it expires.")
    status: list[RecordStatus] | None = strawberry.field(
        default_factory=lambda: list(ACTUAL_ONLY), description="Any of these statuses."
    )
    msg_type: list[AlertMessageType] | None = strawberry.field(default=None, description="Any of these.")
    urgency: list[Urgency] | None = strawberry.field(default=None, description="Any of these.")
    severity: list[Severity] | None = strawberry.field(default=None, description="Any of these.")
    certainty: list[Certainty] | None = strawberry.field(default=None, description="Any of these.")
    source: list[str] | None = strawberry.field(default=None, description="Any of these sources, by name.")
    text: str | None = strawberry.field(default=None, description="Words in headline, summary or description.")

    def condition(self, at: float) -> Condition:
        """The filter as a condition at `at`, seconds since the epoch; raises `BadInput`."""
        return All(
            (
                *among(Field.COUNTRY, upper(self.country)),
                *area(self.area),
                *time(Field.REPORTED, self.sent, at),
                *time(Field.SHARED, self.shared, at),
                *time(Field.ONSET, self.onset, at),
                *time(Field.EXPIRES, self.expires, at),
                *among(Field.STATUS, self.status),
                *among(Field.MESSAGE_TYPE, self.msg_type),
                *among(Field.URGENCY, self.urgency),
                *among(Field.SEVERITY, self.severity),
                *among(Field.CERTAINTY, self.certainty),
                *among(Field.SOURCE, self.source),
                *text(self.text, Field.NARRATIVE),
            )
        )


@strawberry.input(description="Order of a list of incidents; records that show nothing to order by come last.")
class IncidentOrder:
    """An order of incidents."""

    field: ListOrder = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which end comes first.")
