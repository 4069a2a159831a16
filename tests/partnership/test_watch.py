"""A change of status is known within a second, or nobody's is."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import StatusUnknown, StoreFault
from gateway.partnership.admission import set_partnership
from gateway.partnership.watch import LEASE_SECONDS, Watched
from gateway.store.engine import Store, open_store
from policies.vocabulary import PartnershipStatus

PARTNER = "plainfield-relief"


class Clock:
    """A monotonic clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


async def within(seconds: float, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in the store, which raises no event
            await asyncio.sleep(0)


def known(watched: Watched) -> bool:
    try:
        watched.current()
    except StatusUnknown:
        return False
    return True


async def test_before_the_first_look_nobody_is_known(store: Store) -> None:
    with pytest.raises(StatusUnknown) as caught:
        Watched(store).current()
    assert (caught.value.code, caught.value.status) == ("SERVICE_UNAVAILABLE", 503)


async def test_another_process_change_is_seen_within_a_second(store: Store, tmp_path: Path) -> None:
    watched = Watched(store)
    await watched.start()
    elsewhere = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    set_partnership(elsewhere, PARTNER, PartnershipStatus.SUSPENDED)
    await within(1.0, lambda: watched.current().members[PARTNER].standing.status is PartnershipStatus.SUSPENDED)
    elsewhere.close()
    await watched.stop()


async def test_the_directory_stays_the_same_object_while_nothing_changes(store: Store) -> None:
    watched = Watched(store)
    await watched.refresh()
    first = watched.current()
    await watched.refresh()
    assert watched.current() is first


async def test_a_look_that_is_too_old_counts_for_nothing(store: Store) -> None:
    clock = Clock()
    watched = Watched(store, clock=clock)
    await watched.refresh()
    clock.now += LEASE_SECONDS
    assert known(watched)
    clock.now += 0.001
    assert not known(watched)
    await watched.refresh()
    assert known(watched)


async def test_a_request_that_finds_the_lease_over_looks_for_itself_one_for_all(store: Store) -> None:
    clock = Clock()
    watched = Watched(store, clock=clock)
    await watched.refresh()
    clock.now += 2 * LEASE_SECONDS
    await asyncio.gather(*(watched.renew() for _ in range(50)))
    assert known(watched)
    assert [task for task in asyncio.all_tasks() if "_renewed" in repr(task)] == []


async def test_looking_for_itself_is_no_way_round_a_store_that_is_lost(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    watched = Watched(store, clock=clock)
    await watched.refresh()
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("ALTER TABLE epoch RENAME TO elsewhere")
    other.close()
    clock.now += 2 * LEASE_SECONDS
    await watched.renew()
    assert not known(watched)


async def test_a_store_that_is_lost_makes_status_unknown_until_it_is_back(store: Store, tmp_path: Path) -> None:
    watched = Watched(store, poll_seconds=0.02)
    await watched.start()
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("ALTER TABLE epoch RENAME TO elsewhere")
    await within(2.0, lambda: not known(watched))
    other.execute("ALTER TABLE elsewhere RENAME TO epoch")
    await within(2.0, lambda: known(watched))
    other.close()
    await watched.stop()


async def test_a_row_with_a_word_of_no_vocabulary_makes_status_unknown(store: Store, tmp_path: Path) -> None:
    set_partnership(store, PARTNER, PartnershipStatus.IN_FORCE)
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("UPDATE partnership SET status = 'CHERISHED'")
    other.close()
    with pytest.raises(StoreFault, match="does not know"):
        await Watched(store).start()


async def test_after_stop_nothing_is_read_any_more(store: Store) -> None:
    watched = Watched(store, poll_seconds=0.01)
    await watched.start()
    await watched.stop()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "partnership directory"] == []


async def test_a_busy_event_loop_does_not_let_the_lease_run_out(store: Store) -> None:
    watched = Watched(store)
    await watched.start()
    try:
        until = time.monotonic() + LEASE_SECONDS + 0.3
        while time.monotonic() < until:
            sum(range(1_000))  # work that never yields to the loop, as large answers do
        watched.current()
    finally:
        await watched.stop()
