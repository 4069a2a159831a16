"""`sources`: the configured platforms, and for the organization that operates one how it is doing."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.federation.sources.status import combined
from gateway.federation.viewed import SourceHealth as Known
from gateway.identity.scopes import Scope
from gateway.quarantine.rows import counted, quarantined
from gateway.schema.context import context_of
from gateway.schema.paging import window
from gateway.schema.shared import plain
from gateway.store.engine import Store
from policies.vocabulary import BreakerState, InformationKind, SourceState


@strawberry.type(description="A row of a platform that became no record, since its identity or marking can't be read.")
class QuarantinedRow:
    """A row, for the source's operator."""

    kind: InformationKind = plain("As what it was asked for.")
    native: str = plain("The platform's own key of it; empty where it has none.")
    reason: str = plain("Why it is no record.")
    first_seen: datetime = plain("When it was met first.")
    last_seen: datetime = plain("When it was met last.")


@strawberry.type(description="How a platform is doing. Its operating organization is told, and nobody else.")
class SourceHealth:
    """What its operator has to know; the newest of what all processes of the gateway know."""

    source: strawberry.Private[str]

    state: SourceState | None = plain("How it answered last; null where it was not asked yet.")
    last_success: datetime | None = plain("When it answered well last.")
    last_failure: datetime | None = plain("When it failed last.")
    error_class: str | None = plain("The stable code of the failure, where the last request was one.")
    breaker: BreakerState = plain("Whether it is asked at all.")
    watermark: str | None = plain("Where the platform's changes would go on, as it told it last.")
    as_of: datetime | None = plain("The end of its last successful synchronisation.")
    embargoed_until: date | None = plain("The day after which the platform keeps records back.")
    quarantined: int = plain("How many of its rows became no record.")

    @strawberry.field(description="Rows that became no record, those met last first.")
    async def quarantined_rows(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="How many: 50 unless said, at most 1,000.")
        ] = None,
    ) -> list[QuarantinedRow]:
        """The rows."""
        count, _, _ = window(first, None, None, None)
        rows: Any = await asyncio.to_thread(quarantined, context_of(info).store, self.source, count)
        return list(rows)


@strawberry.type(description="A configured platform. How it answers is told with each list.")
class ConfiguredSource:
    """A source. Its health is its operator's: when it failed, and at what, may depend on records that are not shown."""

    known: strawberry.Private[Known]

    name: str = plain("Its configured name.")
    connector: str = plain("The kind of connector that reads it.")
    kinds: list[InformationKind] = plain("What it gives.")

    @strawberry.field(
        description="How it is doing, where your organization operates it and asks for itself. Null for everyone else, "
        "however it is doing."
    )
    async def health(self, info: Info) -> SourceHealth | None:
        """The health."""
        context = context_of(info)
        who = context.who
        if self.known.operator != context.organization or who.on_behalf_of is not None or who.profile.test:
            return None
        context.require(Scope.INFORMATION_READ)
        return await asyncio.to_thread(_health, context.store, self.known)


@strawberry.type(description="The configured platforms.")
class SourceQueries:
    """Fields of the root."""

    @strawberry.field(description="Every configured platform.")
    def sources(self, info: Info) -> list[ConfiguredSource]:
        """The sources."""
        return [
            ConfiguredSource(  # type: ignore[call-arg]  # `plain`
                known=item, name=item.name, connector=item.connector, kinds=list(item.kinds)
            )
            for item in context_of(info).federation.health()
        ]


def _health(store: Store, known: Known) -> SourceHealth:
    with store.session() as session:
        told = combined(session, known)
    return SourceHealth(  # type: ignore[call-arg]  # `plain`
        source=told.name,
        state=told.state,
        last_success=told.last_success,
        last_failure=told.last_failure,
        error_class=told.error,
        breaker=told.breaker,
        watermark=told.watermark,
        as_of=told.as_of,
        embargoed_until=told.embargoed_until,
        quarantined=counted(store).get(told.name, 0),
    )
