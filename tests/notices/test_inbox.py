"""What an organization finds in its inbox, and that nobody else does."""

from datetime import timedelta

import pytest

from gateway.errors import CursorInvalid
from gateway.notices.inbox import Inbox
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind
from tests.notices.invented import START, notice, put


def test_pages_run_from_the_newest_to_the_oldest_and_hold_nobody_elses(store: Store) -> None:
    mine = [notice() for _ in range(5)]
    for item in mine:
        put(store, notice("lakeside-medical"), item, notice("harbour-relief"))
    inbox, found, after, more = Inbox(store), [], None, True
    while more:
        page, more = inbox.page("plainfield-relief", first=2, after=after)
        found += [item.id for item in page]
        after = page[-1].id
    assert found == [item.id for item in reversed(mine)]


def test_a_cursor_of_another_organization_is_as_invalid_as_any(store: Store) -> None:
    other = notice("lakeside-medical")
    put(store, notice(), other)
    messages = []
    for after in (other.id, "0" * 32, "", "nonsense"):
        with pytest.raises(CursorInvalid) as caught:
            Inbox(store).page("plainfield-relief", first=5, after=after)
        messages.append(caught.value.message)
    assert len(set(messages)) == 1


def test_the_first_acknowledgement_counts_and_is_kept(store: Store) -> None:
    item, inbox = notice(), Inbox(store)
    put(store, item, notice())
    first = inbox.acknowledge("plainfield-relief", item.id, "plainfield-relief.1", START)
    again = inbox.acknowledge("plainfield-relief", item.id, "plainfield-relief.2", START + timedelta(days=1))
    assert first is not None
    assert first == again
    assert (first.acknowledged_by, first.acknowledged_at) == ("plainfield-relief.1", START)
    assert inbox.unacknowledged("plainfield-relief") == 1
    waiting = inbox.page("plainfield-relief", first=5, unacknowledged_only=True)
    assert item.id not in {one.id for one in waiting.notices}


def test_an_unknown_id_and_anothers_are_alike_and_anothers_stays_unacknowledged(store: Store) -> None:
    other, inbox = notice("lakeside-medical"), Inbox(store)
    put(store, other)
    for asked in (other.id, "0" * 32, ""):
        assert inbox.acknowledge("plainfield-relief", asked, "plainfield-relief.1", START) is None
    assert inbox.unacknowledged("lakeside-medical") == 1


def test_the_originator_and_nobody_else_sees_who_acknowledged_a_recall(store: Store) -> None:
    told, silent, inbox = notice(), notice("lakeside-medical"), Inbox(store)
    put(store, told, silent, notice("harbour-relief", kind=NoticeKind.RECORD_USED), notice(record="another"))
    inbox.acknowledge("plainfield-relief", told.id, "plainfield-relief.1", START + timedelta(hours=1))
    seen = inbox.acknowledgements("hillside-aid", "rec-canary")
    assert [(item.organization, item.acknowledged_at) for item in seen] == [
        ("plainfield-relief", START + timedelta(hours=1)),
        ("lakeside-medical", None),
    ]
    assert "plainfield-relief.1" not in str(seen), "who it was there is not told"
    assert inbox.acknowledgements("lakeside-medical", "rec-canary") == []
    assert inbox.acknowledgements("hillside-aid", "nonsense") == []
