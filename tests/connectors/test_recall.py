"""What is recalled, for how long, and how much of it."""

from __future__ import annotations

import asyncio

from connectors.recall import Recall


async def test_what_was_kept_is_recalled_until_it_is_left_unasked() -> None:
    recall: Recall[str, object] = Recall(seconds=0)
    made = object()
    recall.put("key", made)
    assert recall.get("key") is made
    # The timer turns twice: what was not asked for in between is gone, and no timer is left.
    for _ in range(4):
        await asyncio.sleep(0)
    assert len(recall) == 0
    assert recall.get("key") is None


async def test_what_is_asked_for_outlives_a_turn() -> None:
    recall: Recall[int, str] = Recall(kept=4)
    recall.put(1, "one")
    recall.put(2, "two")
    assert recall.get(1) == "one"
    recall.put(3, "three")
    assert (recall.get(1), recall.get(2)) == ("one", None)


async def test_it_is_bounded() -> None:
    recall: Recall[int, int] = Recall(kept=10)
    for number in range(1_000):
        recall.put(number, number)
        assert len(recall) <= 10


def test_nothing_is_kept_where_no_timer_can_end_it() -> None:
    recall: Recall[str, str] = Recall()
    recall.put("key", "made")
    assert recall.get("key") is None


def test_another_loop_has_a_timer_of_its_own() -> None:
    recall: Recall[str, str] = Recall(seconds=0)

    async def keep() -> None:
        recall.put("key", "made")

    async def left() -> int:
        recall.put("other", "made")
        for _ in range(4):
            await asyncio.sleep(0)
        return len(recall)

    asyncio.run(keep())
    assert asyncio.run(left()) == 0


async def test_it_can_be_made_to_forget() -> None:
    recall: Recall[str, str] = Recall()
    recall.put("key", "made")
    recall.clear()
    assert recall.get("key") is None
