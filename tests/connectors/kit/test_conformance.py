"""Every installed connector holds to every check."""

from __future__ import annotations

import pytest

from connectors.kit.bench import Subject
from connectors.kit.check import Check
from connectors.kit.suite import CHECKS, run
from connectors.registry import installed


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
@pytest.mark.parametrize("kind", list(installed()))
def test_the_connector_holds_to_the_contract(kind: str, check: Check) -> None:
    outcome = run(Subject.of(kind), check)
    assert outcome.held, f"{kind}: {check.holds}: {outcome.told}"
