"""Which platforms may ask on your organization's behalf, for which areas, until when (rule 5)."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.mandates import authorize_platform, end_platform_authorization, mandates
from gateway.schema.context import Context
from gateway.schema.enums import UserErrorCode
from gateway.schema.partnership.access import acting, reading, recorded
from gateway.schema.payload import Fault, UserError, actor, done, not_found, refused
from gateway.schema.shared import plain
from gateway.store.tables import PlatformMandate
from policies.vocabulary import Capacity


def _platform(root: strawberry.Parent[PlatformMandate]) -> strawberry.ID:
    return strawberry.ID(root.platform_id)


@strawberry.type(description="That a platform may ask on your organization's behalf.")
class PlatformAuthorization:
    """An authorisation."""

    platform: strawberry.ID = plain("The platform's organization.", _platform)
    areas: list[str] | None = plain("For which countries (ISO 3166-1 alpha-3); null for everywhere.")
    since: date | None = plain("Its first day (UTC).")
    until: date | None = plain("Its last day (UTC), included; null where it is open.")
    recorded_at: datetime = plain("When it was given (UTC).")
    ended_at: datetime | None = plain("When it was ended (UTC).")


@strawberry.input(description="A platform to authorise; what it was authorised for before ends.")
class AuthorizePlatformInput:
    """Input."""

    platform: strawberry.ID = strawberry.field(description="The platform's organization.")
    areas: list[str] | None = strawberry.field(
        default=None, description="For which countries (ISO 3166-1 alpha-3); everywhere unless said."
    )
    until: date | None = strawberry.field(default=None, description="Last day (UTC), included; open unless said.")


@strawberry.input(description="A platform whose authorisation ends.")
class EndPlatformAuthorizationInput:
    """Input."""

    platform: strawberry.ID = strawberry.field(description="The platform's organization.")


@strawberry.type(description="What came of it.")
class PlatformAuthorizationPayload:
    """Payload."""

    authorization: PlatformAuthorization | None = plain("The authorisation as it stands now.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="Platforms that ask on your behalf.")
class MandateQueries:
    """Fields of the root."""

    @strawberry.field(
        description="The platforms that your organization authorised, newest first, with those that are over. Scope "
        "`information:read`."
    )
    async def platform_authorizations(self, info: Info) -> list[PlatformAuthorization]:
        """The authorisations."""
        context = reading(info)
        found: Any = await asyncio.to_thread(mandates, context.store, context.organization)
        return found


@strawberry.type(description="Who may ask on your behalf.")
class MandateMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(
        description="Authorise a platform to ask on your organization's behalf. It receives what both of you may see."
    )
    async def authorize_platform(
        self,
        info: Info,
        input: Annotated[AuthorizePlatformInput, strawberry.argument(description="Which, where, until when.")],
    ) -> PlatformAuthorizationPayload:
        """Authorises."""
        context = acting(info)
        try:
            platform, by = _known(context, input.platform), actor(context)
            if input.areas is not None and not input.areas:
                raise Fault("areas", UserErrorCode.BAD_USER_INPUT, "`areas`: name at least one, or leave it out")
            row: Any = await recorded(lambda: authorize_platform(context.store, platform, input.areas, input.until, by))
        except Fault as fault:
            return refused(PlatformAuthorizationPayload, fault)
        await context.refresh()
        return done(PlatformAuthorizationPayload, authorization=row)

    @strawberry.mutation(description="End what a platform was authorised for, at once.")
    async def end_platform_authorization(
        self,
        info: Info,
        input: Annotated[EndPlatformAuthorizationInput, strawberry.argument(description="Which.")],
    ) -> PlatformAuthorizationPayload:
        """Ends."""
        context = acting(info)
        platform, by = str(input.platform), actor(context)
        ended: Any = []
        if platform in context.directory.members:
            ended = await asyncio.to_thread(end_platform_authorization, context.store, platform, by)
        if not ended:
            return refused(PlatformAuthorizationPayload, not_found("platform"))
        await context.refresh()
        return done(PlatformAuthorizationPayload, authorization=ended[-1])


def _known(context: Context, platform: strawberry.ID) -> str:
    """An organization in force with a client that is a platform's, not the own one; raises `Fault`, alike for all."""
    id_ = str(platform)
    is_platform = any(
        client.organization == id_ and Capacity.PLATFORM in client.capacities and not client.disabled
        for client in context.directory.clients.values()
    )
    if id_ == context.organization or not is_platform or not context.directory.is_partner(id_, context.now):
        raise not_found("platform")
    return id_
