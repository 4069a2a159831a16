"""What originators, DSS and officers said of records. Rows stay: the latest of a record's restrictions counts.

`reference` is the ledger's 16 bytes for a record, `record` its public id as it was told. Groups are stored by name.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names, now
from gateway.store.tables.notices import NoticeKind
from policies.vocabulary import InformationKind


class ConsentState(Enum):
    """Where a request for consent stands."""

    REQUESTED = "REQUESTED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class RecordRestrictions(Table, table=True):
    """All restrictions that an originator sets on a record, beside those of its marking."""

    __tablename__ = "record_restrictions"

    id: int | None = Field(default=None, primary_key=True)
    reference: bytes = Field(sa_type=LargeBinary, index=True)
    record: str
    originator: str
    restrictions: list[dict[str, Any]] = Field(sa_type=JSON)
    set_by: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)


class Withdrawal(Table, table=True):
    """A record that its originator took back."""

    reference: bytes = Field(sa_type=LargeBinary, primary_key=True)
    record: str
    originator: str
    reason: str
    withdrawn_by: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)


class ConsentRequest(Table, table=True):
    """One organization's request to an originator, made from a redaction."""

    __tablename__ = "consent_request"

    id: str = Field(primary_key=True)
    reference: bytes = Field(sa_type=LargeBinary)
    record: str
    kind: InformationKind = Field(sa_type=names(InformationKind))
    originator: str = Field(index=True)
    organization: str = Field(index=True)
    requested_by: str
    groups: list[str] = Field(sa_type=JSON)
    exact: bool
    justification: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    state: ConsentState = Field(default=ConsentState.REQUESTED, sa_type=names(ConsentState))
    note: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ConsentGrant(Table, table=True):
    """A grant: of one record (`reference`), or of an originator's records by release areas and kinds."""

    __tablename__ = "consent_grant"

    id: str = Field(primary_key=True)
    request_id: str | None = Field(default=None, foreign_key="consent_request.id")
    originator: str = Field(index=True)
    granted_to: str
    groups: list[str] = Field(sa_type=JSON)
    exact: bool
    reference: bytes | None = Field(default=None, sa_type=LargeBinary)
    record: str | None = None
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    kinds: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    granted_by: str
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    until: datetime | None = Field(default=None, sa_type=UtcTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ImminentRisk(Table, table=True):
    """A declaration of imminent risk for areas of one record (S7)."""

    __tablename__ = "imminent_risk"

    id: str = Field(primary_key=True)
    reference: bytes = Field(sa_type=LargeBinary)
    record: str
    originator: str
    declared_by: str
    officer: str
    areas: list[str] = Field(sa_type=JSON)
    reason: str
    advice: str | None = None
    text_is_clean: bool = False
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    until: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class EmergencyOpening(Table, table=True):
    """An emergency opening: asked for by one officer, running from the approval by another of the same organization."""

    __tablename__ = "emergency_opening"

    id: str = Field(primary_key=True)
    reference: bytes = Field(sa_type=LargeBinary)
    record: str
    originator: str
    organization: str = Field(index=True)
    officer: str
    justification: str
    hours: int
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_type=UtcTime)
    until: datetime | None = Field(default=None, sa_type=UtcTime)


class Recall(Table, table=True):
    """What has to be told to everyone who was shown a record.

    `losses`: which groups who lost, None where the whole record is concerned (`gateway.sharing.recall`). `done_at`:
    when the last answer that could still show it had been looked through.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: NoticeKind = Field(sa_type=names(NoticeKind))
    reference: bytes = Field(sa_type=LargeBinary, index=True)
    record: str
    originator: str
    carried: bool
    losses: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    at: datetime = Field(default_factory=now, sa_type=UtcTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcTime)
