"""OAuth clients and revoked tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from gateway.store.tables.base import Table, names, now
from policies.vocabulary import Purpose


class Client(Table, table=True):
    """An OAuth client of an organization. `secret_hash` is argon2's; scopes and capacities are lists of names."""

    client_id: str = Field(primary_key=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    label: str
    secret_hash: str
    scopes: list[str] = Field(sa_type=JSON)
    purpose: Purpose = Field(sa_type=names(Purpose))
    capacities: list[str] = Field(sa_type=JSON)
    created: datetime = Field(default_factory=now)
    disabled_at: datetime | None = None


class RevokedToken(Table, table=True):
    """A revoked access token, kept until it would have expired anyway (seconds since the epoch)."""

    __tablename__ = "revoked_token"

    jti: str = Field(primary_key=True)
    expires: int = Field(index=True)
