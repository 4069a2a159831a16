"""The setting: a source on a private address is asked where its configuration lists the host, and not otherwise."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from opentelemetry.trace import NoOpTracer

from connectors.contract import Call, FetchRequest
from connectors.errors import AddressRefused
from gateway.errors import ConfigurationFault
from gateway.identity.keys import new_signing_key, to_pem
from gateway.service import open_sources
from gateway.settings import Settings, parse
from policies.vocabulary import InformationKind
from tests.connectors.client.opened import soon
from tests.connectors.client.platform import Told, always, platform

EMPTY = Told(
    body=json.dumps({"items": [], "next_cursor": None, "watermark": "1", "as_of": "2026-11-24T09:30:00Z"}).encode(),
    headers=[("content-type", "application/json")],
)


def configured(url: str, **setting: Any) -> Settings:
    """One UNSMS source at `url`, through the operator's door."""
    source = tomllib.loads(files("connectors.unsms").joinpath("example.toml").read_text("utf-8"))
    document = {
        "gateway": {"url": "https://slt.example"},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
        "sources": [{**source, "url": url, **setting}],
    }
    environ = {"MASTER": "m" * 64, "SIGNING": to_pem(new_signing_key()).decode(), "UNSMS_TOKEN": "invented"}
    return parse(msgspec.toml.encode(document).decode(), environ, Path.cwd())


@pytest.mark.parametrize("hosts", [(), ("127.0.0.1",), ("127.0.0.0/8",), ("10.0.0.0/8", "localhost")])
async def test_the_listed_host_is_asked_and_no_other(hosts: tuple[str, ...]) -> None:
    async with platform(always(EMPTY)) as running:
        (source,), (client,) = open_sources(configured(running.url, private_hosts=hosts))
        call = Call(client=client, deadline=soon(), tracer=NoOpTracer())
        asked = source.connector.fetch(FetchRequest(kind=InformationKind.INCIDENT_REPORT), call)
        try:
            if any(host.startswith("127.") for host in hosts):
                assert [len(page.records) async for page in asked] == [0]
            else:
                with pytest.raises(AddressRefused):
                    await anext(asked)
                assert not running.asked
        finally:
            await client.aclose()


@pytest.mark.parametrize("host", ["http://127.0.0.1", "10.1.2.3/8", ""])
def test_what_is_no_host_is_told_with_its_setting(host: str) -> None:
    with pytest.raises(ConfigurationFault, match=r"`sources\[0\]\.private_hosts`: .* is no host"):
        configured("https://platform.example", private_hosts=[host])
