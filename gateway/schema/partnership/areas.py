"""Areas: implementation and risk level with their history, and where the two disagree (S3, S8)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.admission import set_area_level
from gateway.partnership.areas import RecordedArea, recorded_areas
from gateway.partnership.authority import Task
from gateway.schema.paging import After, First, ListPage
from gateway.schema.partnership.access import (
    acting,
    entitled,
    is_partner,
    key_of,
    page,
    reading,
    recorded,
)
from gateway.schema.payload import Fault, UserError, actor, done, refused
from gateway.schema.shared import plain
from gateway.store.tables import RiskLevel
from policies.vocabulary import ImplementationLevel


@strawberry.type(description="What was recorded of an area's levels at one time.")
class AreaLevel:
    """A row of an area's history."""

    implementation_level: ImplementationLevel = plain("The implementation level.")
    risk_level: RiskLevel | None = plain("The risk level; null where none was recorded.")
    set_by: strawberry.ID = plain("Who set it.")
    since: datetime = plain("Since when (UTC).")


def _now(root: strawberry.Parent[RecordedArea]) -> ImplementationLevel:
    return root.now.implementation_level


def _risk(root: strawberry.Parent[RecordedArea]) -> RiskLevel | None:
    return root.now.risk_level


@strawberry.type(name="Area", description="An area with its levels.")
class AreaNode:
    """An area."""

    code: str = plain("ISO 3166-1 alpha-3.")
    implementation_level: ImplementationLevel = plain("The implementation level now.", _now)
    risk_level: RiskLevel | None = plain("The risk level now; null where none is recorded.", _risk)
    disagrees: bool = plain("Whether the level is not the one that the risk asks for.")
    history: list[AreaLevel] = plain("What was recorded, newest first.")


@strawberry.type(description="A page of areas, by code.")
class AreaConnection(ListPage[AreaNode]):
    """A connection."""


@strawberry.input(description="Which areas.")
class AreaFilter:
    """A filter."""

    disagreeing: bool | None = strawberry.field(
        default=None, description="Only those whose level and risk disagree, or only those where they don't."
    )
    implementation_level: ImplementationLevel | None = strawberry.field(default=None, description="Only of this level.")


@strawberry.input(description="An area's level from now on.")
class SetAreaLevelInput:
    """Input."""

    area: str = strawberry.field(description="ISO 3166-1 alpha-3.")
    level: ImplementationLevel = strawberry.field(description="The implementation level.")
    risk: RiskLevel = strawberry.field(description="The risk level it follows from.")


@strawberry.type(description="What came of it.")
class AreaPayload:
    """Payload."""

    area: AreaNode | None = plain("The area as it stands now.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="Areas.")
class AreaQueries:
    """Fields of the root; each needs the scope `information:read`."""

    @strawberry.field(
        description="An area; null alike where no level is recorded, for what is no code, and for whoever is not in "
        "force."
    )
    async def area(
        self, info: Info, code: Annotated[str, strawberry.argument(description="ISO 3166-1 alpha-3.")]
    ) -> AreaNode | None:
        """One area."""
        context = reading(info)
        found: Any = None
        if is_partner(context):
            found = next(iter(await asyncio.to_thread(recorded_areas, context.store, key_of(code))), None)
        return found

    @strawberry.field(description="Areas with a recorded level; none for whoever is not in force.")
    async def areas(
        self,
        info: Info,
        filter: Annotated[AreaFilter | None, strawberry.argument(description="Which; all unless said.")] = None,
        first: First = None,
        after: After = None,
    ) -> AreaConnection:
        """The areas."""
        context = reading(info)
        asked = filter or AreaFilter()
        found = await asyncio.to_thread(recorded_areas, context.store) if is_partner(context) else []
        kept = [
            item
            for item in found
            if asked.disagreeing in (None, item.disagrees)
            and asked.implementation_level in (None, item.now.implementation_level)
        ]
        return page(
            context, kept, first, after, "areas", (asked.disagreeing, asked.implementation_level), attrgetter("code")
        )


@strawberry.type(description="What the secretariat decides of areas.")
class AreaMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(description="Set an area's implementation and risk level. For the secretariat.")
    async def set_area_level(
        self,
        info: Info,
        input: Annotated[SetAreaLevelInput, strawberry.argument(description="Where, and which level.")],
    ) -> AreaPayload:
        """Records the level."""
        context = acting(info)
        try:
            entitled(context, Task.SET_AREA_LEVEL)
            by = actor(context)
            await recorded(
                lambda: set_area_level(
                    context.store, input.area, input.level, set_by=by.organization, risk=input.risk, at=by.at
                )
            )
        except Fault as fault:
            return refused(AreaPayload, fault)
        await context.refresh()
        (found,) = await asyncio.to_thread(recorded_areas, context.store, input.area)
        area: Any = found
        return done(AreaPayload, area=area)
