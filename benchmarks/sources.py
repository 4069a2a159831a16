"""The sources: decoding and normalising by connector beside bare decoding, and what one that hangs costs the others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final, NamedTuple

import msgspec
from opentelemetry.trace import NoOpTracer
from rich.table import Table

from connectors.client import PrivateHosts, SourceClient, open_http
from connectors.contract import Call, Connector, FetchRequest, SourceSettings
from connectors.markings import read_marking
from connectors.registry import connector_type, installed
from connectors.simulation.server import HOST
from gateway.federation.sources.fetch import fetch
from gateway.federation.sources.plan import Asked
from gateway.federation.sources.source import Source
from gateway.federation.viewed import SourceReport
from policies.vocabulary import InformationKind, SourceState

JSON_PLATFORMS: Final = ("unsms", "kobo", "acled", "graphql")
RECORDS_A_SECOND_GOAL: Final = 50_000
HANGING_GOAL: Final = 1.1
EVENTS: Final = 6_000
REQUEST: Final = FetchRequest(kind=InformationKind.INCIDENT_REPORT)
SECRET: Final = "benchmark"
FOREVER: Final = 3_600.0


class Normalised(NamedTuple):
    """One connector: records of one fetch, medians of the processor seconds for it and for bare decoding."""

    records: int
    kilobytes: float
    seconds: float
    bare: float


class Replayed(SourceClient):
    """Tells again what a platform answered, without a network. `bodies`: what was read, in its order."""

    def __init__(self, base: str, bodies: Mapping[str, bytes] | None = None) -> None:
        super().__init__(base, open_http(PrivateHosts([HOST])))
        self.bodies = dict(bodies or {})
        self._replays = bodies is not None

    async def send(self, method: str, path: str, **asked: Any) -> bytes:
        """The body that was recorded, or one from the platform, kept."""
        key = repr((method, path, asked.get("parameters"), asked.get("content")))
        if not self._replays:
            self.bodies[key] = await super().send(method, path, **asked)
        return self.bodies[key]


def normalised(rounds: int) -> Mapping[str, Normalised]:
    """Every JSON platform's simulator read once over HTTP, then its bodies `rounds` times without."""
    with simulated(JSON_PLATFORMS, EVENTS) as urls:
        return {kind: asyncio.run(_normalised(kind, url, rounds)) for kind, url in urls.items()}


async def _normalised(kind: str, url: str, rounds: int) -> Normalised:
    reader = connector(kind, url)
    recording = Replayed(url)
    records = await _drained(reader, recording)
    replayed = Replayed(url, recording.bodies)
    bodies = [body for body in recording.bodies.values() if body[:1] in b"{["]
    seconds, bare = [], []
    for _ in range(rounds):
        start = time.process_time()
        assert await _drained(reader, replayed) == records
        seconds.append(time.process_time() - start)
        start = time.process_time()
        for body in bodies:
            msgspec.json.decode(body)
        bare.append(time.process_time() - start)
    await recording.aclose()
    await replayed.aclose()
    return Normalised(records, sum(map(len, bodies)) / 1_000, median(seconds), median(bare))


async def _drained(reader: Connector, client: SourceClient) -> int:
    call = Call(client=client, deadline=asyncio.get_running_loop().time() + FOREVER, tracer=NoOpTracer())
    return sum([len(page.records) async for page in reader.fetch(REQUEST, call)])


class Waited(NamedTuple):
    """Seconds until the healthy sources had told everything, with one that hangs beside them and without."""

    hanging: list[float]
    alone: list[float]


def waited(times: int) -> Waited:
    """`times` fan-outs of each sort, in turn, over processes of their own."""
    with simulated(("unsms", "kobo"), 60) as urls:
        return asyncio.run(_waited(urls, times))


async def _waited(urls: Mapping[str, str], times: int) -> Waited:
    async with hung() as nowhere, AsyncExitStack() as stack:
        found: list[Source] = []
        for kind, url in [*urls.items(), ("unsms", nowhere)]:
            client = SourceClient(url, open_http(PrivateHosts([HOST])))
            stack.push_async_callback(client.aclose)
            found.append(Source(name=f"s{len(found)}", connector=connector(kind, url), client=client))
        *healthy, hanging = found
        waited = Waited([], [])
        # What asks the one that hangs is left to its deadline, as queries leave it; who asks it the same meanwhile
        # waits for the same request.
        beside: list[asyncio.Task[SourceState]] = []
        for number in range(2 * (times + 5)):
            start = time.perf_counter()
            if number % 2:
                beside.append(asyncio.create_task(_fetched(hanging)))
            assert await asyncio.gather(*map(_fetched, healthy)) == [SourceState.OK] * len(healthy)
            seconds = time.perf_counter() - start
            if number >= 10:  # connections are open, forms are read
                (waited.hanging if number % 2 else waited.alone).append(seconds)
        for task in beside:
            task.cancel()
        states = await asyncio.gather(*beside, return_exceptions=True)
        assert SourceState.OK not in states, "it did not hang"
        return waited


