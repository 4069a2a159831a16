"""What organizations share with the gateway itself: each record as it stands, and all that was ever sent of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names, now
from policies.vocabulary import InformationKind, RecordStatus


class RecordShared(Table, table=True):
    """A record as its latest version has it. `body`: the normalised record with its marking, as msgspec writes JSON.

    `native` is derived from organization, kind and `external_id`, apart for tests (`gateway.sharing.records.keys`).
    """

    __tablename__ = "record_shared"
    # A page of a list: one kind, mostly one status, by the time of sharing.
    __table_args__: ClassVar[Any] = (Index("ix_record_shared_kind", "kind", "status", "shared_at", "native"),)

    native: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    kind: InformationKind = Field(sa_type=names(InformationKind))
    status: RecordStatus = Field(sa_type=names(RecordStatus))
    external_id: str
    version: int
    shared_at: datetime = Field(sa_type=UtcTime)
    body: bytes = Field(sa_type=LargeBinary)


class RecordSubmission(Table, table=True):
    """One time that a record was sent, under the key that its sender gave it: what was sent, and the receipt.

    A key belongs to an organization and an operation, tests apart. `digest`: SHA-256 of the input as it was sent.
    """

    __tablename__ = "record_submission"

    organization_id: str = Field(primary_key=True)
    operation: str = Field(primary_key=True)
    idempotency_key: str = Field(primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary)
    native: str = Field(foreign_key="record_shared.native", index=True)
    version: int
    shared_at: datetime = Field(sa_type=UtcTime)
    body: bytes = Field(sa_type=LargeBinary)
    submitted_by: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
