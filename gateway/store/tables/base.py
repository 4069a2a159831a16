"""What every table has: one metadata with names for every constraint, columns of member names, times with offset."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import ClassVar, Final

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from policies.values import utc

# Longer than any member's name, so that a new member needs no migration.
_NAME_LENGTH: Final = 40
# The one row of `epoch`.
EPOCH_ROW: Final = 1


def names(members: type[Enum]) -> EnumColumn:
    """A column of member names."""
    return EnumColumn(members, native_enum=False, length=_NAME_LENGTH, create_constraint=False)


class UtcTime(TypeDecorator[datetime]):
    """Times with offset in, UTC out: SQLite keeps none, and a time without one would be read as local."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """UTC; raises `ValueError` for a time without offset."""
        return None if value is None else utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The time with its offset."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The time, with its offset."""
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


class Epoch(Table, table=True):
    """One row that counts administrative changes; raised in the transaction of each."""

    id: int = Field(default=EPOCH_ROW, primary_key=True)
    value: int
