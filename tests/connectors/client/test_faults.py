"""The fault table between real connectors and their platforms: a bad day is one line, and the rest arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import NamedTuple

import httpx
import msgspec
import pytest
from opentelemetry.trace import NoOpTracer

from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import FetchRequest, SourceSettings
from connectors.kit.bench import Subject, example_settings
from connectors.registry import installed
from connectors.simulation.server import serving
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.gather import Stream, gathered
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.plan import Asked
from gateway.federation.sources.source import Source
from gateway.federation.sources.views import Views
from gateway.partnership.directory import Directory
from policies.cases import read_cases
from policies.decision import CedarPolicy
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind
from tests.connectors.proxy import (
    FAILING,
    HANGING,
    Fault,
    late,
    passing,
    proxied,
)

# What some platforms answer so to who asks too much, their connectors tell as such.
TOLD_OTHERWISE = {("reliefweb", "html"): "RATE_LIMITED"}

Platforms = Mapping[str, SourceSettings]


@pytest.fixture(scope="module")
def simulated() -> Iterator[Platforms]:
    """Every connector's simulator: the example's settings for it, by connector."""
    with ExitStack() as stack:
        running = {}
        for kind in installed():
            subject = Subject.of(kind)
            credentials = dict.fromkeys(subject.example().get("credentials", {}), "an-invented-credential")
            simulate = import_module(f"{subject.package}.simulator").simulate
            url = stack.enter_context(serving(simulate(60, 7, datetime.now(UTC), credentials)))
            running[kind] = example_settings(subject, url, credentials)
        yield running


@asynccontextmanager
async def sources(simulated: Platforms, urls: Mapping[tuple[str, str], str]) -> AsyncIterator[list[Source]]:
    """A source a name, with the connector of its kind, as the gateway opens them; the keys are (kind, name)."""
    private, trusted = PrivateHosts(["127.0.0.1"]), httpx.create_ssl_context(trust_env=False)
    async with AsyncExitStack() as stack:
        found = []
        for (kind, name), url in urls.items():
            client = SourceClient(url, open_http(private, trusted=trusted))
            stack.push_async_callback(client.aclose)
            connector = Subject.of(kind).connector(msgspec.structs.replace(simulated[kind], url=url))
            found.append(Source(name=f"{kind}-{name}", connector=connector, client=client))
        yield found


class Outcome(NamedTuple):
    """What a source gave: its records, its state, and whether that was known before the deadline."""

    records: int
    state: str
    in_time: bool


async def outcomes(asked: list[Source], seconds: float) -> dict[str, Outcome]:
    """Every source asked at once by the federation's own fan-out."""
    who = Requester(profile=read_cases().cast.requesters["a partner in both areas"], client="test")
    directory = Directory(epoch=0, members={}, levels={}, clients={}, revoked=frozenset())
    views = Views(RecordIds({1: bytes(range(64))}, 1))
    decider = Decider(
        CedarPolicy(read_rules(rule_files())),
        views,
        directory,
        who,
        datetime.now(UTC).timestamp(),
        lambda _spoken: None,
    )
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds

    async def drained(stream: Stream) -> Outcome:
        records = 0
        async for views in stream.batches:
            records += len(views)
        return Outcome(records, stream.report.state.value, loop.time() < deadline)

    async with gathered(
        [Asked(source, FetchRequest(kind=kind_of(source)), ordered=False) for source in asked],
        decider,
        deadline=deadline,
        budget=1_000,
        tracer=NoOpTracer(),
    ) as streams:
        ends = await asyncio.gather(*(drained(stream) for stream in streams))
    return {stream.report.name: end for stream, end in zip(streams, ends, strict=True)}


def kind_of(source: Source) -> InformationKind:
    """The first kind that the source's connector claims."""
    return min(source.connector.capabilities.kinds, key=lambda kind: kind.value)


@asynccontextmanager
async def faulty(simulated: Platforms, faults: Mapping[str, Fault]) -> AsyncIterator[dict[tuple[str, str], str]]:
    """Every platform behind a proxy for each fault."""
    async with AsyncExitStack() as stack:
        yield {
            (kind, name): (await stack.enter_async_context(proxied(settings.url, fault))).url
            for kind, settings in simulated.items()
            for name, fault in faults.items()
        }


def sound(simulated: Platforms) -> dict[tuple[str, str], str]:
    """Every platform as it is."""
    return {(kind, "healthy"): settings.url for kind, settings in simulated.items()}


async def test_the_healthy_arrive_whole_and_in_time_while_others_hang(simulated: Platforms) -> None:
    healthy = sound(simulated)
    async with sources(simulated, healthy) as asked:
        alone = await outcomes(asked, 60.0)
    assert len(alone) == len(installed()) == 8
    assert all(end.state == "OK" and end.records > 5 for end in alone.values())
    async with faulty(simulated, HANGING) as bad, sources(simulated, {**bad, **healthy}) as asked:
        found = await outcomes(asked, 8.0)
        assert {name: found[name] for name in alone} == alone
        states = {name: end.state for name, end in found.items() if name not in alone}
        assert states == dict.fromkeys((f"{kind}-{name}" for kind, name in bad), "TIMEOUT")
        assert [source.client.health.in_flight for source in asked] == [0] * len(asked)
        assert {source.client.health.last_error for source in asked[: len(bad)]} == {"SOURCE_LATE"}


async def test_every_failure_is_a_state_of_its_own_source(simulated: Platforms) -> None:
    faults = {name: fault for name, (fault, _) in FAILING.items()}
    healthy = sound(simulated)
    async with faulty(simulated, faults) as bad, sources(simulated, {**bad, **healthy}) as asked:
        found = await outcomes(asked, 60.0)
    assert {name: end.state for name, end in found.items()} == {
        **{f"{kind}-{name}": TOLD_OTHERWISE.get((kind, name), FAILING[name][1]) for kind, name in bad},
        **{f"{kind}-healthy": "OK" for kind in simulated},
    }
    assert all(end.in_time for end in found.values())


@pytest.mark.parametrize("fault", ["html", "truncated-json", "wrong-types"])
async def test_what_is_no_answer_of_the_platform_opens_the_breaker(simulated: Platforms, fault: str) -> None:
    async with AsyncExitStack() as stack:
        proxies = {
            (kind, fault): await stack.enter_async_context(proxied(fault=FAILING[fault][0]))
            for kind in simulated
            if (kind, fault) not in TOLD_OTHERWISE
        }
        urls = {name: proxy.url for name, proxy in proxies.items()}
        asked = await stack.enter_async_context(sources(simulated, urls))
        for _ in range(25):
            found = await outcomes(asked, 60.0)
            assert {end.state for end in found.values()} == {"BROKEN"}
        assert {source.name: source.client.health.breaker.value for source in asked} == {
            source.name: "OPEN" for source in asked
        }
        assert {kind: proxy.accepted for (kind, _), proxy in proxies.items()} == {kind: 20 for kind, _ in proxies}


async def test_a_proxy_that_only_passes_on_changes_nothing(simulated: Platforms) -> None:
    """What every other test here rests on."""
    passed = {"passing": passing, "late": late(0.01)}
    async with faulty(simulated, passed) as urls, sources(simulated, {**urls, **sound(simulated)}) as asked:
        found = await outcomes(asked, 60.0)
    assert {end.state for end in found.values()} == {"OK"}
    for kind in simulated:
        assert found[f"{kind}-passing"].records == found[f"{kind}-late"].records == found[f"{kind}-healthy"].records
