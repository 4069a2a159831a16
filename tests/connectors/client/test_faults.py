"""The fault table between real connectors and their platforms: a bad day is one line, and the rest arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from opentelemetry.trace import NoOpTracer

from connectors.client import Bounds, PrivateHosts, SourceClient, open_http
from connectors.contract import Connector, FetchRequest
from connectors.errors import SourceError
from connectors.kobo import KoboConnector
from connectors.kobo.simulator import simulate as simulate_kobo
from connectors.simulation.server import serving
from connectors.unsms import UnsmsConnector
from connectors.unsms.simulator import simulate as simulate_unsms
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.gather import Stream, gathered
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.plan import Asked
from gateway.federation.sources.source import Source
from gateway.partnership.directory import Directory
from policies.cases import read_cases
from policies.decision import CedarPolicy
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind
from tests.connectors.client.opened import opened, soon
from tests.connectors.client.platform import Told, always, platform
from tests.connectors.proxy import (
    Fault,
    Proxy,
    late,
    never_closed,
    never_read,
    passing,
    proxied,
    reset,
    stalled,
    telling,
    trickling,
    truncated,
)
from tests.connectors.source import example

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TOKEN = {"token": "an-invented-token"}
JSON = "200 OK\ncontent-type: application/json"
DEEP = b"[" * 100_000 + b"]" * 100_000

HANGING: Mapping[str, Fault] = {
    "ten-seconds-late": late(10.0),
    "hung-after-headers": stalled,
    "one-byte-a-second": trickling(1.0),
    "never-read": never_read,
    "never-closed": never_closed,
}
FAILING: Mapping[str, tuple[Fault, str]] = {
    "reset": (reset, "BROKEN"),
    "cut-in-the-head": (truncated(20), "BROKEN"),
    "cut-in-the-body": (truncated(900), "BROKEN"),
    "html": (telling("200 OK\ncontent-type: text/html", b"<html>maintenance</html>"), "BROKEN"),
    "truncated-json": (telling(JSON, b'{"items": [{"id"'), "BROKEN"),
    "wrong-types": (telling(JSON, b'{"items": 7, "count": "x", "content": []}'), "BROKEN"),
    "deep": (telling(JSON, b'{"items": [' + DEEP + b'], "results": [' + DEEP + b"]}"), "BROKEN"),
    "redirect": (telling("302 Found\nlocation: http://127.0.0.1:1/", b""), "BROKEN"),
    "no-http": (telling("never mind", b""), "BROKEN"),
    "rate-limited": (telling("429 Too Many Requests\nretry-after: 60", b""), "RATE_LIMITED"),
    "unauthenticated": (telling("401 Unauthorized", b""), "AUTH_FAILED"),
}


class Platforms(NamedTuple):
    """The simulators' addresses by connector."""

    unsms: str
    kobo: str


@pytest.fixture(scope="module")
def simulated() -> Iterator[Platforms]:
    with serving(simulate_unsms(240, 7, NOW, TOKEN)) as unsms, serving(simulate_kobo(240, 7, NOW, TOKEN)) as kobo:
        yield Platforms(unsms, kobo)


def connector(kind: str, url: str) -> Connector:
    settings = example(f"connectors.{kind}", url, TOKEN)
    return UnsmsConnector(settings) if kind == "unsms" else KoboConnector(settings)


@asynccontextmanager
async def sources(urls: Mapping[tuple[str, str], str]) -> AsyncIterator[list[Source]]:
    """A source a name, with the connector of its kind, as the gateway opens them; the keys are (kind, name)."""
    async with AsyncExitStack() as stack:
        found = []
        for (kind, name), url in urls.items():
            client = SourceClient(url, open_http(PrivateHosts(["127.0.0.1"])))
            stack.push_async_callback(client.aclose)
            found.append(Source(name=f"{kind}-{name}", connector=connector(kind, url), client=client))
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
    ids = RecordIds({1: bytes(range(64))}, 1)
    decider = Decider(CedarPolicy(read_rules(rule_files())), ids, directory, who, NOW.timestamp(), lambda _spoken: None)
    request = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds

    async def drained(stream: Stream) -> Outcome:
        records = 0
        async for views in stream.batches:
            records += len(views)
        return Outcome(records, stream.report.state.value, loop.time() < deadline)

    async with gathered(
        [Asked(source, request, ordered=False) for source in asked],
        decider,
        deadline=deadline,
        budget=1_000,
        tracer=NoOpTracer(),
    ) as streams:
        ends = await asyncio.gather(*(drained(stream) for stream in streams))
    return {stream.report.name: end for stream, end in zip(streams, ends, strict=True)}


