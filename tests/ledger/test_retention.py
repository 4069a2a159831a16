"""Erasing takes payloads for good and leaves every proof; what is not in its tree yet waits."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
from sqlalchemy import func, select
from sqlmodel import col

from gateway.ledger.entries import Entry
from gateway.ledger.extracts import disclosures
from gateway.ledger.heads import heads
from gateway.ledger.proofs import prove_inclusion
from gateway.ledger.read import entries, find_entry
from gateway.ledger.retention import erase_client, erase_organization, erase_person
from gateway.ledger.tree import leaf_hash, verify_inclusion
from gateway.ledger.verify import verify
from gateway.settings import LedgerSection
from gateway.store.engine import Store
from gateway.store.tables import LedgerEntry
from tests.ledger.invented import entry
from tests.ledger.kept import NOON, SIGNER, Clock, committed, grown, sequencer

DAY = timedelta(days=1)


def refusal(clock: Clock, organization: str = "plainfield-relief") -> Entry:
    return msgspec.structs.replace(entry(organization), at=clock.now, originators=(), outcome="FORBIDDEN")


def count(store: Store) -> int:
    with store.session() as session:
        return session.connection().execute(select(func.count()).select_from(LedgerEntry)).scalar_one()


async def test_payloads_end_with_their_time_and_proofs_do_not(store: Store) -> None:
    clock = Clock()
    old = await grown(store, clock, 3)
    clock.now += 20 * DAY
    new = await grown(store, clock, 2)
    kept = heads(store, "undss", 10)
    clock.now += 11 * DAY
    sequencer(store, clock, LedgerSection(payload_days=30)).step()
    found = disclosures(store, "undss", 10)
    assert [item.opened is None for item in found] == [False, False, True, True, True]
    assert [item.id for item in found] == [item.id for item in reversed([*old, *new])]
    assert entries(store) == list(reversed(new))
    assert find_entry(store, old[0].id) is None
    for item in found:
        proof = prove_inclusion(store, "undss", item.leaf_index, kept[0].size)
        assert verify_inclusion(leaf_hash(item.commitment), item.leaf_index, kept[0].size, proof.path, kept[0].root)
    told = verify(store, SIGNER.public, kept, overdue=clock.now)
    assert told.faults == []
    assert told.erased == 6  # both originators' leaves


async def test_refusals_are_removed_after_their_own_time(store: Store) -> None:
    clock = Clock()
    await committed(store, [refusal(clock)])
    await grown(store, clock, 1)
    clock.now += 40 * DAY
    settings = LedgerSection(payload_days=100, refusal_days=30)
    sequencer(store, clock, settings).step()
    assert count(store) == 1
    assert [item.opened is None for item in disclosures(store, "undss", 10)] == [False]


async def test_a_backlog_is_erased_batch_by_batch(store: Store) -> None:
    clock = Clock()
    await grown(store, clock, 450)
    clock.now += 40 * DAY
    running = sequencer(store, clock, LedgerSection(payload_days=30))
    for left in (250, 50, 0):
        running.step()
        assert len([item for item in disclosures(store, "undss", 1_000) if item.opened]) == left


async def test_what_one_organization_asked_is_erased(store: Store) -> None:
    clock = Clock()
    await grown(store, clock, 2)
    await grown(store, clock, 3, "hillside-aid")
    behalf = msgspec.structs.replace(entry("harbour-relief"), at=clock.now, on_behalf_of="hillside-aid")
    await committed(store, [behalf, refusal(clock, "hillside-aid")])
    sequencer(store, clock).step()
    assert erase_organization(store, "hillside-aid") == 5
    assert [item.organization for item in entries(store)] == ["plainfield-relief"] * 2
    assert count(store) == 6
    assert verify(store, SIGNER.public, overdue=clock.now).faults == []
    assert erase_organization(store, "hillside-aid") == 0


async def test_what_one_client_asked_is_erased(store: Store) -> None:
    await grown(store, Clock(), 2)
    assert erase_client(store, "nobody.1") == 0
    assert erase_client(store, "plainfield-relief.1") == 2
    assert entries(store) == []


async def test_what_one_person_asked_is_erased_and_the_person_with_it(store: Store) -> None:
    clock = Clock()
    asked = [msgspec.structs.replace(entry(), at=clock.now, person=person) for person in ("hq:amina", "hq:ben", None)]
    await committed(store, asked)
    sequencer(store, clock).step()
    assert {item.person for item in entries(store)} == {"hq:amina", "hq:ben", None}
    assert erase_person(store, "hq:amina") == 1
    assert {item.person for item in entries(store)} == {"hq:ben", None}
    with store.session() as session:
        left = session.connection().execute(select(col(LedgerEntry.person))).scalars().all()
    assert sorted(left, key=str) == [None, None, "hq:ben"]
    assert verify(store, SIGNER.public, overdue=clock.now).faults == []


async def test_what_has_no_leaf_yet_keeps_its_payload(store: Store) -> None:
    await committed(store, [msgspec.structs.replace(entry(), at=NOON)])
    assert erase_organization(store, "plainfield-relief") == 0
    sequencer(store, Clock()).step()
    assert erase_organization(store, "plainfield-relief") == 1


async def test_what_was_erased_is_in_the_file_no_more(store: Store, tmp_path: Path) -> None:
    made = await grown(store, Clock(), 30)
    needles = [made[7].originators[0].salt, b"plainfield-relief.1"]
    assert all(needle in on_disk(tmp_path) for needle in needles)
    assert erase_organization(store, "plainfield-relief") == 30
    assert not [needle for needle in needles if needle in on_disk(tmp_path)]


def on_disk(folder: Path) -> bytes:
    """The database file, with what stood in the log beside it."""
    other = sqlite3.connect(folder / "store.sqlite3", isolation_level=None)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    return (folder / "store.sqlite3").read_bytes()
