"""`sources` tells which platforms are configured, to whoever has a token."""

from __future__ import annotations

from connectors.registry import installed
from tests.conftest import Gateway


def test_every_configured_platform_is_told_with_what_it_gives(gateway: Gateway) -> None:
    sources = gateway.ask("ingo-applicant", "{ sources { name connector kinds } }")["sources"]
    assert {source["connector"] for source in sources} == set(installed())
    assert {source["name"] for source in sources} == {item.source["name"] for item in gateway.demo.platforms}
    assert all(source["kinds"] for source in sources)
