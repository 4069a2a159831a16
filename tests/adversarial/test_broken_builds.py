"""The test of the test: non-interference must find every one of these builds, within a bounded number of examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.records import Record
from policies.decision import CedarPolicy
from tests.adversarial.broken import BUILDS
from tests.adversarial.house import Answer
from tests.adversarial.property import Pair, Told, asked, check, pairs
from tests.adversarial.street import Street
from tests.adversarial.worlds import World

EXAMPLES: Final = 400


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_a_broken_build_is_told(
    houses: Street, policy: CedarPolicy, monkeypatch: pytest.MonkeyPatch, build: Callable[[pytest.MonkeyPatch], None]
) -> None:
    build(monkeypatch)

    with pytest.raises(Told):
        look(houses, policy, EXAMPLES)


def test_what_is_generated_is_answered_and_differs_beneath(houses: Street, policy: CedarPolicy) -> None:
    """Or the property would hold for nothing: worlds without difference, documents that are refused."""
    found = look(houses, policy, 40)
    changed = [pair for pair, _ in found if set(beneath(pair.left, pair)) != set(beneath(pair.right, pair))]
    answers = [answer.json() for _, some in found for answer in some]
    listing = [answer["data"]["list"] for answer in answers if (answer.get("data") or {}).get("list")]
    filled = [page for page in listing if page.get("nodes") or page.get("edges")]
    assert len(changed) > len(found) / 5
    assert len(listing) > len(answers) / 3
    assert len(filled) > len(listing) / 5


def beneath(world: World, pair: Pair) -> list[Record]:
    """The raw records beneath what the pair's requester sees."""
    return [row for row in world.rows if row.ref in pair.listed]


def look(houses: Street, policy: CedarPolicy, examples: int) -> list[tuple[Pair, list[Answer]]]:
    """The property over `examples` pairs, the same each time; raises what it raises."""
    found = []

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def search(data: st.DataObject) -> None:
        pair = data.draw(pairs(houses, policy))
        found.append((pair, check(houses, pair, data.draw(asked(pair)))))

    search()
    return found
