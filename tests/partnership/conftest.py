"""A migrated store with a secretariat, so that areas can be approved and levels set."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.partnership.admission import add_organization
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.vocabulary import OrganizationCategory


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    add_organization(store, "undss", "UNDSS", OrganizationCategory.UNSMS_ENTITY)
    add_organization(store, "plainfield-relief", "Plainfield Relief", OrganizationCategory.INGO)
    yield store
    store.close()
