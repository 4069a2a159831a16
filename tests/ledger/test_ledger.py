"""Entries are whole, durable when `commit` returns, and refused aloud when they can't be written."""

import asyncio
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.errors import LedgerFault, LedgerUnavailable
from gateway.ledger.entries import Disclosed, Entry
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.read import entries, find_entry
from gateway.notices.outbox import Notice
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind
from policies.vocabulary import Purpose
from tests.ledger.invented import LITTLE, WHOLE, entry


async def test_an_entry_comes_back_as_it_was_committed(store: Store) -> None:
    committed = entry()
    async with SqlLedger(store) as ledger:
        await ledger.commit(committed)
    found = find_entry(store, committed.id)
    assert found == committed
    assert found is not None
    assert found.originators[1].shown[LITTLE] == committed.originators[1].shown[LITTLE]


async def test_a_refusal_has_an_entry_too(store: Store) -> None:
    refusal = Entry(
        at=datetime.fromisoformat("2026-05-01T10:00:00+03:00"),
        organization="plainfield-relief",
        on_behalf_of="hillside-aid",
        client="plainfield-relief.1",
        purpose=Purpose.REPORTING,
        operation="",
        outcome="BAD_USER_INPUT",
        policy_version="1",
    )
    async with SqlLedger(store) as ledger:
        await ledger.commit(refusal)
    assert entries(store) == [refusal]


async def test_entries_are_found_by_who_asked_and_by_whose_records_were_shown(store: Store) -> None:
    mine, theirs = entry(), entry("hillside-aid")
    nothing = msgspec.structs.replace(entry(), id="nothing", originators=())
    async with SqlLedger(store) as ledger:
        for item in (mine, theirs, nothing):
            await ledger.commit(item)
    assert [item.id for item in entries(store)] == ["nothing", theirs.id, mine.id]
    assert [item.id for item in entries(store, limit=1)] == ["nothing"]
    assert [item.id for item in entries(store, organization="plainfield-relief")] == ["nothing", mine.id]
    assert [item.id for item in entries(store, originator="undss")] == [theirs.id, mine.id]
    assert entries(store, originator="nobody") == []
    assert find_entry(store, "absent") is None


async def test_every_row_has_its_own_salt(store: Store) -> None:
    async with SqlLedger(store) as ledger:
        await asyncio.gather(*(ledger.commit(entry()) for _ in range(20)))
    salts = {item.salt for found in entries(store) for item in found.originators}
    assert len(salts) == 40
    assert {len(salt) for salt in salts} == {16}


async def test_what_waits_together_is_written_together(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    async with SqlLedger(store) as ledger:
        before = commits_in_log(tmp_path)
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(ledger.commit(entry())) for _ in range(100)]
        await asyncio.sleep(0)  # each task runs until it waits
        other.execute("COMMIT")
        await asyncio.gather(*waiting)
        written = commits_in_log(tmp_path) - before
    other.close()
    assert len(entries(store, limit=200)) == 100
    assert written <= 10


