"""The courier at work: what comes is delivered, and a killed process loses nothing."""

from __future__ import annotations

import asyncio
import logging
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.store.engine import Store
from gateway.store.tables import ChannelKind
from tests.notices.invented import LEASE, Office, notice, put
from tests.notices.receivers import HttpReceiver

ROOT = Path(__file__).parents[2]


async def test_what_comes_while_it_works_is_delivered(store: Store, receiver: HttpReceiver) -> None:
    office = Office(store)
    office.webhook(receiver.url)
    office.courier.start()
    try:
        items = [notice() for _ in range(12)]
        put(store, *items[:6])
        first = {receiver.next().headers["webhook-id"] for _ in range(6)}
        put(store, *items[6:])
        second = {receiver.next().headers["webhook-id"] for _ in range(6)}
    finally:
        await office.courier.close()
    assert first | second == {item.id for item in items}


async def test_closing_does_not_wait_for_a_receiver_and_what_was_broken_off_is_sent_again(
    store: Store, receiver: HttpReceiver
) -> None:
    office, item = Office(store), notice()
    office.webhook(receiver.url)
    put(store, item)
    receiver.hold.clear()
    office.courier.start()
    receiver.next()
    await office.courier.close()
    receiver.hold.set()
    assert await office.round(LEASE) == 1
    assert receiver.next().headers["webhook-id"] == item.id


async def test_a_process_killed_between_sending_and_marking_loses_nothing(
    store: Store, tmp_path: Path, receiver: HttpReceiver
) -> None:
    office, item = Office(store), notice()
    office.webhook(receiver.url)
    put(store, item)
    receiver.hold.clear()
    command = [sys.executable, "-W", "error", "-m", "tests.notices.couriering", f"sqlite:///{tmp_path}/store.sqlite3"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        receiver.next()
    finally:
        process.kill()
        await process.wait()
    receiver.hold.set()
    assert await office.round() == 0, "the dead process still has its lease"
    assert await office.round(LEASE) == 1
    assert receiver.next().headers["webhook-id"] == item.id
    assert await office.round(timedelta(days=1)) == 0


async def test_a_channel_that_is_no_longer_offered_is_a_fault_that_names_no_address(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(store, {})
    office.channels.set("plainfield-relief", ChannelKind.MAIL, "desk@canary.example", "it-desk", office.now)
    put(store, notice())
    with caplog.at_level(logging.WARNING, "slt.notices"):
        assert await office.round() == 1
    assert "NOT_OFFERED" in caplog.text
    assert "canary" not in caplog.text


async def test_it_works_on_after_the_store_could_not_be_read(
    store: Store, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    office, item = Office(store), notice()
    office.webhook(receiver.url)
    with store.connection() as connection:
        connection.exec_driver_sql("ALTER TABLE notice_channel RENAME TO elsewhere")
    office.courier.start()
    try:
        with store.connection() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO notice_channel")
        put(store, item)
        assert receiver.next().headers["webhook-id"] == item.id
    finally:
        await office.courier.close()
