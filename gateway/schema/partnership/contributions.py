"""What your organization gave and received, by month and kind, and to which partner."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.errors import BadInput
from gateway.identity.scopes import Scope
from gateway.partnership.contributions import contributions, given_by_partner
from gateway.schema.context import Context
from gateway.schema.partnership.access import reading
from gateway.schema.shared import plain
from policies.vocabulary import InformationKind

_LONGEST = 24
Months = Annotated[int, strawberry.argument(description="How many months back, this one included; at most 24.")]


@strawberry.type(description="What was given and received in one month, of one kind; each record counts once.")
class Contribution:
    """A row."""

    month: str = plain("The month (UTC), such as 2026-11.")
    kind: InformationKind | None = plain("The kind; null where it is not known any more.")
    given: int = plain("Records of your organization that others were shown.")
    received: int = plain("Records of others that your organization was shown.")


@strawberry.type(description="What a partner was shown of your organization's records; each record counts once.")
class PartnerContribution:
    """A row."""

    organization: strawberry.ID = plain("The partner.")
    given: int = plain("Records of your organization that it was shown.")


@strawberry.type(description="Contributions.")
class ContributionQueries:
    """Fields of the root; each needs the scope `ledger:read` beside `information:read`."""

    @strawberry.field(description="What your organization gave and received, newest month first.")
    async def contributions(self, info: Info, months: Months = 12) -> list[Contribution]:
        """The organization's own figures."""
        context = _ledger(info)

        def kind_of(public: str) -> InformationKind | None:
            ref = context.federation.ids.decode(public)
            return None if ref is None else ref.kind

        found: Any = await asyncio.to_thread(
            contributions, context.store, context.organization, _since(context, months), kind_of
        )
        return found

    @strawberry.field(description="What your organization gave, by partner.")
    async def partner_contributions(self, info: Info, months: Months = 12) -> list[PartnerContribution]:
        """To whom."""
        context = _ledger(info)
        found: Any = await asyncio.to_thread(
            given_by_partner, context.store, context.organization, _since(context, months)
        )
        return found


def _ledger(info: Info) -> Context:
    context = reading(info)
    context.require(Scope.LEDGER_READ)
    return context


def _since(context: Context, months: int) -> datetime:
    """The first moment of the earliest month."""
    if not 1 <= months <= _LONGEST:
        raise BadInput(f"`months` is {months}: give a number from 1 to {_LONGEST}")
    now = datetime.fromtimestamp(context.now, UTC)
    year, month = divmod(now.year * 12 + now.month - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)
