"""The test of the test: non-interference must find every one of these builds, within a bounded number of examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from policies.decision import CedarPolicy
from tests.adversarial.broken import BUILDS
from tests.adversarial.property import Told, asked, check, pairs
from tests.adversarial.street import Street

EXAMPLES: Final = 400


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_a_broken_build_is_told(
    houses: Street, policy: CedarPolicy, monkeypatch: pytest.MonkeyPatch, build: Callable[[pytest.MonkeyPatch], None]
) -> None:
    build(monkeypatch)

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def search(data: st.DataObject) -> None:
        pair = data.draw(pairs(houses, policy))
        check(houses, pair, data.draw(asked(pair)))

    with pytest.raises(Told):
        search()
