"""Persons at the gateway's own pages, and persons who left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field

from gateway.store.tables.base import Table, UtcTime


class PersonSession(Table, table=True):
    """A person's session, under the hash of what the browser holds; `roles` are words of the issuer's own.

    Times in whole seconds since the epoch. It is over at `expires`, a while after it was last `seen`, or at once when
    `ended_at` is set.
    """

    __tablename__ = "person_session"

    hash: str = Field(primary_key=True)
    issuer: str
    person: str = Field(index=True)
    name: str
    mail: str | None = None
    organization_id: str = Field(foreign_key="organization.id", index=True)
    roles: list[str] = Field(sa_type=JSON)
    created: int
    seen: int
    expires: int = Field(index=True)
    ended_at: int | None = None


class DepartedPerson(Table, table=True):
    """Somebody who left an organization: whatever the issuer still says, not for that organization again.

    From `returned_at` on it counts no more; that it was stays on record.
    """

    __tablename__ = "departed_person"

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(index=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    recorded_by: str
    at: datetime = Field(sa_type=UtcTime)
    returned_at: datetime | None = Field(default=None, sa_type=UtcTime)
