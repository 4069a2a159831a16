"""`setRestrictions` and `withdraw`: an originator tightens or takes back what it shared."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.identity.scopes import Scope
from gateway.schema.context import context_of
from gateway.schema.enums import UserErrorCode
from gateway.schema.payload import Fault, UserError, actor, allowed, done, refused, spoken, text
from gateway.schema.records.information import SecurityInformation
from gateway.schema.shared import plain
from gateway.sharing.restrictions import set_restrictions, withdraw
from policies.decision import Act
from policies.groups import FieldGroup
from policies.marking import Restriction
from policies.vocabulary import RestrictionReason


@strawberry.input(description="A limit on parts of a record (S6).")
class RestrictionInput:
    """A restriction."""

    groups: list[FieldGroup] = strawberry.field(description="What is withheld.")
    reason: RestrictionReason = strawberry.field(
        default=RestrictionReason.UNSPECIFIED, description="Why, as others are told; UNSPECIFIED tells no reason."
    )
    lifted_for: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Organizations that receive it all the same."
    )
    from_: datetime | None = strawberry.field(name="from", default=None, description="Since when; now unless said.")
    until: datetime | None = strawberry.field(default=None, description="Until when; open unless said.")

    def plain(self) -> Restriction:
        """The restriction; raises `Fault`."""
        if not self.groups or FieldGroup.ENVELOPE in self.groups:
            raise Fault(
                "restrictions",
                UserErrorCode.BAD_USER_INPUT,
                "`groups` names what is withheld, at least one; ENVELOPE is always shown: `withdraw` the record then",
            )
        if any(moment is not None and moment.tzinfo is None for moment in (self.from_, self.until)):
            raise Fault(
                "restrictions", UserErrorCode.BAD_USER_INPUT, "`from` and `until` carry their offset, such as Z"
            )
        return Restriction(
            groups=frozenset(self.groups),
            reason=self.reason,
            lifted_for=frozenset(str(item) for item in self.lifted_for),
            since=None if self.from_ is None else self.from_.timestamp(),
            until=None if self.until is None else self.until.timestamp(),
        )


@strawberry.input(description="All restrictions of a record, in place of those set before.")
class SetRestrictionsInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="One of your organization's records.")
    restrictions: list[RestrictionInput] = strawberry.field(
        description="All that shall hold beside those of the record's own marking; none lifts all that were set here."
    )


@strawberry.type(description="What came of it.")
class SetRestrictionsPayload:
    """Payload."""

    record: SecurityInformation | None = plain("The record as you see it.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.input(description="A record to take back.")
class WithdrawInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="One of your organization's records.")
    reason: str = strawberry.field(description="Why; kept on record, told to nobody.")


@strawberry.type(description="What came of it.")
class WithdrawPayload:
    """Payload."""

    record: SecurityInformation | None = plain("The record, which only your organization sees from now on.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="What an originator does with its records.")
class StatementMutations:
    """Fields of the root; each needs the scopes `information:share` and `information:read`."""

    @strawberry.mutation(
        description="Restrict parts of a record of yours. Whoever saw a part it can't see any more is sent a recall."
    )
    async def set_restrictions(
        self,
        info: Info,
        input: Annotated[SetRestrictionsInput, strawberry.argument(description="What, and for which record.")],
    ) -> SetRestrictionsPayload:
        """Sets the restrictions."""
        context = context_of(info)
        context.require(Scope.INFORMATION_SHARE, Scope.INFORMATION_READ)
        try:
            restrictions = [item.plain() for item in input.restrictions]
            subject = allowed(await context.subject(str(input.id), Act.RESTRICT), context)
        except Fault as fault:
            return refused(SetRestrictionsPayload, fault)
        await asyncio.to_thread(set_restrictions, context.store, spoken(subject), restrictions, actor(context))
        return done(SetRestrictionsPayload, record=await _now(info, input.id))

    @strawberry.mutation(description="Take a record of yours back. Everyone who was shown it is sent a recall.")
    async def withdraw(
        self,
        info: Info,
        input: Annotated[WithdrawInput, strawberry.argument(description="What, and for which record.")],
    ) -> WithdrawPayload:
        """Withdraws the record."""
        context = context_of(info)
        context.require(Scope.INFORMATION_SHARE, Scope.INFORMATION_READ)
        try:
            reason = text(input.reason, "reason")
            subject = allowed(await context.subject(str(input.id), Act.WITHDRAW), context)
        except Fault as fault:
            return refused(WithdrawPayload, fault)
        await asyncio.to_thread(withdraw, context.store, spoken(subject), reason, actor(context))
        return done(WithdrawPayload, record=await _now(info, input.id))


async def _now(info: Info, public: strawberry.ID) -> Any:
    """The record as it stands after the change."""
    context = context_of(info)
    await context.refresh()
    return (await context.find([str(public)]))[0]
