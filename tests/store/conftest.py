"""A store in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.engine import Store, open_store


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    """A store without tables."""
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    yield store
    store.close()
