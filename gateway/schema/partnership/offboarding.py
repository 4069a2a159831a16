"""An organization leaves the partnership, and states that what it was shown is destroyed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.authority import Task, may
from gateway.partnership.offboarding import Offboardings
from gateway.schema.context import Context
from gateway.schema.partnership.access import acting, entitled, key_of, member, reading, recorded
from gateway.schema.payload import Fault, UserError, actor, done, not_found, refused, text
from gateway.schema.shared import plain
from gateway.sharing.identifiers import Identifiers
from gateway.store.tables import Offboarding as OffboardingRow
from gateway.store.tables import RecordsChoice


def _organization(root: strawberry.Parent[OffboardingRow]) -> strawberry.ID:
    return strawberry.ID(root.organization_id)


@strawberry.type(description="That an organization left.")
class Offboarding:
    """An offboarding."""

    id: strawberry.ID = plain("Its id.")
    organization: strawberry.ID = plain("Who left.", _organization)
    reason: str = plain("Why.")
    records: RecordsChoice = plain("What becomes of its records until it is in force again.")
    at: datetime = plain("When (UTC).")
    destruction_statement: str | None = plain("What it states of the destruction of what it was shown.")
    destruction_recorded_at: datetime | None = plain("When that was recorded (UTC).")


@strawberry.input(description="An organization that leaves.")
class OffboardPartnerInput:
    """Input."""

    organization: strawberry.ID = strawberry.field(description="Your own; any partner for the secretariat.")
    reason: str = strawberry.field(description="Why.")
    records: RecordsChoice = strawberry.field(description="What becomes of its records: the leaver's choice.")


@strawberry.input(description="That what an organization was shown is destroyed.")
class RecordDestructionInput:
    """Input."""

    offboarding: strawberry.ID = strawberry.field(description="Id of the offboarding.")
    statement: str = strawberry.field(description="The statement, word for word.")


@strawberry.type(description="What came of it.")
class OffboardingPayload:
    """Payload."""

    offboarding: Offboarding | None = plain("The offboarding.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="Who left.")
class OffboardingQueries:
    """Fields of the root."""

    @strawberry.field(
        description="Who left, newest first: all for the secretariat, else your own organization. Scope "
        "`information:read`."
    )
    async def offboardings(self, info: Info) -> list[Offboarding]:
        """The offboardings."""
        context = reading(info)
        whose = None if may(context.who.profile, Task.OFFBOARD) else context.organization
        found: Any = await asyncio.to_thread(_offboardings(context).listed, whose)
        return found


@strawberry.type(description="Leaving.")
class OffboardingMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(
        description="Leave the partnership, or, as the secretariat, record that a partner left. Its clients end at "
        "once, this one too where it is its own; pending consent requests and mandates are closed; it is asked for a "
        "statement of destruction; its records follow its choice."
    )
    async def offboard_partner(
        self,
        info: Info,
        input: Annotated[OffboardPartnerInput, strawberry.argument(description="Who, why, and what of its records.")],
    ) -> OffboardingPayload:
        """Records that it left."""
        context = acting(info)
        try:
            if str(input.organization) != context.organization:
                entitled(context, Task.OFFBOARD)
            id_, reason, by = member(context, input.organization).id, text(input.reason, "reason"), actor(context)
            partners = context.directory.partners(context.now)
            row: Any = await recorded(lambda: _offboardings(context).offboard(id_, reason, input.records, partners, by))
        except Fault as fault:
            return refused(OffboardingPayload, fault)
        await context.refresh()
        return done(OffboardingPayload, offboarding=row)

    @strawberry.mutation(
        description="Record an organization's statement that what it was shown is destroyed: its own, or, as the "
        "secretariat, the one it was sent."
    )
    async def record_destruction(
        self,
        info: Info,
        input: Annotated[RecordDestructionInput, strawberry.argument(description="Whose, and what it states.")],
    ) -> OffboardingPayload:
        """Records the statement."""
        context = acting(info)
        try:
            anybodys = may(context.who.profile, Task.OFFBOARD)
            key, statement, by = key_of(input.offboarding), text(input.statement, "statement"), actor(context)
            row: Any = await recorded(
                lambda: _offboardings(context).record_destruction(key, statement, by, anybodys=anybodys)
            )
            if row is None:
                raise not_found("offboarding")
        except Fault as fault:
            return refused(OffboardingPayload, fault)
        return done(OffboardingPayload, offboarding=row)


def _offboardings(context: Context) -> Offboardings:
    return Offboardings(context.store, Identifiers(context.services.secret))
