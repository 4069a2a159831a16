"""Applications for partnership, and their review by both co-chairs (S2, S3)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.applications import Application, Applications, Commitments
from gateway.partnership.authority import Seat, Task, holders, may, seats
from gateway.schema.context import Context
from gateway.schema.paging import After, First, ListPage
from gateway.schema.partnership.access import acting, entitled, key_of, page, reading, recorded
from gateway.schema.payload import Fault, UserError, actor, done, not_found, refused, text
from gateway.schema.shared import plain
from gateway.sharing.identifiers import Identifiers
from gateway.store.tables import ApplicationState, CommitteeSide, ReviewDecision


@strawberry.type(description="What the co-chair of one side said.")
class ApplicationReview:
    """A review."""

    side: CommitteeSide = plain("For which side.")
    organization: strawberry.ID = plain("The co-chair's organization.")
    decision: ReviewDecision = plain("What it said.")
    reason: str | None = plain("Why.")
    at: datetime = plain("When (UTC).")


@strawberry.type(description="An application for partnership with its commitments (S2).")
class PartnershipApplication:
    """An application."""

    id: strawberry.ID = plain("Its id.")
    organization: strawberry.ID = plain("Who applies.")
    areas: list[str] | None = plain("For which countries (ISO 3166-1 alpha-3); null for global partnership.")
    security_risk_management: str = plain("Its own security risk management.")
    contingency_planning: str = plain("Its own contingency planning.")
    emergency_arrangements: str = plain("Its own emergency arrangements.")
    purpose: bool = plain("Uses what is shared for the safety and security of staff, operations and assets only.")
    confidentiality: bool = plain("Keeps it confidential, and passes it on with the originator's consent only.")
    submitted_at: datetime = plain("When it was submitted (UTC).")
    state: ApplicationState = plain("Where it stands.")
    reviews: list[ApplicationReview] = plain("What the co-chairs said.")
    decided_at: datetime | None = plain("When it was decided (UTC).")


@strawberry.type(description="A page of applications, newest first.")
class ApplicationConnection(ListPage[PartnershipApplication]):
    """A connection."""


@strawberry.input(description="Your organization's application, with the commitments that partnership depends on (S2).")
class ApplyForPartnershipInput:
    """Input."""

    security_risk_management: str = strawberry.field(description="Your own security risk management.")
    contingency_planning: str = strawberry.field(description="Your own contingency planning.")
    emergency_arrangements: str = strawberry.field(description="Your own emergency arrangements.")
    purpose: bool = strawberry.field(
        description="That what is shared serves the safety and security of staff, operations and assets only."
    )
    confidentiality: bool = strawberry.field(
        description="That it is kept confidential, and passed on with the originator's prior consent only."
    )
    areas: list[str] | None = strawberry.field(
        default=None, description="For which countries (ISO 3166-1 alpha-3); global partnership unless said."
    )


@strawberry.input(description="One co-chair's word on an application.")
class ReviewApplicationInput:
    """Input."""

    application: strawberry.ID = strawberry.field(description="Id of the application.")
    decision: ReviewDecision = strawberry.field(description="Approve or refuse.")
    reason: str | None = strawberry.field(default=None, description="Why; needed for a refusal, told to the applicant.")


@strawberry.type(description="What came of it.")
class ApplicationPayload:
    """Payload."""

    application: PartnershipApplication | None = plain("The application as it stands now.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="Applications for partnership.")
class ApplicationQueries:
    """Fields of the root."""

    @strawberry.field(
        description="Applications, newest first: all for the co-chairs and the secretariat, else your own "
        "organization's. Scope `information:read`."
    )
    async def applications(
        self,
        info: Info,
        state: Annotated[
            list[ApplicationState] | None, strawberry.argument(description="Only those that stand so.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> ApplicationConnection:
        """The applications that the requester may read."""
        context = reading(info)
        whose = None if may(context.who.profile, Task.READ_APPLICATIONS) else context.organization
        found = await asyncio.to_thread(_applications(context).listed, whose, state)
        return page(context, [_shown(item) for item in found], first, after, "applications", state)


@strawberry.type(description="Applying for partnership, and reviewing.")
class ApplicationMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(description="Apply for partnership for your organization. The co-chairs are told.")
    async def apply_for_partnership(
        self,
        info: Info,
        input: Annotated[ApplyForPartnershipInput, strawberry.argument(description="The commitments.")],
    ) -> ApplicationPayload:
        """Enters the application."""
        context = acting(info)
        try:
            commitments = Commitments(
                security_risk_management=text(input.security_risk_management, "securityRiskManagement"),
                contingency_planning=text(input.contingency_planning, "contingencyPlanning"),
                emergency_arrangements=text(input.emergency_arrangements, "emergencyArrangements"),
                purpose=input.purpose,
                confidentiality=input.confidentiality,
            )
            committee = sorted(holders(context.directory, Task.READ_APPLICATIONS, context.now))
            made = await recorded(
                lambda: _applications(context).submit(commitments, input.areas, actor(context), committee)
            )
        except Fault as fault:
            return refused(ApplicationPayload, fault)
        await context.refresh()
        return done(ApplicationPayload, application=_shown(made))

    @strawberry.mutation(
        description="Approve or refuse an application as co-chair. It takes the co-chairs of both sides to admit, one "
        "to refuse; the memorandum is put in force after that by `setPartnership`."
    )
    async def review_application(
        self,
        info: Info,
        input: Annotated[ReviewApplicationInput, strawberry.argument(description="Which, and what.")],
    ) -> ApplicationPayload:
        """Records one side's word."""
        context = acting(info)
        try:
            entitled(context, Task.REVIEW_APPLICATION)
            side = CommitteeSide.DSS if Seat.DSS_CO_CHAIR in seats(context.who.profile) else CommitteeSide.INGO
            reason = None if input.reason is None else text(input.reason, "reason")
            key, by = key_of(input.application), actor(context)
            made = await recorded(lambda: _applications(context).review(key, side, input.decision, reason, by))
            if made is None:
                raise not_found("application")
        except Fault as fault:
            return refused(ApplicationPayload, fault)
        await context.refresh()
        return done(ApplicationPayload, application=_shown(made))


def _applications(context: Context) -> Applications:
    return Applications(context.store, Identifiers(context.services.secret))


def _shown(found: Application) -> Any:
    row = found.row
    return PartnershipApplication(  # type: ignore[call-arg]  # `plain`
        id=strawberry.ID(row.id),
        organization=strawberry.ID(row.organization_id),
        areas=row.areas,
        security_risk_management=row.security_risk_management,
        contingency_planning=row.contingency_planning,
        emergency_arrangements=row.emergency_arrangements,
        purpose=row.accepts_purpose,
        confidentiality=row.accepts_confidentiality,
        submitted_at=row.at,
        state=row.state,
        reviews=[
            ApplicationReview(  # type: ignore[call-arg]
                side=item.side,
                organization=strawberry.ID(item.organization_id),
                decision=item.decision,
                reason=item.reason,
                at=item.at,
            )
            for item in found.reviews
        ],
        decided_at=row.decided_at,
    )
