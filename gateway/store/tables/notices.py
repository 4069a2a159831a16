"""Notices to organizations, where each wants them sent, and what became of sending them.

Names are kept as they were: a notice points to no row that can change.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, LargeBinary, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names


class NoticeKind(Enum):
    """What a notice tells."""

    RECORD_USED = "RECORD_USED"
    CONSENT_REQUESTED = "CONSENT_REQUESTED"
    CONSENT_GRANTED = "CONSENT_GRANTED"
    CONSENT_REFUSED = "CONSENT_REFUSED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    IMMINENT_RISK_DECLARED = "IMMINENT_RISK_DECLARED"
    EMERGENCY_OPENED = "EMERGENCY_OPENED"
    RECORD_WITHDRAWN = "RECORD_WITHDRAWN"
    RECORD_RESTRICTED = "RECORD_RESTRICTED"
    RECORD_REFUTED = "RECORD_REFUTED"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    APPLICATION_SUBMITTED = "APPLICATION_SUBMITTED"
    APPLICATION_DECIDED = "APPLICATION_DECIDED"
    DESTRUCTION_REQUESTED = "DESTRUCTION_REQUESTED"
    RECORDS_WITHDRAWN = "RECORDS_WITHDRAWN"


class ChannelKind(Enum):
    """By which way notices leave the gateway; the inbox is always there."""

    WEBHOOK = "WEBHOOK"
    MAIL = "MAIL"


class Notice(Table, table=True):
    """A notice to `organization`. `about`: the originator concerned, who may see that it was acknowledged.

    `carry`: whether its content may leave by webhook or mail. One notice an organization for each `dedupe_key`.
    `sequence` rises in the order of commits: the store has one writer at a time.
    """

    __table_args__ = (UniqueConstraint("organization", "dedupe_key"), {"sqlite_autoincrement": True})

    sequence: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    at: datetime = Field(sa_type=UtcTime)
    organization: str = Field(index=True)
    kind: NoticeKind = Field(sa_type=names(NoticeKind))
    record: str | None = Field(default=None, index=True)
    entry: str | None = None
    about: str | None = None
    facts: dict[str, Any] = Field(sa_type=JSON)
    carry: bool
    dedupe_key: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcTime)


class NoticeChannel(Table, table=True):
    """Where `organization` wants its notices: an https URL or a mail address.

    `salt` is bound into the secret that webhooks are signed with, and new with every setting of the channel. `routed`
    is the `sequence` of the last notice for which deliveries were made.
    """

    __tablename__ = "notice_channel"

    organization: str = Field(primary_key=True)
    kind: ChannelKind = Field(primary_key=True, sa_type=names(ChannelKind))
    address: str
    since: datetime = Field(sa_type=UtcTime)
    set_by: str
    salt: bytes = Field(sa_type=LargeBinary)
    routed: int


class NoticeDelivery(Table, table=True):
    """One notice on its way by one channel; due at `next_at`, which whoever takes it moves on first (its lease)."""

    __tablename__ = "notice_delivery"

    notice_id: str = Field(primary_key=True, foreign_key="notice.id")
    channel: ChannelKind = Field(primary_key=True, sa_type=names(ChannelKind))
    next_at: datetime | None = Field(default=None, index=True, sa_type=UtcTime)
    attempts: int = 0
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime)
    given_up_at: datetime | None = Field(default=None, sa_type=UtcTime)
    last_fault: str | None = None
