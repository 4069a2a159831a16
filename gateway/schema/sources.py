"""`sources`: the configured platforms."""

from __future__ import annotations

import strawberry
from strawberry.types import Info

from gateway.schema.context import context_of
from gateway.schema.shared import plain
from policies.vocabulary import InformationKind


@strawberry.type(description="A configured platform. How it answers is told with each list.")
class ConfiguredSource:
    """A source. Nothing of its health: when it failed, and at what, may depend on records that are not shown."""

    name: str = plain("Its configured name.")
    connector: str = plain("The kind of connector that reads it.")
    kinds: list[InformationKind] = plain("What it gives.")


@strawberry.type(description="The configured platforms.")
class SourceQueries:
    """Fields of the root."""

    @strawberry.field(description="Every configured platform.")
    def sources(self, info: Info) -> list[ConfiguredSource]:
        """The sources."""
        return [
            ConfiguredSource(name=item.name, connector=item.connector, kinds=list(item.kinds))  # type: ignore[call-arg]
            for item in context_of(info).federation.health()
        ]
