"""The tables. What a partnership, an approval or a level was stays on record: the latest row counts.

Dates are days in UTC, `until` included; times carry their offset. Migrations live in `migrations/`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import Enum
from typing import ClassVar, Final

from sqlalchemy import JSON, LargeBinary, MetaData
from sqlalchemy import Enum as EnumColumn
from sqlmodel import Field, SQLModel

from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus, Purpose

# Longer than any member's name, so that a new member needs no migration.
_NAME_LENGTH: Final = 40
# An approved area that stands for everywhere (DSS headquarters' worldwide need).
WORLDWIDE: Final = "*"
# The one row of `epoch`.
EPOCH_ROW: Final = 1


class RiskLevel(Enum):
    """S8: what an area's implementation level should follow from."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    VERY_HIGH = "VERY_HIGH"


def _names(members: type[Enum]) -> EnumColumn:
    """A column of member names."""
    return EnumColumn(members, native_enum=False, length=_NAME_LENGTH, create_constraint=False)


def _now() -> datetime:
    return datetime.now(UTC)


class Table(SQLModel):
    """The gateway's own metadata, with names for every constraint, so that a migration can drop what another made."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Organization(Table, table=True):
    """Who can be a partner (S1). `id` is the gateway's own short name for it, used in markings and the ledger."""

    id: str = Field(primary_key=True)
    name: str
    category: OrganizationCategory = Field(sa_type=_names(OrganizationCategory))
    created: datetime = Field(default_factory=_now)


class Partnership(Table, table=True):
    """A step in the life of a partnership (S2). `areas`: ISO 3166-1 alpha-3 codes, None where it is global.

    `since` and `until` are the dates of the memorandum of understanding.
    """

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    status: PartnershipStatus = Field(sa_type=_names(PartnershipStatus))
    areas: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    since: date | None = None
    until: date | None = None
    reason: str | None = None
    recorded_at: datetime = Field(default_factory=_now)


class ApprovedArea(Table, table=True):
    """An area of operation approved for an organization by the secretariat or DSS; `area` may be `WORLDWIDE`."""

    __tablename__ = "approved_area"

    id: int | None = Field(default=None, primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    area: str
    since: date | None = None
    until: date | None = None
    approved_by: str = Field(foreign_key="organization.id")
    recorded_at: datetime = Field(default_factory=_now)


class Area(Table, table=True):
    """An area's level (S8), who set it, and since when; `code` is ISO 3166-1 alpha-3."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    implementation_level: ImplementationLevel = Field(sa_type=_names(ImplementationLevel))
    risk_level: RiskLevel | None = Field(default=None, sa_type=_names(RiskLevel))
    set_by: str = Field(foreign_key="organization.id")
    since: datetime = Field(default_factory=_now)


class Client(Table, table=True):
    """An OAuth client of an organization. `secret_hash` is argon2's; scopes and capacities are lists of names."""

    client_id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    label: str
    secret_hash: str
    scopes: list[str] = Field(sa_type=JSON)
    purpose: Purpose = Field(sa_type=_names(Purpose))
    capacities: list[str] = Field(sa_type=JSON)
    created: datetime = Field(default_factory=_now)
    disabled_at: datetime | None = None


class RevokedToken(Table, table=True):
    """A revoked access token, kept until it would have expired anyway (seconds since the epoch)."""

    __tablename__ = "revoked_token"

    jti: str = Field(primary_key=True)
    expires: int = Field(index=True)


class Epoch(Table, table=True):
    """One row that counts administrative changes; raised in the transaction of each."""

    id: int = Field(default=EPOCH_ROW, primary_key=True)
    value: int


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
    purpose: Purpose = Field(sa_type=_names(Purpose))
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
