"""`sources` tells how each configured platform is doing, and nothing of its records."""

from __future__ import annotations

from connectors.registry import installed
from tests.conftest import Gateway

SOURCES = "{ sources { name connector kinds breaker lastSuccess lastFailure error asOf embargoedUntil watermark } }"


def test_every_configured_platform_is_told_with_its_last_success(gateway: Gateway) -> None:
    gateway.ask("dss-analyst", "{ incidents(first: 1) { nodes { id } } securityAlerts(first: 1) { nodes { id } } }")
    sources = gateway.ask("ingo-applicant", SOURCES)["sources"]
    assert {source["connector"] for source in sources} == set(installed())
    for source in sources:
        if {"INCIDENT_REPORT", "SECURITY_ALERT"} & set(source["kinds"]):
            assert source["lastSuccess"] is not None, source
        assert source["breaker"] == "CLOSED"
        # An item of the GDACS feed whose CAP file is not there is its last failure, and no more than that.
        assert source["error"] in ({None, "SOURCE_UNUSABLE"} if source["connector"] == "gdacs" else {None})
    embargoed = {source["connector"] for source in sources if source["embargoedUntil"]}
    assert "acled" in embargoed or not embargoed
