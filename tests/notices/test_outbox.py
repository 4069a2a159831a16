"""A notice is written with what it tells of, or not at all."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlmodel import Session, select

from gateway.notices.inbox import Inbox
from gateway.notices.outbox import insert, notice_rows
from gateway.store import tables
from gateway.store.engine import Store
from gateway.store.tables import Organization
from policies.vocabulary import OrganizationCategory
from tests.notices.invented import notice


def test_a_notice_written_through_a_connection_is_there(store: Store) -> None:
    written = notice()
    with store.connection() as connection:
        insert(connection, [written])
    (received,) = Inbox(store).page("plainfield-relief", first=10).notices
    assert (received.id, received.kind, received.record) == (written.id, written.kind, "rec-canary")
    assert received.facts == {"originator": "hillside-aid", "groups": ["WHAT", "WHEN"]}
    assert received.at == written.at


def test_a_notice_goes_down_with_the_administrative_write_it_tells_of(store: Store) -> None:
    def change(session: Session) -> None:
        session.add(Organization(id="hillside-aid", name="Hillside Aid", category=OrganizationCategory.INGO))
        insert(session, [notice()])
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        store.write(change)
    assert Inbox(store).unacknowledged("plainfield-relief") == 0


def test_an_administrative_write_and_its_notices_are_one(store: Store) -> None:
    store.write(lambda session: insert(session, [notice(), notice("lakeside-medical")]))
    assert Inbox(store).unacknowledged("plainfield-relief") == Inbox(store).unacknowledged("lakeside-medical") == 1


def test_the_same_recall_is_written_once_an_organization(store: Store) -> None:
    first, again = notice(dedupe_key="withdrawn:7"), notice(dedupe_key="withdrawn:7")
    other = notice("lakeside-medical", dedupe_key="withdrawn:7")
    with store.connection() as connection:
        insert(connection, [first])
    with store.connection() as connection:
        insert(connection, [again, other, notice(), notice()])
    inbox = Inbox(store)
    assert inbox.unacknowledged("plainfield-relief") == 3  # those without a key are never the same
    assert first.id in {item.id for item in inbox.page("plainfield-relief", first=10).notices}
    assert [item.id for item in inbox.page("lakeside-medical", first=10).notices] == [other.id]


def test_an_id_is_not_given_twice(store: Store) -> None:
    with store.connection() as connection:
        insert(connection, [])
        insert(connection, [notice(), notice()])
    with store.session() as session:
        ids = [row.id for row in session.exec(select(tables.Notice)).all()]
    assert len(set(ids)) == 2
    assert {len(bytes.fromhex(item)) for item in ids} == {16}


def test_times_are_kept_in_utc_and_need_an_offset() -> None:
    local = datetime(2026, 5, 4, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    (row,) = notice_rows([notice(at=local)])
    assert row["at"].isoformat() == "2026-05-04T08:00:00+00:00"
    with pytest.raises(ValueError, match="no offset"):
        notice_rows([notice(at=datetime(2026, 5, 4))])  # noqa: DTZ001 - what is refused


def test_the_same_notice_written_twice_is_one_and_spoils_nothing_beside_it(store: Store) -> None:
    same = notice()
    with store.connection() as connection:
        insert(connection, [same])
        insert(connection, [same, notice()])
    assert Inbox(store).unacknowledged("plainfield-relief") == 2


@pytest.mark.parametrize("changed", [{"facts": {"note": "\ud800"}}, {"record": "\udfff"}, {"facts": {"\ud800": ["x"]}}])
def test_what_is_no_text_is_refused_before_the_transaction(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        notice_rows([notice(**changed)])
