"""Partners: what everybody in force may know of them, and what they, the co-chairs and the secretariat do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.admission import approve_area, end_area_approval
from gateway.partnership.agreements import Memorandum, end_agreement, put_in_force
from gateway.partnership.authority import Task, may
from gateway.partnership.directory import Member
from gateway.partnership.history import steps
from gateway.schema.context import Context, context_of
from gateway.schema.enums import UserErrorCode
from gateway.schema.paging import After, First, ListPage
from gateway.schema.partnership.access import (
    acting,
    entitled,
    is_partner,
    key_of,
    member,
    page,
    reading,
    recorded,
)
from gateway.schema.payload import Fault, UserError, actor, done, refused, text
from gateway.schema.shared import plain
from policies.vocabulary import OrganizationCategory, PartnershipStatus


@strawberry.type(description="The memorandum of understanding as last recorded.")
class Agreement:
    """The agreement."""

    areas: list[str] | None = plain("Countries it covers (ISO 3166-1 alpha-3); null where it is global.")
    since: date | None = plain("Its first day (UTC).")
    until: date | None = plain("Its last day (UTC), included; from the next day on it counts as suspended.")


@strawberry.type(description="An area of operation approved for an organization.")
class AreaApproval:
    """An approval."""

    area: str = plain("ISO 3166-1 alpha-3, or * for an approved worldwide need.")
    since: date | None = plain("Its first day (UTC).")
    until: date | None = plain("Its last day (UTC), included.")


@strawberry.type(description="A step in the life of a partnership.")
class PartnershipStep:
    """A step."""

    status: PartnershipStatus = plain("The status from then on.")
    areas: list[str] | None = plain("Countries it covers; null where it is global.")
    since: date | None = plain("First day of the memorandum (UTC).")
    until: date | None = plain("Last day of the memorandum (UTC), included.")
    reason: str | None = plain("Why.")
    recorded_at: datetime = plain("When it was recorded (UTC).")
    recorded_by: strawberry.ID | None = plain("The organization that recorded it; null for the gateway's operator.")


class _Shown:
    """An organization as one requester sees it; `details`: whether also what is not public among partners."""

    def __init__(self, found: Member, context: Context, *, details: bool) -> None:
        self.id, self.name, self.category = found.id, found.name, found.category
        self.status = found.standing.status_on(datetime.fromtimestamp(context.now, UTC).date())
        self.member = found
        self.details = details


def _agreement(root: strawberry.Parent[Any]) -> Agreement | None:
    if not root.details or root.member.partnership is None:
        return None
    last = root.member.partnership
    areas = None if last.areas is None else sorted(last.areas)
    return Agreement(areas=areas, since=last.period.since, until=last.period.until)  # type: ignore[call-arg]  # `plain`


def _approvals(root: strawberry.Parent[Any]) -> list[AreaApproval] | None:
    if not root.details:
        return None
    return [
        AreaApproval(area=item.area, since=item.period.since, until=item.period.until)  # type: ignore[call-arg]
        for item in root.member.approvals
    ]


async def _history(root: strawberry.Parent[Any], info: Info) -> list[PartnershipStep] | None:
    if not root.details:
        return None
    found: Any = await asyncio.to_thread(steps, context_of(info).store, root.id)
    return found


@strawberry.type(
    description="An organization of the partnership. What is not public among partners is null for all but itself, "
    "the co-chairs and the secretariat."
)
class Partner:
    """A partner."""

    id: strawberry.ID = plain("Its id.")
    name: str = plain("Its name.")
    category: OrganizationCategory = plain("What kind of organization it is.")
    status: PartnershipStatus = plain("Where its partnership stands today.")
    agreement: Agreement | None = plain("Its agreement.", _agreement)
    approved_areas: list[AreaApproval] | None = plain(
        "The areas approved for it, with those that are over.", _approvals
    )
    history: list[PartnershipStep] | None = plain("Every step, oldest first.", _history)


@strawberry.type(description="A page of partners, by id.")
class OrganizationConnection(ListPage[Partner]):
    """A connection."""


@strawberry.input(description="A step of a partnership.")
class SetPartnershipInput:
    """Input."""

    organization: strawberry.ID = strawberry.field(description="Whose partnership.")
    status: PartnershipStatus = strawberry.field(
        description="IN_FORCE for a memorandum, its renewal, or the end of a suspension; SUSPENDED; WITHDRAWN."
    )
    since: date | None = strawberry.field(default=None, description="IN_FORCE: first day of the memorandum (UTC).")
    until: date | None = strawberry.field(default=None, description="IN_FORCE: its last day (UTC), included.")
    global_: bool = strawberry.field(name="global", default=False, description="IN_FORCE: everywhere.")
    areas: list[str] | None = strawberry.field(
        default=None, description="IN_FORCE: instead of `global`, the countries it covers (ISO 3166-1 alpha-3)."
    )
    reason: str | None = strawberry.field(default=None, description="Why; needed for SUSPENDED and WITHDRAWN.")


@strawberry.input(description="An area of operation to approve.")
class ApproveAreaInput:
    """Input."""

    organization: strawberry.ID = strawberry.field(description="For whom; never your own organization.")
    area: str = strawberry.field(description="ISO 3166-1 alpha-3.")
    since: date | None = strawberry.field(default=None, description="First day (UTC); at once unless said.")
    until: date | None = strawberry.field(default=None, description="Last day (UTC), included; open unless said.")


@strawberry.input(description="An approval to end.")
class EndAreaApprovalInput:
    """Input."""

    organization: strawberry.ID = strawberry.field(description="Whose approval; never your own organization's.")
    area: str = strawberry.field(description="ISO 3166-1 alpha-3, or *.")
    on: date | None = strawberry.field(default=None, description="First day without (UTC); today unless said.")


@strawberry.type(description="What came of it.")
class OrganizationPayload:
    """Payload."""

    organization: Partner | None = plain("The organization as it stands now.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="Partners.")
class PartnerQueries:
    """Fields of the root."""

    @strawberry.field(
        description="Partners by id: all for a partner in force, otherwise your own organization. "
        "Scope `information:read`."
    )
    async def partners(
        self,
        info: Info,
        status: Annotated[
            list[PartnershipStatus] | None, strawberry.argument(description="Only of these standings.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> OrganizationConnection:
        """The partners that the requester may know of."""
        context = reading(info)
        everybody: Sequence[Member] = sorted(context.directory.members.values(), key=lambda item: item.id)
        shown = [
            shown_partner(item, context) for item in everybody if is_partner(context) or item.id == context.organization
        ]
        kept = [item for item in shown if status is None or item.status in status]
        return page(context, kept, first, after, "partners", status)


@strawberry.type(description="What the secretariat, the co-chairs and DSS decide of partners.")
class PartnerMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(
        description="Put an agreement in force, suspend or withdraw it. For the secretariat and the co-chairs; a first "
        "agreement only after both co-chairs approved the application. Seen everywhere within a second."
    )
    async def set_partnership(
        self,
        info: Info,
        input: Annotated[SetPartnershipInput, strawberry.argument(description="Whose, and what.")],
    ) -> OrganizationPayload:
        """Records the step."""
        context = acting(info)
        try:
            entitled(context, Task.SET_PARTNERSHIP)
            id_, by = member(context, input.organization).id, actor(context)
            if input.status is PartnershipStatus.IN_FORCE:
                memorandum = _memorandum(input)
                reason = None if input.reason is None else text(input.reason, "reason")
                await recorded(lambda: put_in_force(context.store, id_, memorandum, reason, by))
            else:
                why = text(input.reason or "", "reason")
                await recorded(lambda: end_agreement(context.store, id_, input.status, why, by))
        except Fault as fault:
            return refused(OrganizationPayload, fault)
        return await changed(context, id_)

    @strawberry.mutation(
        description="Approve an area of operation of another organization. For the secretariat and DSS's coordinators."
    )
    async def approve_area(
        self,
        info: Info,
        input: Annotated[ApproveAreaInput, strawberry.argument(description="For whom, where, when.")],
    ) -> OrganizationPayload:
        """Records the approval."""
        context = acting(info)
        try:
            id_ = _other(context, input.organization)
            at, by = actor(context).at, context.organization
            since = input.since or at.date()
            await recorded(
                lambda: approve_area(
                    context.store, id_, input.area, approved_by=by, since=since, until=input.until, at=at
                )
            )
        except Fault as fault:
            return refused(OrganizationPayload, fault)
        return await changed(context, id_)

    @strawberry.mutation(
        description="End the approvals of an area of another organization. For the secretariat and DSS's coordinators."
    )
    async def end_area_approval(
        self,
        info: Info,
        input: Annotated[EndAreaApprovalInput, strawberry.argument(description="Whose, where, when.")],
    ) -> OrganizationPayload:
        """Ends the approvals."""
        context = acting(info)
        try:
            id_ = _other(context, input.organization)
            day = input.on or actor(context).at.date()
            await recorded(lambda: end_area_approval(context.store, id_, key_of(input.area), on=day))
        except Fault as fault:
            return refused(OrganizationPayload, fault)
        return await changed(context, id_)


def shown_partner(found: Member, context: Context) -> Any:
    """An organization as the requester sees it."""
    own = found.id == context.organization
    return _Shown(found, context, details=own or may(context.who.profile, Task.SET_PARTNERSHIP))


async def changed(context: Context, organization: str) -> OrganizationPayload:
    """The payload of a change that was recorded."""
    await context.refresh()
    partner = shown_partner(context.directory.members[organization], context)
    return done(OrganizationPayload, organization=partner)


def _other(context: Context, organization: strawberry.ID) -> str:
    """An organization whose areas the requester may decide on; raises `Fault`."""
    entitled(context, Task.APPROVE_AREA)
    found = member(context, organization).id
    if found == context.organization:
        raise Fault("organization", UserErrorCode.NOT_ALLOWED, "`organization`: nobody approves the own areas")
    return found


def _memorandum(asked: SetPartnershipInput) -> Memorandum:
    if asked.since is None or asked.until is None:
        raise Fault("since", UserErrorCode.BAD_USER_INPUT, "`since` and `until`: give the memorandum's days")
    if asked.global_ is (asked.areas is not None):
        raise Fault("areas", UserErrorCode.BAD_USER_INPUT, "`areas` or `global`: exactly one of them")
    areas = None if asked.areas is None else frozenset(asked.areas)
    return Memorandum(since=asked.since, until=asked.until, areas=areas)
