"""The schema's types of imminent risk and emergencies."""

from __future__ import annotations

from datetime import datetime

import strawberry

from gateway.schema.enums import EmergencyState
from gateway.schema.payload import UserError
from gateway.schema.shared import plain


@strawberry.type(description="A declaration of imminent risk (S7).")
class ImminentRisk:
    """A declaration."""

    id: strawberry.ID = plain("Its id, to end it.")
    record: strawberry.ID = plain("The record it opens.")
    areas: list[str] = plain("The areas whose partners it reaches (ISO 3166-1 alpha-3).")
    reason: str = plain("Why.")
    until: datetime = plain("Until when (UTC).")
    ended_at: datetime | None = plain("When it was ended early (UTC).")


@strawberry.input(description="What is declared.")
class DeclareImminentRiskInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="A record of yours, or, for DSS, one that is listed for it.")
    areas: list[str] | None = strawberry.field(
        default=None, description="Which of the record's areas (ISO 3166-1 alpha-3); all unless said."
    )
    reason: str = strawberry.field(description="Why; the originator reads it.")
    until: datetime = strawberry.field(description="Until when, with its offset.")
    advice: str | None = strawberry.field(
        default=None,
        description="What is advised, in words that name no person, place, time, actor, organization or source: shown "
        "in place of the record's own text where that can't be.",
    )
    text_is_clean: bool = strawberry.field(
        default=False, description="The originator's word that the record's own advice names none of these."
    )


@strawberry.type(description="What came of it.")
class DeclareImminentRiskPayload:
    """Payload."""

    declaration: ImminentRisk | None = plain("The declaration.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.input(description="A declaration to end before its time.")
class EndImminentRiskInput:
    """Input."""

    declaration: strawberry.ID = strawberry.field(description="A declaration of your organization.")


@strawberry.type(description="An emergency opening: what happened, where, when and what was done, for a day at most.")
class EmergencyOpening:
    """An emergency opening."""

    id: strawberry.ID = plain("Its id, to approve it.")
    record: strawberry.ID = plain("The record.")
    state: EmergencyState = plain("Where it stands.")
    justification: str = plain("Why.")
    hours: int = plain("For how many hours from its approval.")
    requested_at: datetime = plain("When it was asked for (UTC).")
    until: datetime | None = plain("Until when it is open (UTC); null before its approval.")


@strawberry.input(description="What to open, and why.")
class RequestEmergencyOpeningInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="A record that is listed for you.")
    justification: str = strawberry.field(description="Why; the originator reads it.")
    hours: int = strawberry.field(default=24, description="For how many hours, at most 24.")


@strawberry.input(description="What to approve.")
class ApproveEmergencyOpeningInput:
    """Input."""

    opening: strawberry.ID = strawberry.field(description="What another officer of your organization asked for.")


@strawberry.type(description="What came of it.")
class EmergencyOpeningPayload:
    """Payload."""

    opening: EmergencyOpening | None = plain("The opening.")
    user_errors: list[UserError] = plain("What was wrong with the input.")
