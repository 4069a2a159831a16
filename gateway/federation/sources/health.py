"""How the configured sources are doing, told without anything of their addresses, credentials or records."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.federation.sources.source import Source
from gateway.federation.viewed import SourceHealth


def health(sources: Sequence[Source]) -> Sequence[SourceHealth]:
    """One line a source, in the order of the configuration."""
    return [_of(source) for source in sources]


def _of(source: Source) -> SourceHealth:
    now = source.client.health
    failing = now.last_failure is not None and (now.last_success is None or now.last_success < now.last_failure)
    return SourceHealth(
        name=source.name,
        connector=source.connector.kind,
        kinds=sorted(source.connector.capabilities.kinds, key=lambda kind: kind.value),
        breaker=now.breaker.name,
        last_success=now.last_success,
        last_failure=now.last_failure,
        error=now.last_error if failing else None,
        as_of=source.seen.as_of,
        embargoed_until=source.seen.embargoed_until,
        watermark=source.seen.watermark,
    )
