"""A migrated store and a receiver on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from tests.notices.certified import Certified
from tests.notices.receivers import HttpReceiver, SmtpReceiver
from tests.notices.served import Served, served_gateway


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def mail_server() -> Iterator[SmtpReceiver]:
    with SmtpReceiver() as server:
        yield server


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    return Certified(tmp_path)


@pytest.fixture
def served(store: Store, tmp_path: Path) -> Iterator[Served]:
    with served_gateway(store, tmp_path) as served:
        yield served
