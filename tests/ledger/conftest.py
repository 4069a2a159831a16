"""A migrated store, and entries to commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    yield store
    store.close()
