"""The directory: whom to turn to, by area and role (S9, S10). Contact details are for partners in force only."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.partnership.authority import Task, may
from gateway.partnership.focal_points import (
    NAMED_BY_THE_UN,
    Contact,
    end_focal_point,
    focal_points,
    name_focal_point,
)
from gateway.schema.enums import UserErrorCode
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
from gateway.schema.payload import Fault, UserError, actor, done, not_found, refused, text
from gateway.schema.shared import plain
from gateway.sharing.identifiers import Identifiers
from gateway.store.tables import FocalPoint as FocalPointRow
from gateway.store.tables import FocalRole


def _organization(root: strawberry.Parent[FocalPointRow]) -> strawberry.ID:
    return strawberry.ID(root.organization_id)


@strawberry.type(description="Somebody to turn to.")
class FocalPoint:
    """An entry of the directory."""

    id: strawberry.ID = plain("Its id.")
    organization: strawberry.ID = plain("Of which organization.", _organization)
    role: FocalRole = plain("In which role.")
    area: str | None = plain("For which country (ISO 3166-1 alpha-3); null for everywhere.")
    name: str = plain("Who: a person, or an office.")
    mail: str | None = plain("Mail address.")
    telephone: str | None = plain("Telephone number.")
    at: datetime = plain("Since when (UTC).")
    ended_at: datetime | None = plain("When it ended (UTC).")


@strawberry.type(description="A page of the directory, by area, organization and name.")
class FocalPointConnection(ListPage[FocalPoint]):
    """A connection."""


@strawberry.input(description="Somebody of your organization to turn to.")
class NameFocalPointInput:
    """Input."""

    role: FocalRole = strawberry.field(
        description="FOCAL_POINT and OBSERVER for your own organization; SIOC and SECURITY_COORDINATOR are named by "
        "the secretariat and DSS's coordinators."
    )
    name: str = strawberry.field(description="Who: a person, or an office.")
    area: str | None = strawberry.field(
        default=None, description="For which country (ISO 3166-1 alpha-3); everywhere unless said."
    )
    mail: str | None = strawberry.field(default=None, description="Mail address; this or a telephone number.")
    telephone: str | None = strawberry.field(default=None, description="Telephone number.")


@strawberry.input(description="An entry to end.")
class EndFocalPointInput:
    """Input."""

    id: strawberry.ID = strawberry.field(description="Id of an entry of your organization; of any for the secretariat.")


@strawberry.type(description="What came of it.")
class FocalPointPayload:
    """Payload."""

    focal_point: FocalPoint | None = plain("The entry.")
    user_errors: list[UserError] = plain("What was wrong with the input.")


@strawberry.type(description="The directory.")
class DirectoryQueries:
    """Fields of the root."""

    @strawberry.field(
        description="Whom to turn to, of organizations in force; nobody for whoever is not in force itself. Scope "
        "`information:read`."
    )
    async def directory(
        self,
        info: Info,
        area: Annotated[
            str | None, strawberry.argument(description="For this country (ISO 3166-1 alpha-3), and for everywhere.")
        ] = None,
        role: Annotated[list[FocalRole] | None, strawberry.argument(description="Only in these roles.")] = None,
        first: First = None,
        after: After = None,
    ) -> FocalPointConnection:
        """The entries."""
        context = reading(info)
        found: Any = []
        if is_partner(context):
            in_force = context.directory.partners(context.now)
            key = None if area is None else key_of(area)
            found = await asyncio.to_thread(focal_points, context.store, in_force, key, role)
        return page(context, found, first, after, "directory", (area, role))


@strawberry.type(description="Who is in the directory.")
class DirectoryMutations:
    """Fields of the root; each needs the scope `clients:manage`."""

    @strawberry.mutation(description="Enter somebody of your organization into the directory.")
    async def name_focal_point(
        self,
        info: Info,
        input: Annotated[NameFocalPointInput, strawberry.argument(description="Who, where, how to reach.")],
    ) -> FocalPointPayload:
        """Enters."""
        context = acting(info)
        try:
            if input.role in NAMED_BY_THE_UN:
                entitled(context, Task.NAME_FOR_THE_UN)
            elif not is_partner(context):
                raise Fault("input", UserErrorCode.NOT_ALLOWED, "the directory holds partners in force only")
            contact = Contact(
                role=input.role,
                area=input.area,
                name=text(input.name, "name"),
                mail=None if input.mail is None else text(input.mail, "mail"),
                telephone=None if input.telephone is None else text(input.telephone, "telephone"),
            )
            ids, by = Identifiers(context.services.secret), actor(context)
            row: Any = await recorded(lambda: name_focal_point(context.store, ids, contact, by))
        except Fault as fault:
            return refused(FocalPointPayload, fault)
        await context.refresh()
        return done(FocalPointPayload, focal_point=row)

    @strawberry.mutation(description="End an entry of the directory; it stays on record.")
    async def end_focal_point(
        self,
        info: Info,
        input: Annotated[EndFocalPointInput, strawberry.argument(description="Which.")],
    ) -> FocalPointPayload:
        """Ends."""
        context = acting(info)
        try:
            anybodys = may(context.who.profile, Task.NAME_FOR_THE_UN)
            key, by = key_of(input.id), actor(context)
            row: Any = await recorded(lambda: end_focal_point(context.store, key, by, anybodys=anybodys))
            if row is None:
                raise not_found("id")
        except Fault as fault:
            return refused(FocalPointPayload, fault)
        await context.refresh()
        return done(FocalPointPayload, focal_point=row)
