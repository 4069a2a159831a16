"""Rows that became no record. The reason is the connector's, on identity or marking, and never a field's value."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names
from policies.vocabulary import InformationKind


class QuarantinedRow(Table, table=True):
    """A row by its platform's key, where it has one (else ""), and when it was met first and last."""

    __tablename__ = "quarantined_row"

    source: str = Field(primary_key=True)
    kind: InformationKind = Field(primary_key=True, sa_type=names(InformationKind))
    native: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    first_seen: datetime = Field(sa_type=UtcTime)
    last_seen: datetime = Field(sa_type=UtcTime)
