"""Queries of records, and of who asks."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.errors import BadInput
from gateway.federation.operation import ListOrder
from gateway.schema.context import context_of
from gateway.schema.enums import OrderDirection
from gateway.schema.paging import window
from gateway.schema.records.alert import SecurityAlert
from gateway.schema.records.connection import Connection
from gateway.schema.records.filters import AlertFilter, IncidentFilter, IncidentOrder
from gateway.schema.records.incident import Incident
from gateway.schema.records.information import Node
from gateway.schema.records.listing import After, Before, First, Last, listed
from gateway.schema.shared import plain
from policies.vocabulary import (
    Capacity,
    InformationKind,
    OrganizationCategory,
    PartnershipStatus,
    Purpose,
)

LARGEST_LOOKUP = 100

PublicId = Annotated[strawberry.ID, strawberry.argument(description="An id that the gateway gave.")]


@strawberry.type(description="Who asks, as the policy sees it.")
class Viewer:
    """The requester."""

    organization: str = plain("Id of the organization.")
    category: OrganizationCategory = plain("What kind of partner it is.")
    partnership: PartnershipStatus = plain("Where its partnership stands now.")
    areas: list[str] = plain("Countries for which it is approved (ISO 3166-1 alpha-3).")
    worldwide: bool = plain("Whether it has an approved worldwide need.")
    capacities: list[Capacity] = plain("Its tasks.")
    purpose: Purpose = plain("The purpose of its requests, fixed at registration.")
    scopes: list[str] = plain("The token's scopes.")
    client: str = plain("The client that asks.")
    test: bool = plain("Whether it is a test client, which reaches tests of its own organization and nothing else.")


@strawberry.type(description="Records of all sources, and who asks.")
class RecordQueries:
    """Fields of the root."""

    @strawberry.field(description="Who asks, as the policy sees it.")
    def viewer(self, info: Info) -> Viewer:
        """The requester's own profile."""
        who = context_of(info).who
        profile = who.profile
        return Viewer(  # type: ignore[call-arg]  # fields declared through `plain`
            organization=profile.organization,
            category=profile.category,
            partnership=profile.partnership,
            areas=sorted(profile.approved_areas),
            worldwide=profile.worldwide,
            capacities=sorted(profile.capacities, key=lambda item: item.value),
            purpose=profile.purpose,
            scopes=sorted(profile.scopes),
            client=who.client,
            test=profile.test,
        )

    @strawberry.field(description="A record by id; null alike where it is not listed, not there, or no id.")
    async def node(self, info: Info, id: PublicId) -> Node | None:
        """One record."""
        return await _found(info, id)

    @strawberry.field(description="Records by id, in the order asked for; null alike where `node` would be.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")],
    ) -> list[Node | None]:
        """Several records."""
        if len(ids) > LARGEST_LOOKUP:
            raise BadInput(f"`ids` has {len(ids)} ids: give at most {LARGEST_LOOKUP}")
        found: Any = await context_of(info).find([str(item) for item in ids])
        return found

    @strawberry.field(description="An incident by id; null alike where it is not listed, not there, or no id.")
    async def incident(self, info: Info, id: PublicId) -> Incident | None:
        """One incident."""
        return await _found(info, id, InformationKind.INCIDENT_REPORT)

    @strawberry.field(description="Incidents of all sources as one list; what is not shown decides nothing in it.")
    async def incidents(
        self,
        info: Info,
        filter: Annotated[
            IncidentFilter | None, strawberry.argument(description="Which; records with status ACTUAL unless said.")
        ] = None,
        order_by: Annotated[
            IncidentOrder | None, strawberry.argument(description="In which order; newest shared first unless said.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Incident]:
        """The union of the sources' incidents."""
        order = (ListOrder.SHARED, True)
        if order_by is not None:
            order = (order_by.field, order_by.direction is OrderDirection.DESC)
        return await listed(
            info,
            InformationKind.INCIDENT_REPORT,
            "information:read",
            filter,
            IncidentFilter(),
            window(first, after, last, before),
            order,
        )

    @strawberry.field(description="Security alerts of all sources as one list, newest shared first.")
    async def security_alerts(
        self,
        info: Info,
        filter: Annotated[
            AlertFilter | None, strawberry.argument(description="Which; alerts with status ACTUAL unless said.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SecurityAlert]:
        """The union of the sources' alerts."""
        return await listed(
            info,
            InformationKind.SECURITY_ALERT,
            "alerts:read",
            filter,
            AlertFilter(),
            window(first, after, last, before),
        )


async def _found(info: Info, public: strawberry.ID, kind: InformationKind | None = None) -> Any:
    return (await context_of(info).find([str(public)], [kind]))[0]
