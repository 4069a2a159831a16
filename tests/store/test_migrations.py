"""The migrations and the tables are one."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from gateway.errors import StoreFault
from gateway.store.engine import Store, open_store
from gateway.store.migrate import alembic_configuration, is_current, migrate, migrations_folder
from gateway.store.tables import Table


def test_the_migrated_tables_are_those_of_the_models(empty_store: Store) -> None:
    migrate(empty_store)
    with empty_store.connection() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
        constraints = {
            table: {key["name"] for key in inspect(connection).get_foreign_keys(table)}
            for table in Table.metadata.tables
        }
    expected = {
        name: {key.name for key in table.foreign_key_constraints} for name, table in Table.metadata.tables.items()
    }
    assert constraints == expected


def test_back_to_nothing_and_forward_again(empty_store: Store) -> None:
    migrate(empty_store)
    with empty_store.connection() as connection:
        command.downgrade(alembic_configuration(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert not is_current(empty_store)
    migrate(empty_store)
    assert is_current(empty_store)
    assert empty_store.epoch() == 0


def test_migrating_twice_changes_nothing(empty_store: Store) -> None:
    migrate(empty_store)
    empty_store.write(lambda session: None)
    migrate(empty_store)
    assert empty_store.epoch() == 1


def test_processes_that_start_together_do_not_disturb_each_other(empty_store: Store, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def start(go: Callable[[Store], None]) -> None:
        store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
        try:
            go(store)
        except StoreFault as error:
            failures.append(error)
        finally:
            store.close()

    threads = [Thread(target=start, args=(migrate,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert is_current(empty_store)


def test_a_store_of_a_newer_version_is_refused(empty_store: Store) -> None:
    migrate(empty_store)
    with empty_store.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_current(empty_store)
    with pytest.raises(StoreFault, match="newer version"):
        migrate(empty_store)


def test_the_migrations_are_found_beside_the_package() -> None:
    assert (migrations_folder() / "env.py").is_file()
