"""Imminent risk and emergencies: what is opened beyond the marking, for a while."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

import strawberry
from strawberry.types import Info

from gateway.identity.scopes import Scope
from gateway.schema.context import Context, context_of
from gateway.schema.enums import EmergencyState, UserErrorCode
from gateway.schema.payload import Fault, actor, allowed, done, later, not_found, refused, spoken, text
from gateway.schema.sharing.opening_types import (
    ApproveEmergencyOpeningInput,
    DeclareImminentRiskInput,
    DeclareImminentRiskPayload,
    EmergencyOpening,
    EmergencyOpeningPayload,
    EndImminentRiskInput,
    ImminentRisk,
    RequestEmergencyOpeningInput,
)
from gateway.sharing import emergency, imminent_risk
from gateway.sharing.identifiers import Identifiers
from gateway.store.tables import EmergencyOpening as EmergencyRow
from gateway.store.tables import ImminentRisk as RiskRow
from policies.decision import Act
from policies.requester import Requester
from policies.vocabulary import Capacity, Purpose

LISTED: Final = 100


@strawberry.type(description="Openings of your own organization.")
class OpeningQueries:
    """Fields of the root."""

    @strawberry.field(description="The last 100 emergency openings that your organization asked for, newest first.")
    async def emergency_openings(self, info: Info) -> list[EmergencyOpening]:
        """What an officer finds to approve."""
        context = context_of(info)
        context.require(Scope.INFORMATION_READ)
        rows = await asyncio.to_thread(emergency.newest, context.store, context.organization, LISTED)
        return [_opening(row, context) for row in rows]


@strawberry.type(description="Opening records where lives depend on it.")
class OpeningMutations:
    """Fields of the root."""

    @strawberry.mutation(
        description="Declare an imminent risk: partners approved for the areas receive what happened, where, when and "
        "what is advised, whatever else restricts it. The originator is told."
    )
    async def declare_imminent_risk(
        self,
        info: Info,
        input: Annotated[DeclareImminentRiskInput, strawberry.argument(description="What, and for which record.")],
    ) -> DeclareImminentRiskPayload:
        """Declares."""
        context = context_of(info)
        context.require(Scope.INFORMATION_SHARE)
        try:
            until = later(input.until, context, "until")
            assert until is not None
            reason = text(input.reason, "reason")
            advice = None if input.advice is None else text(input.advice, "advice")

            def facts(areas: frozenset[str]) -> dict[str, object]:
                return {"capacities": _capacities(context), "areas": sorted(areas if asked is None else asked)}

            asked = None if input.areas is None else frozenset(input.areas)
            subject = allowed(await context.subject(str(input.id), Act.DECLARE_IMMINENT_RISK, facts), context)
            areas = subject.areas if asked is None else asked
            if not areas or not areas <= subject.areas:
                raise Fault(
                    "areas", UserErrorCode.BAD_USER_INPUT, "`areas` are some of the areas that the record touches"
                )
            if input.text_is_clean and subject.viewed.accountable != context.organization:
                raise Fault(
                    "textIsClean", UserErrorCode.NOT_ALLOWED, "only its originator vouches for its text: write `advice`"
                )
        except Fault as fault:
            return refused(DeclareImminentRiskPayload, fault)
        risk = imminent_risk.Risk(
            areas=areas, reason=reason, until=until, advice=advice, text_is_clean=input.text_is_clean
        )
        row = await asyncio.to_thread(
            imminent_risk.declare, context.store, _identifiers(context), spoken(subject), risk, actor(context)
        )
        await context.refresh()
        return done(DeclareImminentRiskPayload, declaration=_risk(row))

    @strawberry.mutation(description="End a declaration of your organization before its time.")
    async def end_imminent_risk(
        self,
        info: Info,
        input: Annotated[EndImminentRiskInput, strawberry.argument(description="What, and for which record.")],
    ) -> DeclareImminentRiskPayload:
        """Ends a declaration."""
        context = context_of(info)
        context.require(Scope.INFORMATION_SHARE)
        row = None
        if context.who.on_behalf_of is None:
            row = await asyncio.to_thread(imminent_risk.end, context.store, str(input.declaration), actor(context))
        if row is None:
            return refused(DeclareImminentRiskPayload, not_found("declaration"))
        await context.refresh()
        return done(DeclareImminentRiskPayload, declaration=_risk(row))

    @strawberry.mutation(
        description="Ask for an emergency opening of a listed record whose originator allows it. It opens nothing "
        "until another officer of your organization approves it."
    )
    async def request_emergency_opening(
        self,
        info: Info,
        input: Annotated[RequestEmergencyOpeningInput, strawberry.argument(description="What, and for which record.")],
    ) -> EmergencyOpeningPayload:
        """Asks."""
        context = context_of(info)
        context.require(Scope.INFORMATION_READ)
        try:
            justification = text(input.justification, "justification")
            if not 1 <= input.hours <= emergency.LONGEST_HOURS:
                raise Fault("hours", UserErrorCode.BAD_USER_INPUT, f"`hours` is 1 to {emergency.LONGEST_HOURS}")
            subject = allowed(
                await context.subject(
                    str(input.id), Act.REQUEST_EMERGENCY_OPENING, lambda _: {"capacities": _capacities(context)}
                ),
                context,
            )
        except Fault as fault:
            return refused(EmergencyOpeningPayload, fault)
        row = await asyncio.to_thread(
            partial(emergency.request, hours=input.hours, by=actor(context)),
            context.store,
            _identifiers(context),
            spoken(subject),
            justification,
        )
        return done(EmergencyOpeningPayload, opening=_opening(row, context))

    @strawberry.mutation(
        description="Approve, as a second officer, what another asked for: it is open from now on. The originator is "
        "told, and so are the Oversight Committee's co-chairs."
    )
    async def approve_emergency_opening(
        self,
        info: Info,
        input: Annotated[ApproveEmergencyOpeningInput, strawberry.argument(description="What, and for which record.")],
    ) -> EmergencyOpeningPayload:
        """Approves."""
        context = context_of(info)
        context.require(Scope.INFORMATION_READ)
        try:
            asked = await asyncio.to_thread(emergency.find, context.store, str(input.opening), context.organization)
            if asked is None:
                raise not_found("opening")
            officer = asked.officer
            co_chairs = _co_chairs(context)
            subject = allowed(
                await context.subject(
                    asked.record,
                    Act.APPROVE_EMERGENCY_OPENING,
                    lambda _: {"capacities": _capacities(context), "sameOfficer": officer == context.officer},
                    co_chairs,
                ),
                context,
                "opening",
            )
        except Fault as fault:
            return refused(EmergencyOpeningPayload, fault)
        row = await asyncio.to_thread(
            emergency.approve,
            context.store,
            asked,
            spoken(subject),
            {chair.profile.organization: chair.profile.organization in subject.listed_for for chair in co_chairs},
            sorted(subject.areas),
            actor(context),
        )
        await context.refresh()
        return done(EmergencyOpeningPayload, opening=_opening(row, context))


def _capacities(context: Context) -> list[str]:
    return sorted(capacity.value for capacity in context.who.profile.capacities)


def _co_chairs(context: Context) -> list[Requester]:
    """The co-chairs' organizations as they would ask for a record themselves."""
    directory = context.directory
    organizations = sorted(
        {
            client.organization
            for client in directory.clients.values()
            if Capacity.CO_CHAIR in client.capacities and not client.disabled
        }
    )
    return [
        Requester(
            profile=directory.profile(
                organization, Purpose.SAFETY_AND_SECURITY, frozenset(), frozenset({Capacity.CO_CHAIR}), context.now
            ),
            client="co-chair",
        )
        for organization in organizations
    ]


def _identifiers(context: Context) -> Identifiers:
    return Identifiers(context.services.secret)


def _risk(row: RiskRow) -> ImminentRisk:
    return ImminentRisk(  # type: ignore[call-arg]  # `plain`
        id=strawberry.ID(row.id),
        record=strawberry.ID(row.record),
        areas=row.areas,
        reason=row.reason,
        until=row.until,
        ended_at=row.ended_at,
    )


def _opening(row: EmergencyRow, context: Context) -> EmergencyOpening:
    if row.until is None:
        state = EmergencyState.REQUESTED
    else:
        state = EmergencyState.OPEN if context.now < row.until.timestamp() else EmergencyState.ENDED
    return EmergencyOpening(  # type: ignore[call-arg]  # `plain`
        id=strawberry.ID(row.id),
        record=strawberry.ID(row.record),
        state=state,
        justification=row.justification,
        hours=row.hours,
        requested_at=row.at,
        until=row.until,
    )
