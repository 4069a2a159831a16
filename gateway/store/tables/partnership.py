"""Organizations, partnerships, approved areas and levels: the latest row of each counts, the others are history."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Final

from sqlalchemy import JSON
from sqlmodel import Field

from gateway.store.tables.base import Table, names, now
from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus

# An approved area that stands for everywhere (DSS headquarters' worldwide need).
WORLDWIDE: Final = "*"


class RiskLevel(Enum):
    """S8: what an area's implementation level should follow from."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


class Organization(Table, table=True):
    """Who can be a partner (S1). `id` is the gateway's own short name for it, used in markings and the ledger."""

    id: str = Field(primary_key=True)
    name: str
    category: OrganizationCategory = Field(sa_type=names(OrganizationCategory))
    created: datetime = Field(default_factory=now)


class Partnership(Table, table=True):
    """A step in the life of a partnership (S2). `areas`: ISO 3166-1 alpha-3 codes, None where it is global.

    `since` and `until` are the dates of the memorandum of understanding.
    """

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    status: PartnershipStatus = Field(sa_type=names(PartnershipStatus))
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    since: date | None = None
    until: date | None = None
    reason: str | None = None
    recorded_at: datetime = Field(default_factory=now)


class ApprovedArea(Table, table=True):
    """An area of operation approved for an organization by the secretariat or DSS; `area` may be `WORLDWIDE`."""

    __tablename__ = "approved_area"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    area: str
    since: date | None = None
    until: date | None = None
    approved_by: str = Field(foreign_key="organization.id")
    recorded_at: datetime = Field(default_factory=now)


class Area(Table, table=True):
    """An area's level (S8), who set it, and since when; `code` is ISO 3166-1 alpha-3."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    implementation_level: ImplementationLevel = Field(sa_type=names(ImplementationLevel))
    risk_level: RiskLevel | None = Field(default=None, sa_type=names(RiskLevel))
    set_by: str = Field(foreign_key="organization.id")
    since: datetime = Field(default_factory=now)
