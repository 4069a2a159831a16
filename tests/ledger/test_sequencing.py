"""Disclosures come into their originators' trees: each once, in one order, after a restart too, within five seconds."""

import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from gateway.errors import StoreFault
from gateway.ledger.extracts import disclosures, every_disclosure
from gateway.ledger.heads import heads
from gateway.ledger.sequence import sequence_pending
from gateway.ledger.verify import verify
from gateway.store.engine import Store, open_store
from tests.ledger.invented import entry
from tests.ledger.kept import NOON, SIGNER, Clock, committed, grown, sequencer


async def test_every_originator_has_a_tree_in_the_order_of_the_entries(store: Store) -> None:
    made = await grown(store, Clock(), 7)
    for originator in ("hillside-aid", "undss"):
        leaves = list(every_disclosure(store, originator))
        assert [leaf.leaf_index for leaf in leaves] == list(range(7))
        assert [leaf.id for leaf in leaves] == [item.id for item in made]
    one, other = next(every_disclosure(store, "hillside-aid")), next(every_disclosure(store, "undss"))
    assert one.commitment != other.commitment


async def test_what_a_dead_process_left_is_sequenced_by_the_next(store: Store) -> None:
    clock = Clock()
    before = await grown(store, clock, 3)
    left = [msgspec.structs.replace(entry(), at=clock.now) for _ in range(4)]
    await committed(store, left)  # and its process died
    assert len(disclosures(store, "undss", 100)) == 3
    sequencer(store, clock).step()
    assert [item.id for item in disclosures(store, "undss", 100)] == [item.id for item in reversed([*before, *left])]


async def test_batches_make_the_same_tree_as_one_step(store: Store) -> None:
    await committed(store, [entry() for _ in range(9)])
    assert [sequence_pending(store, 2) for _ in range(6)] == [2, 2, 2, 2, 1, 0]
    assert [leaf.leaf_index for leaf in every_disclosure(store, "undss")] == list(range(9))
    assert verify(store, SIGNER.public, overdue=NOON).faults == []


async def test_sequencers_of_several_processes_make_one_order(store: Store, tmp_path: Path) -> None:
    made = [entry() for _ in range(60)]
    await committed(store, made)
    failures: list[BaseException] = []

    def run() -> None:
        own = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
        try:
            while sequence_pending(own, 3):
                pass
        except StoreFault as error:
            failures.append(error)
        finally:
            own.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [leaf.id for leaf in every_disclosure(store, "undss")] == [item.id for item in made]
    assert verify(store, SIGNER.public, overdue=NOON).faults == []


async def test_a_disclosure_is_in_its_tree_within_five_seconds(store: Store) -> None:
    running = sequencer(store, Clock())
    running.start()
    await committed(store, [entry()])
    until = time.monotonic() + 5
    while not disclosures(store, "undss", 1) and time.monotonic() < until:
        pass
    assert disclosures(store, "undss", 1)
    await running.close()


async def test_closing_sequences_what_is_there(store: Store) -> None:
    running = sequencer(store, Clock())
    running.start()
    await committed(store, [entry() for _ in range(3)])
    await running.close()
    assert len(disclosures(store, "undss", 10)) == 3


async def test_a_locked_store_is_a_fault_that_passes(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    await committed(store, [entry()])
    other.execute("ALTER TABLE ledger_leaf RENAME TO elsewhere")
    running = sequencer(store, Clock())
    running.start()
    await running.close()
    assert "STORE_FAULT" in caplog.text
    other.execute("ALTER TABLE elsewhere RENAME TO ledger_leaf")
    other.close()
    sequencer(store, Clock()).step()
    assert len(disclosures(store, "undss", 10)) == 1


async def test_heads_come_at_fixed_times_and_verify(store: Store) -> None:
    clock = Clock(NOON + timedelta(minutes=17, seconds=3.25))
    await grown(store, clock, 5)
    (first,) = heads(store, "undss", 10)
    assert (first.at, first.size, first.originator) == (NOON, 5, "undss")
    assert SIGNER.public.verifies(first)
    clock.now += timedelta(minutes=20)
    await grown(store, clock, 1)
    assert heads(store, "undss", 10) == [first]
    clock.now += timedelta(hours=1)
    sequencer(store, clock).step()
    second, _ = heads(store, "undss", 10)
    assert (second.at, second.size) == (NOON + timedelta(hours=1), 6)


async def test_a_quiet_tree_has_a_head_a_day(store: Store) -> None:
    clock = Clock()
    await grown(store, clock, 2)
    for _ in range(50):
        clock.now += timedelta(hours=1)
        sequencer(store, clock).step()
    assert [head.at - NOON for head in heads(store, "undss", 10)] == [timedelta(days=days) for days in (2, 1, 0)]


@pytest.mark.parametrize(
    "change", [{"size": 4}, {"root": b"r" * 32}, {"originator": "hillside-aid"}, {"at": NOON - timedelta(hours=1)}]
)
async def test_a_head_is_signed_whole(store: Store, change: dict[str, object]) -> None:
    await grown(store, Clock(), 5)
    (head,) = heads(store, "undss", 1)
    assert not SIGNER.public.verifies(msgspec.structs.replace(head, **change))
