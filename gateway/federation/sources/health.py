"""How the configured sources are doing, told without anything of their addresses, credentials or records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gateway.federation.sources.source import Source
from gateway.federation.viewed import SourceHealth
from policies.vocabulary import SourceState


def health(sources: Sequence[Source]) -> Sequence[SourceHealth]:
    """One line a source, in the order of the configuration, as this process knows it."""
    return [_of(source) for source in sources]


def together(here: SourceHealth, elsewhere: SourceHealth) -> SourceHealth:
    """What two processes know of one source: as the newest request left it, and the newest of every time."""
    newest, other = (here, elsewhere) if _told(here) >= _told(elsewhere) else (elsewhere, here)
    return msgspec.structs.replace(
        newest,
        last_success=_later(here.last_success, elsewhere.last_success),
        last_failure=_later(here.last_failure, elsewhere.last_failure),
        as_of=_later(here.as_of, elsewhere.as_of),
        embargoed_until=newest.embargoed_until or other.embargoed_until,
        watermark=newest.watermark or other.watermark,
    )


def _of(source: Source) -> SourceHealth:
    now = source.client.health
    return SourceHealth(
        name=source.name,
        connector=source.connector.kind,
        kinds=sorted(source.connector.capabilities.kinds, key=lambda kind: kind.value),
        operator=source.operator,
        state=now.state,
        breaker=now.breaker,
        last_success=now.last_success,
        last_failure=now.last_failure,
        error=None if now.state is SourceState.OK else now.last_error,
        as_of=source.seen.as_of,
        embargoed_until=source.seen.embargoed_until,
        watermark=source.seen.watermark,
    )


def _told(known: SourceHealth) -> float:
    """When something was learned last; seconds since the epoch, before all time where nothing was."""
    moment = _later(known.last_success, known.last_failure)
    return float("-inf") if moment is None else moment.timestamp()


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return one if other is None or (one is not None and one >= other) else other