async def _fetched(source: Source) -> SourceState:
    report = SourceReport(name=source.name)
    deadline = asyncio.get_running_loop().time() + 10.0
    asked = Asked(source, REQUEST, ordered=False)
    async for _ in fetch(asked, report, deadline=deadline, budget=10_000, tracer=NoOpTracer()):
        pass
    return report.state


def compare(read: Mapping[str, Normalised], took: Waited, tables: tuple[Table, Table]) -> list[dict[str, object]]:
    """Records a second and 99th percentiles, shown, and their ratios as rows; each meets its goal from below."""
    rows = []
    for kind, item in read.items():
        speed = item.records / item.seconds
        tables[0].add_row(
            kind,
            f"{item.records:,}",
            f"{item.kilobytes:,.0f}",
            f"{speed:,.0f}",
            f"{item.records / item.bare:,.0f}",
            f"{item.seconds / item.bare:.2f}",
        )
        rows.append(_row(f"time to decode and normalise a record to bare decoding, {kind}", item.seconds / item.bare))
        rows.append(
            _row(f"{RECORDS_A_SECOND_GOAL:,} records/s to those normalised, {kind}", RECORDS_A_SECOND_GOAL / speed, 1.0)
        )
    last = [quantiles(item, n=100)[98] for item in took]
    for name, each, p99 in zip(("one hangs", "none hangs"), took, last, strict=True):
        tables[1].add_row(name, f"{1_000 * median(each):.2f}", f"{1_000 * p99:.2f}")
    rows.append(_row("healthy sources' p99 while one hangs, to without", last[0] / last[1], HANGING_GOAL))
    return rows


def _row(name: str, ratio: float, goal: float | None = None) -> dict[str, object]:
    return {"name": name, "ratio": round(ratio, 4), "goal": goal, "met": None if goal is None else ratio <= goal}


def connector(kind: str, url: str) -> Connector:
    """The connector of the example's configuration, for a simulator at `url`."""
    example = tomllib.loads(files(_package(kind)).joinpath("example.toml").read_text("utf-8"))
    settings = SourceSettings(
        name=example["name"],
        url=url,
        marking=read_marking(example["marking"]),
        credentials=dict.fromkeys(example["credentials"], SECRET),
        options=example.get("options", {}),
        originators=example.get("originators", {}),
    )
    return connector_type(kind)(settings)


@contextmanager
def simulated(kinds: Sequence[str], events: int) -> Iterator[Mapping[str, str]]:
    """Addresses of the simulators of `kinds`, a process each; they end with their standard input."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = {}
        for kind in kinds:
            names = tomllib.loads(files(_package(kind)).joinpath("example.toml").read_text("utf-8"))["credentials"]
            command = [sys.executable, "-m", "connectors.simulation", kind, "--records", str(events), "--seed", "7"]
            running[kind] = stack.enter_context(
                subprocess.Popen(
                    [*command, "--now", datetime.now(UTC).isoformat(), "--ready-file", str(folder / kind)],
                    env={"SLT_SIMULATOR_CREDENTIALS": msgspec.json.encode(dict.fromkeys(names, SECRET)).decode()},
                    stdin=subprocess.PIPE,
                )
            )
            stack.callback(running[kind].terminate)
        while not all((folder / kind).exists() for kind in kinds):
            if any(process.poll() is not None for process in running.values()):
                raise RuntimeError("a simulator did not start: see its own message above")
            time.sleep(0.05)  # the file appears when the platform listens
        yield {kind: msgspec.json.decode((folder / kind).read_bytes())["url"] for kind in kinds}


@asynccontextmanager
async def hung() -> AsyncIterator[str]:
    """The address of a platform that takes connections and requests, and never answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(1_024):
                pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


def _package(kind: str) -> str:
    return installed()[kind].partition(":")[0]
