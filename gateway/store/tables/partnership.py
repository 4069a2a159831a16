"""Organizations, partnerships, approved areas and levels: the latest row of each counts, the others are history.

Applications with their reviews, the directory's focal points, and what an organization that left said of its records.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Final

from sqlalchemy import JSON
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime, names, now
from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus

# An approved area that stands for everywhere (DSS headquarters' worldwide need).
WORLDWIDE: Final = "*"


class RiskLevel(Enum):
    """S8: what an area's implementation level should follow from."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


class ApplicationState(Enum):
    """Where an application stands."""

    SUBMITTED = "SUBMITTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class CommitteeSide(Enum):
    """S3: for which side a co-chair of the Oversight Committee stands."""

    DSS = "DSS"
    INGO = "INGO"


class ReviewDecision(Enum):
    """What a co-chair says to an application."""

    APPROVE = "APPROVE"
    REFUSE = "REFUSE"


class FocalRole(Enum):
    """S9, S10: what somebody of the directory is there for."""

    FOCAL_POINT = "FOCAL_POINT"
    OBSERVER = "OBSERVER"
    SIOC = "SIOC"
    SECURITY_COORDINATOR = "SECURITY_COORDINATOR"


class RecordsChoice(Enum):
    """What becomes of the records of an organization that leaves."""

    WITHDRAW = "WITHDRAW"
    LEAVE = "LEAVE"


class Organization(Table, table=True):
    """Who can be a partner (S1). `id` is the gateway's own short name for it, used in markings and the ledger."""

    id: str = Field(primary_key=True)
    name: str
    category: OrganizationCategory = Field(sa_type=names(OrganizationCategory))
    created: datetime = Field(default_factory=now)


class Partnership(Table, table=True):
    """A step in the life of a partnership (S2). `areas`: ISO 3166-1 alpha-3 codes, None where it is global.

    `since` and `until` are the dates of the memorandum of understanding; `recorded_by`: the organization that recorded
    the step, None for the operator.
    """

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    status: PartnershipStatus = Field(sa_type=names(PartnershipStatus))
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    since: date | None = None
    until: date | None = None
    reason: str | None = None
    recorded_by: str | None = None
    recorded_at: datetime = Field(default_factory=now, sa_type=UtcTime)


class ApprovedArea(Table, table=True):
    """An area of operation approved for an organization by the secretariat or DSS; `area` may be `WORLDWIDE`."""

    __tablename__ = "approved_area"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    area: str
    since: date | None = None
    until: date | None = None
    approved_by: str = Field(foreign_key="organization.id")
    recorded_at: datetime = Field(default_factory=now, sa_type=UtcTime)


class Area(Table, table=True):
    """An area's level (S8), who set it, and since when; `code` is ISO 3166-1 alpha-3."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    implementation_level: ImplementationLevel = Field(sa_type=names(ImplementationLevel))
    risk_level: RiskLevel | None = Field(default=None, sa_type=names(RiskLevel))
    set_by: str = Field(foreign_key="organization.id")
    since: datetime = Field(default_factory=now, sa_type=UtcTime)


class PartnershipApplication(Table, table=True):
    """An application with its commitments (S2). The first three are in the applicant's words; `areas` None: global."""

    __tablename__ = "partnership_application"

    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    security_risk_management: str
    contingency_planning: str
    emergency_arrangements: str
    accepts_purpose: bool
    accepts_confidentiality: bool
    submitted_by: str
    at: datetime = Field(sa_type=UtcTime)
    state: ApplicationState = Field(default=ApplicationState.SUBMITTED, sa_type=names(ApplicationState))
    decided_at: datetime | None = Field(default=None, sa_type=UtcTime)


class ApplicationReview(Table, table=True):
    """What the co-chair of one side said to an application: one review a side (S3)."""

    __tablename__ = "application_review"

    application_id: str = Field(primary_key=True, foreign_key="partnership_application.id")
    side: CommitteeSide = Field(primary_key=True, sa_type=names(CommitteeSide))
    organization_id: str = Field(foreign_key="organization.id")
    officer: str
    decision: ReviewDecision = Field(sa_type=names(ReviewDecision))
    reason: str | None = None
    at: datetime = Field(sa_type=UtcTime)


class FocalPoint(Table, table=True):
    """Somebody to turn to (S10): of which organization, in which role, for which area (None: everywhere)."""

    __tablename__ = "focal_point"

    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    role: FocalRole = Field(sa_type=names(FocalRole))
    area: str | None = Field(default=None, index=True)
    name: str
    mail: str | None = None
    telephone: str | None = None
    named_by: str
    at: datetime = Field(sa_type=UtcTime)
    ended_by: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)


class Offboarding(Table, table=True):
    """That an organization left, and what it wants of its records until it is in force again (`ended_at`).

    `audience`: who was a partner in force on that day; with `LEAVE` nobody else joins the audience of its records.
    """

    id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    reason: str
    records: RecordsChoice = Field(sa_type=names(RecordsChoice))
    audience: list[str] = Field(sa_type=JSON)
    recorded_by: str
    at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    destruction_statement: str | None = None
    destruction_recorded_by: str | None = None
    destruction_recorded_at: datetime | None = Field(default=None, sa_type=UtcTime)