@asynccontextmanager
async def faulty(simulated: Platforms, faults: Mapping[str, Fault]) -> AsyncIterator[dict[tuple[str, str], str]]:
    """Both platforms behind a proxy for each fault."""
    async with AsyncExitStack() as stack:
        yield {
            (kind, name): (await stack.enter_async_context(proxied(url, fault))).url
            for kind, url in simulated._asdict().items()
            for name, fault in faults.items()
        }


async def test_the_healthy_arrive_whole_and_in_time_while_others_hang(simulated: Platforms) -> None:
    healthy = {("unsms", "healthy"): simulated.unsms, ("kobo", "healthy"): simulated.kobo}
    async with sources(healthy) as asked:
        alone = await outcomes(asked, 30.0)
    assert all(end.state == "OK" and end.records > 20 for end in alone.values())
    async with faulty(simulated, HANGING) as bad, sources({**bad, **healthy}) as asked:
        found = await outcomes(asked, 3.0)
        assert {name: found[name] for name in alone} == alone
        states = {name: end.state for name, end in found.items() if name not in alone}
        assert states == dict.fromkeys((f"{kind}-{name}" for kind, name in bad), "TIMEOUT")
        assert [source.client.health.in_flight for source in asked] == [0] * len(asked)
        assert {source.client.health.last_error for source in asked[: len(bad)]} == {"SOURCE_LATE"}


async def test_every_failure_is_a_state_of_its_own_source(simulated: Platforms) -> None:
    faults = {name: fault for name, (fault, _) in FAILING.items()}
    healthy = {("unsms", "healthy"): simulated.unsms, ("kobo", "healthy"): simulated.kobo}
    async with faulty(simulated, faults) as bad, sources({**bad, **healthy}) as asked:
        found = await outcomes(asked, 30.0)
    assert {name: end.state for name, end in found.items()} == {
        **{f"{kind}-{name}": FAILING[name][1] for kind, name in bad},
        "unsms-healthy": "OK",
        "kobo-healthy": "OK",
    }
    assert all(end.in_time for end in found.values())


@pytest.mark.parametrize("kind", ["unsms", "kobo"])
async def test_what_is_no_json_of_the_platform_opens_the_breaker(kind: str) -> None:
    async with proxied(fault=telling(JSON, b"[]")) as proxy, sources({(kind, "x"): proxy.url}) as asked:
        for _ in range(25):
            assert (await outcomes(asked, 30.0))[f"{kind}-x"].state == "BROKEN"
        assert proxy.accepted == 20
        assert asked[0].client.health.breaker.value == "OPEN"


async def test_a_proxy_that_only_passes_on_changes_nothing(simulated: Platforms) -> None:
    """What every other test here rests on."""
    async with faulty(simulated, {"passing": passing, "late": late(0.01)}) as urls, sources(urls) as asked:
        found = await outcomes(asked, 30.0)
    assert {end.state for end in found.values()} == {"OK"}
    assert found["kobo-passing"].records == found["kobo-late"].records > 20


def sockets_to(proxies: Sequence[Proxy]) -> int:
    """How many sockets to these proxies are open, by the kernel's own list."""
    ports = {int(proxy.url.rpartition(":")[2]) for proxy in proxies}
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(int(row[2].rpartition(":")[2], 16) in ports and row[9] != "0" for row in rows)


async def test_no_socket_is_left_behind() -> None:
    faults = [*HANGING.values(), *(fault for fault, _ in FAILING.values())]
    bounds = Bounds(breaker_requests=1_000, longest_pause_seconds=0.0)
    async with platform(always(Told(body=b"x" * 5_000))) as running, AsyncExitStack() as stack:
        proxies = [await stack.enter_async_context(proxied(running.url, fault)) for fault in faults]
        clients = [await stack.enter_async_context(opened(proxy.url, bounds=bounds)) for proxy in proxies]

        async def ask(client: SourceClient, number: int) -> None:
            """As the federation asks: with a timeout of its own at the same moment."""
            deadline = soon(0.8)
            try:
                async with asyncio.timeout_at(deadline):
                    await client.get(f"/{number}", deadline=deadline)
            except (SourceError, TimeoutError):
                return

        _, writer = await asyncio.open_connection("127.0.0.1", int(proxies[0].url.rpartition(":")[2]))
        assert sockets_to(proxies) == 1, "they are seen"
        writer.close()
        await writer.wait_closed()
        # A handshake that hangs as well.
        proxies.append(await stack.enter_async_context(proxied(running.url, never_read)))
        secure = proxies[-1].url.replace("http:", "https:")
        clients.append(await stack.enter_async_context(opened(secure, bounds=bounds)))
        await asyncio.gather(*(ask(client, number) for client in clients for number in range(6)))
        for _ in range(100):  # a socket is closed by the loop's next turn; one that is forgotten stays
            if sockets_to(proxies):
                await asyncio.sleep(0)
        assert sockets_to(proxies) == 0
        assert [client.health.in_flight for client in clients] == [0] * len(clients)
