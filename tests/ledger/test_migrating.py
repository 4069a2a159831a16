"""A ledger from before there were trees keeps its entries and gets its trees; the way back leaves what can be kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from alembic import command
from sqlalchemy import text

from gateway.ledger.entries import decode_shown
from gateway.ledger.extracts import every_disclosure
from gateway.ledger.read import entries
from gateway.ledger.reference import reference
from gateway.ledger.retention import erase_client
from gateway.ledger.verify import verify
from gateway.store.engine import Store, open_store
from gateway.store.migrate import alembic_configuration, migrate
from tests.ledger.invented import WHOLE
from tests.ledger.kept import NOON, SIGNER, Clock, grown, sequencer

# As the first version wrote it: groups by number.
SHOWN = msgspec.msgpack.encode([((0, 1, 2), WHOLE.rules, reference("plainfield-forms", "INCIDENT_REPORT", "0"))])


@pytest.fixture
def old_store(tmp_path: Path) -> Iterator[Store]:
    """Three entries, one of them a refusal, in the tables of the first version."""
    store = open_store(f"sqlite:///{tmp_path}/old.sqlite3")
    with store.connection() as connection:
        command.upgrade(alembic_configuration(connection), "0001")
        for number, outcome in enumerate(("ANSWERED", "FORBIDDEN", "ANSWERED"), 1):
            connection.execute(
                text(
                    "INSERT INTO ledger_entry VALUES (:number, :id, '2026-04-01 09:00:00', 'plainfield-relief', NULL,"
                    " 'c', 'SAFETY_AND_SECURITY', 'incidents', x'00', :outcome, '2026-05-01')"
                ),
                {"number": number, "id": f"entry-{number}", "outcome": outcome},
            )
            if outcome == "ANSWERED":
                connection.execute(
                    text("INSERT INTO ledger_disclosure VALUES (:id, 'undss', zeroblob(16), :shown)"),
                    {"id": f"entry-{number}", "shown": SHOWN},
                )
    yield store
    store.close()


async def test_old_entries_come_into_trees(old_store: Store) -> None:
    migrate(old_store)
    assert [item.id for item in entries(old_store)] == ["entry-3", "entry-2", "entry-1"]
    sequencer(old_store, Clock()).step()
    leaves = list(every_disclosure(old_store, "undss"))
    assert [(leaf.leaf_index, leaf.id) for leaf in leaves] == [(0, "entry-1"), (1, "entry-3")]
    assert leaves[0].opened is not None
    assert leaves[0].opened.shown == decode_shown(SHOWN)
    await grown(old_store, Clock(), 1)
    assert verify(old_store, SIGNER.public, overdue=NOON + timedelta(days=1)).faults == []


async def test_back_and_forth_keeps_all_but_the_erased(old_store: Store) -> None:
    migrate(old_store)
    await grown(old_store, Clock(), 2)
    assert erase_client(old_store, "c") == 3
    kept = entries(old_store)
    assert len(kept) == 2
    with old_store.connection() as connection:
        command.downgrade(alembic_configuration(connection), "0001")
        assert connection.execute(text("SELECT count(*) FROM ledger_entry")).scalar_one() == 2
    migrate(old_store)
    assert entries(old_store) == kept
    # The trees begin anew; numbers of entries go on.
    sequencer(old_store, Clock()).step()
    assert [leaf.id for leaf in every_disclosure(old_store, "undss")] == [item.id for item in reversed(kept)]
    (later,) = await grown(old_store, Clock(), 1)
    assert entries(old_store, limit=1)[0].id == later.id
    assert verify(old_store, SIGNER.public, overdue=NOON + timedelta(days=1)).faults == []
