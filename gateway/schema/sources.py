"""`sources`: how the configured platforms are doing."""

from __future__ import annotations

from datetime import date, datetime

import strawberry
from strawberry.types import Info

from gateway.federation.viewed import SourceHealth
from gateway.schema.context import context_of
from gateway.schema.enums import BreakerState
from gateway.schema.shared import plain
from policies.vocabulary import InformationKind


@strawberry.type(description="A configured platform and how it is doing; nothing of its records.")
class ConfiguredSource:
    """A source."""

    name: str = plain("Its configured name.")
    connector: str = plain("The kind of connector that reads it.")
    kinds: list[InformationKind] = plain("What it gives.")
    breaker: BreakerState = plain("Whether it is asked at the moment.")
    last_success: datetime | None = plain("When it last answered well since the gateway started (UTC).")
    last_failure: datetime | None = plain("When it last failed since the gateway started (UTC).")
    error: str | None = plain("Stable code of the failure, where the last request failed.")
    as_of: datetime | None = plain("How fresh its last answer was (UTC).")
    embargoed_until: date | None = plain("The day after which it keeps records back.")
    watermark: str | None = plain("How far its last answer reached, in its own terms.")


@strawberry.type(description="The configured platforms.")
class SourceQueries:
    """Fields of the root."""

    @strawberry.field(description="Every configured platform, and how it is doing.")
    def sources(self, info: Info) -> list[ConfiguredSource]:
        """The sources."""
        return [_shown(item) for item in context_of(info).federation.health()]


def _shown(item: SourceHealth) -> ConfiguredSource:
    return ConfiguredSource(  # type: ignore[call-arg]  # `plain`
        name=item.name,
        connector=item.connector,
        kinds=list(item.kinds),
        breaker=BreakerState[item.breaker],
        last_success=item.last_success,
        last_failure=item.last_failure,
        error=item.error,
        as_of=item.as_of,
        embargoed_until=item.embargoed_until,
        watermark=item.watermark,
    )
