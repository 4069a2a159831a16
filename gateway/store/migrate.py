"""Brings a database to the tables of this version (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

import gateway
from gateway.errors import StoreFault
from gateway.store.engine import Store


def migrate(store: Store) -> None:
    """Brings `store` to the newest revision; nothing happens where it is there. Raises `StoreFault`.

    All in one transaction that holds the write lock, so processes that start together don't get in each other's way.
    """
    with store.connection() as connection:
        try:
            command.upgrade(alembic_configuration(connection), "head")
        except CommandError as error:
            raise StoreFault("the store was made by a newer version of the gateway: install that version") from error


def is_current(store: Store) -> bool:
    """Whether `store` is at the newest revision; raises `StoreFault` where it can't be read."""
    with store.session() as session:
        there = MigrationContext.configure(session.connection()).get_current_revision()
    return there == ScriptDirectory(str(migrations_folder())).get_current_head()


def alembic_configuration(connection: Connection) -> Config:
    """What Alembic's commands need to work on `connection`."""
    configuration = Config()
    configuration.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration


def migrations_folder() -> Path:
    """`gateway/_migrations` in an installed package, `migrations` beside the package in the source tree."""
    package = Path(gateway.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
