"""How the store is opened, and what a write does."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from gateway.errors import StoreFault
from gateway.store.engine import Store, epoch_of, open_store
from gateway.store.migrate import migrate
from gateway.store.tables import Client, Organization
from policies.vocabulary import OrganizationCategory, Purpose


@pytest.fixture
def store(empty_store: Store) -> Store:
    migrate(empty_store)
    return empty_store


def _organization(name: str = "plainfield-relief") -> Organization:
    return Organization(id=name, name="Plainfield Relief", category=OrganizationCategory.INGO)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_every_connection_is_durable_and_strict(store: Store, pragma: str, value: object) -> None:
    with store.session() as reading, store.transaction() as writing:
        for session in (reading, writing):
            assert session.connection().execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_an_administrative_write_raises_the_epoch_with_it(store: Store) -> None:
    store.write(lambda session: session.add(_organization()))
    assert store.epoch() == 1


def test_a_write_that_fails_leaves_nothing_and_the_epoch_as_it_was(store: Store) -> None:
    def change(session: Session) -> None:
        session.add(_organization())
        session.flush()
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        store.write(change)
    assert store.epoch() == 0
    with store.session() as session:
        assert session.exec(select(Organization)).all() == []


def test_a_session_sees_one_state_while_others_write(store: Store) -> None:
    with store.session() as session:
        assert epoch_of(session) == 0
        store.write(lambda other: other.add(_organization()))
        assert epoch_of(session) == 0
        assert session.exec(select(Organization)).all() == []


def test_a_row_that_points_nowhere_is_refused_and_no_value_is_told(store: Store) -> None:
    client = Client(
        client_id="c",
        organization_id="nobody",
        label="",
        jwks_uri="a hash to keep to oneself",
        scopes=[],
        purpose=Purpose.OTHER,
        capacities=[],
    )
    with pytest.raises(StoreFault, match="IntegrityError") as caught:
        store.write(lambda session: session.add(client))
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert "a hash to keep to oneself" not in f"{caught.value} {caught.value.__cause__}"


def test_a_file_that_is_no_database_is_a_fault_with_advice(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_bytes(b"plainly not a database" * 100)
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    with pytest.raises(StoreFault, match="see that its disk is there"):
        store.epoch()
    store.close()


def test_a_store_that_lost_a_table_is_a_fault_until_it_is_back(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("ALTER TABLE epoch RENAME TO elsewhere")
    with pytest.raises(StoreFault):
        store.epoch()
    other.execute("ALTER TABLE elsewhere RENAME TO epoch")
    other.close()
    assert store.epoch() == 0


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://somewhere/slt", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_keeps_nothing_is_refused_and_told_what_to_write(url: str) -> None:
    with pytest.raises(StoreFault, match="sqlite:///PATH"):
        open_store(url)
