"""Non-interference: 600 pairs × operations in `make test`, 12,000 in `make test-long`."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.decision import CedarPolicy
from tests.adversarial.property import asked, check, pairs
from tests.adversarial.street import Street

LARGE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@settings(suppress_health_check=LARGE, print_blob=True)
@given(data=st.data())
def test_worlds_equal_in_the_requesters_view_give_equal_bytes(
    houses: Street, policy: CedarPolicy, data: st.DataObject
) -> None:
    pair = data.draw(pairs(houses, policy), label="pair")
    check(houses, pair, data.draw(asked(pair), label="operations"))