def commits_in_log(folder: Path) -> int:
    """Transactions in SQLite's write-ahead log: frames whose header tells the size of the database after a commit
    (https://sqlite.org/fileformat2.html#walformat)."""
    log = (folder / "store.sqlite3-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    return sum(log[start + 4 : start + 8] != bytes(4) for start in range(32, len(log), 24 + page))


async def test_a_ledger_that_can_not_be_written_refuses_all_and_recovers(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    async with SqlLedger(store) as ledger:
        other.execute("ALTER TABLE ledger_disclosure RENAME TO elsewhere")
        refused = await asyncio.gather(*(ledger.commit(entry()) for _ in range(5)), return_exceptions=True)
        assert [type(error) for error in refused] == [LedgerUnavailable] * 5
        other.execute("ALTER TABLE elsewhere RENAME TO ledger_disclosure")
        assert entries(store) == []
        after = entry()
        await ledger.commit(after)
    other.close()
    assert entries(store) == [after]


async def test_a_database_that_stays_locked_is_a_refusal(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    async with SqlLedger(store) as ledger:
        with pytest.raises(LedgerUnavailable) as caught:
            await ledger.commit(entry())
        assert (caught.value.code, caught.value.status) == ("SERVICE_UNAVAILABLE", 503)
        other.execute("ROLLBACK")
        await ledger.commit(entry())
    other.close()


UNRECORDABLE: dict[str, dict[str, Any]] = {
    "no offset": {"at": datetime(2026, 5, 1)},  # noqa: DTZ001 - the fault in question
    "text that is none": {"operation": "\ud800"},
    "a reference cut short": {"originators": (Disclosed(originator="undss", shown={WHOLE: [b"short"]}),)},
}


@pytest.mark.parametrize("fault", UNRECORDABLE.values(), ids=UNRECORDABLE.keys())
async def test_an_entry_that_can_not_be_recorded_spoils_no_other(store: Store, fault: dict[str, Any]) -> None:
    good = [entry() for _ in range(5)]
    bad = msgspec.structs.replace(entry(), **fault)
    async with SqlLedger(store) as ledger:
        outcomes = await asyncio.gather(*map(ledger.commit, [*good, bad]), return_exceptions=True)
    assert outcomes[:5] == [None] * 5
    assert isinstance(outcomes[5], LedgerFault)
    assert {item.id for item in entries(store)} == {item.id for item in good}


async def test_closing_writes_what_waits_and_refuses_what_comes_later(store: Store) -> None:
    ledger = SqlLedger(store)
    ledger.start()
    waiting = [asyncio.create_task(ledger.commit(entry())) for _ in range(50)]
    await asyncio.sleep(0)  # each task runs until it waits
    await ledger.close()
    await asyncio.gather(*waiting)
    assert len(entries(store)) == 50
    with pytest.raises(LedgerUnavailable):
        await ledger.commit(entry())


async def test_a_ledger_that_was_never_started_refuses(store: Store) -> None:
    with pytest.raises(LedgerUnavailable):
        await SqlLedger(store).commit(entry())


async def test_a_requester_that_went_away_leaves_its_entry_and_disturbs_nobody(store: Store) -> None:
    disturbed: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: disturbed.append(context))
    gone = entry()
    async with SqlLedger(store) as ledger:
        task = asyncio.create_task(ledger.commit(gone))
        await asyncio.sleep(0)  # the task runs until it waits
        task.cancel()
        await ledger.commit(entry())
    assert task.cancelled()
    assert disturbed == []
    assert gone.id in {item.id for item in entries(store)}


def notice(key: str) -> Notice:
    return Notice(
        at=datetime.fromisoformat("2026-05-01T10:00:00+03:00"),
        organization="undss",
        kind=NoticeKind.RECORD_USED,
        carry=False,
        dedupe_key=key,
    )


async def test_notices_are_written_with_their_entry_or_neither(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    written = "SELECT (SELECT count(*) FROM notice), (SELECT count(*) FROM ledger_entry)"
    async with SqlLedger(store) as ledger:
        await ledger.commit(msgspec.structs.replace(entry(), notices=(notice("a"), notice("b"))))
        await ledger.commit(msgspec.structs.replace(entry(), notices=(notice("a"),)))
        assert other.execute(written).fetchone() == (2, 2)
        other.execute("ALTER TABLE notice RENAME TO elsewhere")
        with pytest.raises(LedgerUnavailable):
            await ledger.commit(msgspec.structs.replace(entry(), notices=(notice("c"),)))
        other.execute("ALTER TABLE elsewhere RENAME TO notice")
        assert other.execute(written).fetchone() == (2, 2)
        timeless = msgspec.structs.replace(notice("d"), at=datetime(2026, 5, 1))  # noqa: DTZ001 - the fault in question
        with pytest.raises(LedgerFault, match="notice"):
            await ledger.commit(msgspec.structs.replace(entry(), notices=(timeless,)))
    other.close()


def test_a_damaged_entry_is_told_and_not_guessed(store: Store, tmp_path: Path) -> None:
    committed = entry()

    async def commit() -> None:
        async with SqlLedger(store) as ledger:
            await ledger.commit(committed)

    asyncio.run(commit())
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("UPDATE ledger_disclosure SET shown = x'00'")
    other.close()
    with pytest.raises(LedgerFault, match="damaged"):
        find_entry(store, committed.id)
