"""Whatever is done to the ledger behind its back, verifying says what, and a whole ledger passes."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.ledger.heads import Head, TreeSigner, heads
from gateway.ledger.verify import Verified, verify
from gateway.store.engine import Store
from tests.ledger.invented import entry
from tests.ledger.kept import NOON, SIGNER, Clock, committed, grown, sequencer

HOUR = timedelta(hours=1)


async def three_heads(store: Store) -> list[Head]:
    """Trees of 5, 11 and 12 leaves; the heads of `undss` at each, as an originator kept them."""
    clock = Clock()
    for count in (5, 6, 1):
        await grown(store, clock, count)
        clock.now += HOUR
    return heads(store, "undss", 10)


def verified(store: Store, kept: list[Head] | None = None) -> Verified:
    return verify(store, SIGNER.public, kept or (), overdue=NOON + 9 * HOUR)


async def test_a_whole_ledger_passes(store: Store) -> None:
    kept = await three_heads(store)
    found = verified(store, kept)
    assert found.faults == []
    assert (found.trees, found.leaves, found.heads, found.erased) == (2, 24, 9, 0)


def test_an_empty_ledger_passes(store: Store) -> None:
    assert verified(store).faults == []


# What was done, and what has to be said of it.
TAMPERED: dict[str, tuple[str, list[str]]] = {
    "who was shown it": (
        "UPDATE ledger_entry SET organization = 'nobody' WHERE sequence = 4",
        ["`hillside-aid`, leaf 3,", "`undss`, leaf 3,", "its row was edited"],
    ),
    "for whom": ("UPDATE ledger_entry SET on_behalf_of = 'x' WHERE sequence = 4", ["leaf 3,", "its row was edited"]),
    "when": ("UPDATE ledger_entry SET at = '2026-05-02 12:00:00' WHERE sequence = 4", ["leaf 3,", "edited"]),
    "why": ("UPDATE ledger_entry SET purpose = 'REPORTING' WHERE sequence = 4", ["leaf 3,", "edited"]),
    "by which rules": ("UPDATE ledger_entry SET policy_version = 'x' WHERE sequence = 4", ["leaf 3,", "edited"]),
    "what was shown": (
        "UPDATE ledger_disclosure SET shown = x'90' WHERE originator = 'undss'"
        " AND entry_id = (SELECT id FROM ledger_entry WHERE sequence = 1)",
        ["`undss`, leaf 0,", "its row was edited"],
    ),
    "a salt": (
        "UPDATE ledger_disclosure SET salt = zeroblob(16) WHERE originator = 'undss'"
        " AND entry_id = (SELECT id FROM ledger_entry WHERE sequence = 1)",
        ["`undss`, leaf 0,", "its row was edited"],
    ),
    "half erased": (
        "UPDATE ledger_disclosure SET salt = NULL WHERE originator = 'undss'"
        " AND entry_id = (SELECT id FROM ledger_entry WHERE sequence = 1)",
        ["`undss`, leaf 0,", "in part"],
    ),
    "an entry deleted": ("DELETE FROM ledger_entry WHERE sequence = 4", ["leaf 3,", "`ledger_entry` was deleted"]),
    "a disclosure deleted": (
        "DELETE FROM ledger_disclosure WHERE originator = 'undss'"
        " AND entry_id = (SELECT id FROM ledger_entry WHERE sequence = 4)",
        ["`undss`, leaf 3,", "`ledger_disclosure` was deleted"],
    ),
    "a leaf deleted": (
        "DELETE FROM ledger_leaf WHERE originator = 'undss' AND leaf_index = 3",
        ["`undss`: leaf 3 was deleted", "its leaf was deleted"],
    ),
    "a leaf deleted at the end": (
        "DELETE FROM ledger_leaf WHERE originator = 'undss' AND leaf_index = 11",
        ["its leaf was deleted", "has 12 leaves, and 11 are there"],
    ),
    "a commitment edited": (
        "UPDATE ledger_leaf SET commitment = zeroblob(32) WHERE originator = 'undss' AND leaf_index = 3",
        [
            "`undss`, leaf 3,",
            "another root: the first 5 leaves",
            "another root: the first 11 leaves",
            "node 1 of level 1",
        ],
    ),
    "leaves exchanged": (
        "UPDATE ledger_leaf SET leaf_index = CASE leaf_index WHEN 0 THEN -1 ELSE 0 END"
        " WHERE originator = 'undss' AND leaf_index IN (0, 1);"
        "UPDATE ledger_leaf SET leaf_index = 1 WHERE originator = 'undss' AND leaf_index = -1",
        ["another root: the first 5 leaves"],
    ),
    "a node edited": (
        "UPDATE ledger_node SET hash = zeroblob(32) WHERE originator = 'undss' AND level = 2 AND position = 1",
        ["stored node 1 of level 2"],
    ),
    "a node deleted": (
        "DELETE FROM ledger_node WHERE originator = 'undss' AND level = 1 AND position = 2",
        ["stored node 2 of level 1"],
    ),
    "a node added": (
        "INSERT INTO ledger_node VALUES ('undss', 9, 0, zeroblob(32))",
        ["stored nodes of level 9"],
    ),
    "a head's root edited": (
        "UPDATE ledger_head SET root = zeroblob(32) WHERE originator = 'undss' AND size = 11",
        ["stored head of 2026-05-01T13:00:00+00:00 has a wrong signature"],
    ),
    "a head's time edited": (
        "UPDATE ledger_head SET at = '2026-05-01 13:30:00' WHERE originator = 'undss' AND size = 11",
        ["wrong signature"],
    ),
    "the tail cut whole": (
        "DELETE FROM ledger_leaf WHERE leaf_index >= 8;"
        "DELETE FROM ledger_disclosure WHERE entry_id IN (SELECT id FROM ledger_entry WHERE sequence > 8);"
        "DELETE FROM ledger_entry WHERE sequence > 8",
        ["has 12 leaves, and 8 are there: the rest was cut off", "has 11 leaves, and 8 are there"],
    ),
    "a tree deleted whole": (
        "DELETE FROM ledger_leaf WHERE originator = 'undss'; DELETE FROM ledger_node WHERE originator = 'undss';"
        "DELETE FROM ledger_disclosure WHERE originator = 'undss'",
        ["`undss`: stored head", "has 12 leaves, and 0 are there"],
    ),
    "progress set back": (
        "UPDATE ledger_progress SET sequence = 0",
        [],  # it only makes the sequencer refuse to go on; nothing that was recorded changed
    ),
}


@pytest.mark.parametrize(("statements", "told"), TAMPERED.values(), ids=TAMPERED.keys())
async def test_tampering_is_found_and_told(store: Store, tmp_path: Path, statements: str, told: list[str]) -> None:
    await three_heads(store)
    by_hand(tmp_path, statements)
    faults = verified(store).faults
    assert bool(faults) is bool(told)
    for words in told:
        assert any(words in fault for fault in faults), (words, faults)


def by_hand(folder: Path, statements: str) -> None:
    """Foreign keys off, as anybody with the file may have them."""
    other = sqlite3.connect(folder / "store.sqlite3", isolation_level=None)
    other.executescript(statements)
    other.close()


def made_anew(store: Store, folder: Path, statements: str) -> None:
    """Changes entries and makes all trees and heads anew, with the signing key at hand."""
    by_hand(
        folder,
        f"{statements}; DELETE FROM ledger_leaf; DELETE FROM ledger_node; DELETE FROM ledger_head;"
        "UPDATE ledger_progress SET sequence = 0",
    )
    sequencer(store, Clock(NOON + 3 * HOUR)).step()


CHANGED: dict[str, str] = {
    "another recipient": "UPDATE ledger_entry SET organization = 'nobody' WHERE sequence = 4",
    "one disclosure less": "DELETE FROM ledger_disclosure WHERE entry_id = (SELECT id FROM ledger_entry WHERE sequence = 4)",
    "the tail cut": "DELETE FROM ledger_disclosure WHERE entry_id IN (SELECT id FROM ledger_entry WHERE sequence > 8)",
}


@pytest.mark.parametrize("statements", CHANGED.values(), ids=CHANGED.keys())
async def test_a_history_made_anew_by_the_keys_holder_is_found_by_kept_heads_alone(
    store: Store, tmp_path: Path, statements: str
) -> None:
    kept = await three_heads(store)
    made_anew(store, tmp_path, statements)
    assert verified(store).faults == []
    faults = verified(store, kept).faults
    assert faults
    assert all("`undss`: kept head of " in fault for fault in faults)


async def test_a_kept_head_of_another_key_is_told(store: Store) -> None:
    kept = await three_heads(store)
    found = verify(store, TreeSigner(bytes(64)).public, kept, overdue=NOON)
    assert len(found.faults) == 9
    assert all("another key" in fault for fault in found.faults)


@pytest.mark.parametrize(("later", "count"), [(0 * HOUR, 0), (HOUR, 2)])
async def test_leaves_that_are_overdue_are_told(store: Store, later: timedelta, count: int) -> None:
    await grown(store, Clock(), 2)
    await committed(store, [msgspec.structs.replace(entry(), at=NOON)])
    found = verify(store, SIGNER.public, overdue=NOON + later)
    assert len(found.faults) == count
    assert all("is overdue" in fault for fault in found.faults)
