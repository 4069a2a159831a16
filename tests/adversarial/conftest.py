"""Two gateways for all tests of the adversary, and the rules by which their answers are judged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from policies.decision import CedarPolicy
from policies.rulebook import read_rules, rule_files
from tests.adversarial.street import Street, street


@pytest.fixture(scope="package")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with street(tmp_path_factory.mktemp("houses")) as built:
        yield built


@pytest.fixture(scope="session")
def policy() -> CedarPolicy:
    """The rules as the gateway reads them, for the measure of what is equal."""
    return CedarPolicy(read_rules(rule_files()))
