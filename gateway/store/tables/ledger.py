"""The disclosure ledger. Names are kept as they were: nothing here points to a row that can change.

An entry's payload can be erased (its columns become NULL); leaves, nodes and heads stay, so every proof stays valid.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import ForeignKeyConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.base import Table, names
from policies.vocabulary import Purpose

# The one row of `ledger_progress`.
PROGRESS_ROW: Final = 1


class LedgerEntry(Table, table=True):
    """One answer or refusal; `person`: who asked, where somebody had signed in.

    Erased: `organization`, `on_behalf_of`, `client`, `person`, `operation`, `document_hash` are NULL.

    `sequence` rises in the order of commits: the store has one writer at a time.
    """

    __tablename__ = "ledger_entry"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_autoincrement": True}  # a number is never given twice

    sequence: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    at: datetime = Field(index=True)
    organization: str | None = Field(index=True)
    on_behalf_of: str | None = None
    client: str | None
    person: str | None = None
    purpose: Purpose = Field(sa_type=names(Purpose))
    operation: str | None
    document_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    outcome: str
    policy_version: str


class LedgerDisclosure(Table, table=True):
    """What one entry showed of one originator's records; `shown` is MessagePack (`gateway.ledger.entries`).

    Erased: `salt` and `shown` are NULL.
    """

    __tablename__ = "ledger_disclosure"

    entry_id: str = Field(primary_key=True, foreign_key="ledger_entry.id")
    originator: str = Field(primary_key=True, index=True)
    salt: bytes | None = Field(sa_type=LargeBinary)
    shown: bytes | None = Field(sa_type=LargeBinary)


class LedgerLeaf(Table, table=True):
    """A disclosure's place in its originator's tree, and its commitment (32 bytes): the leaf's data."""

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entry_id", "originator"], ["ledger_disclosure.entry_id", "ledger_disclosure.originator"]
        ),
        UniqueConstraint("entry_id", "originator"),
        {"sqlite_with_rowid": False},
    )

    originator: str = Field(primary_key=True)
    leaf_index: int = Field(primary_key=True)
    entry_id: str
    commitment: bytes = Field(sa_type=LargeBinary)


class LedgerNode(Table, table=True):
    """The hash of a complete subtree of an originator's tree, from level 1 on (`gateway.ledger.tree`)."""

    __tablename__ = "ledger_node"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    originator: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)


class LedgerProgress(Table, table=True):
    """One row: every entry up to this `sequence` is in its trees."""

    __tablename__ = "ledger_progress"

    id: int = Field(default=PROGRESS_ROW, primary_key=True)
    sequence: int


class LedgerHead(Table, table=True):
    """A signed head of an originator's tree."""

    __tablename__ = "ledger_head"

    originator: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True)
    size: int
    root: bytes = Field(sa_type=LargeBinary)
    signature: bytes = Field(sa_type=LargeBinary)


class LedgerRecord(Table, table=True):
    """The public id under which a record was shown, and its reference; a record has one id for each key of ids."""

    __tablename__ = "ledger_record"
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}

    public_id: str = Field(primary_key=True)
    reference: bytes = Field(sa_type=LargeBinary, index=True)
