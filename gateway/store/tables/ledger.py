"""The disclosure ledger. Names are kept as they were: nothing here points to a row that can change."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary
from sqlmodel import Field

from gateway.store.tables.base import Table, names
from policies.vocabulary import Purpose


class LedgerEntry(Table, table=True):
    """One answer or refusal. Names are kept as they were: nothing here points to a row that can change."""

    __tablename__ = "ledger_entry"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_autoincrement": True}  # a number is never given twice

    sequence: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    at: datetime = Field(index=True)
    organization: str = Field(index=True)
    on_behalf_of: str | None = None
    client: str
    purpose: Purpose = Field(sa_type=names(Purpose))
    operation: str
    document_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    outcome: str
    policy_version: str


class LedgerDisclosure(Table, table=True):
    """What one entry showed of one originator's records; `shown` is MessagePack (`gateway.ledger.entries`)."""

    __tablename__ = "ledger_disclosure"

    entry_id: str = Field(primary_key=True, foreign_key="ledger_entry.id")
    originator: str = Field(primary_key=True, index=True)
    salt: bytes = Field(sa_type=LargeBinary)
    shown: bytes = Field(sa_type=LargeBinary)
