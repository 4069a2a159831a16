"""How the sources are doing, as the gateways that run tell it: one row a source, nothing of any record."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names
from policies.vocabulary import BreakerState, SourceState


class SourceStatus(Table, table=True):
    """A source by its configured name, as it stood at `observed`: the newest of what any gateway knows of it.

    `state` is None where it was not asked yet; `error` the code of a failure, None where the last request went well.
    """

    __tablename__ = "source_status"

    source: str = Field(primary_key=True)
    observed: datetime = Field(sa_type=UtcTime)
    state: SourceState | None = Field(sa_type=names(SourceState))
    breaker: BreakerState = Field(sa_type=names(BreakerState))
    last_success: datetime | None = Field(sa_type=UtcTime)
    last_failure: datetime | None = Field(sa_type=UtcTime)
    error: str | None
    as_of: datetime | None = Field(sa_type=UtcTime)
    embargoed_until: date | None
    watermark: str | None
