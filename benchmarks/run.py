"""One comparison: the processes, the query, the rounds in turn."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.load import Round, measured
from benchmarks.profile import shares

CONNECTIONS = 8
# Floor requests for each of the gateway's: the kernel counts in hundredths of a second, too coarse for a short round.
FLOOR_REQUESTS = 5
# 15 fields of a record.
QUERY = """{ incidents(first: 1000) { nodes {
  id category impact occurred { start precision } location { admin1 { pcode } point precision } title narrative stage
  handling { tlp unMarking } affected { killed { value } } actor { parties { name } } language sharedAt verification
  reportedAt { start }
} } }"""
BODY = json.dumps({"query": QUERY}).encode()


class Compared(NamedTuple):
    """The counted rounds in their order, and the bytes of an answer of the gateway and of the floor."""

    gateway: Sequence[Round]
    floor: Sequence[Round]
    sizes: tuple[int, int]


@contextmanager
def process(
    module: str, *arguments: str, processor: int, environ: Mapping[str, str] | None = None
) -> Iterator[tuple[list[str], int]]:
    """A process of this benchmark on one processor: the words it printed when it was ready, and its id.

    `environ`: variables beside those of this process.
    """
    started = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
    )
    try:
        os.sched_setaffinity(started.pid, {processor})
        assert started.stdout is not None
        yield started.stdout.readline().split(), started.pid
    finally:
        started.terminate()
        started.wait()


def processors() -> tuple[int, int]:
    """The one that serves, and the one for load and upstream."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def asked(url: str, client: str, secret: str) -> str:
    """A token's header line, ended."""
    form = {"grant_type": "client_credentials"}
    got = httpx.post(f"{url}/oauth/token", data=form, auth=(client, secret), trust_env=False)
    return f"Authorization: Bearer {got.raise_for_status().json()['access_token']}\r\n"


def answer(url: str, header: str) -> tuple[int, Sequence[Mapping[str, Any]]]:
    """Bytes and records of one answer."""
    name, _, value = header.strip().partition(": ")
    headers = {"Content-Type": "application/json"} | ({name: value} if name else {})
    got = httpx.post(f"{url}/graphql", content=BODY, headers=headers, trust_env=False, timeout=60)
    return len(got.content), got.raise_for_status().json()["data"]["incidents"]["nodes"]


def compared(records: int, requests: int, rounds: int) -> Compared:
    """Rounds of the gateway and of the floor in turn, after one that warms up."""
    served_on, others = processors()
    with ExitStack() as stack:
        (port,), _ = stack.enter_context(process("upstream", str(records), processor=others))
        upstream = f"http://127.0.0.1:{port}"
        (url, client, secret), ours = stack.enter_context(process("served", upstream, processor=served_on))
        (floor_url,), theirs = stack.enter_context(process("floor", upstream, processor=served_on))
        stack.enter_context(pinned(others))
        token = asked(url, client, secret)
        (size, nodes), (floor_size, floor_nodes) = answer(url, token), answer(floor_url, "")
        if not len(nodes) == len(floor_nodes) == records or list(nodes[0]) != list(floor_nodes[0]):
            raise RuntimeError(f"gateway and floor do not answer the same: {len(nodes)} and {len(floor_nodes)} records")
        gateway, floor = [], []
        for _ in range(rounds + 1):
            gateway.append(asyncio.run(measured(f"{url}/graphql", ours, BODY, token, requests, CONNECTIONS)))
            floor.append(
                asyncio.run(measured(f"{floor_url}/graphql", theirs, BODY, "", requests * FLOOR_REQUESTS, CONNECTIONS))
            )
        return Compared(gateway[1:], floor[1:], (size, floor_size))


def profile(records: int, requests: int) -> Mapping[str, float]:
    """Shares of the gateway's own time by part; the profiler begins after a warm-up."""
    served_on, others = processors()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "gateway.prof"
        stack.enter_context(pinned(others))
        (port,), _ = stack.enter_context(process("upstream", str(records), processor=others))
        arguments = (f"http://127.0.0.1:{port}", str(file))
        with process("served", *arguments, processor=served_on) as ((url, client, secret), gateway):
            token = asked(url, client, secret)
            answer(url, token)
            os.kill(gateway, signal.SIGUSR1)
            # One at a time: the profiler slows the gateway, and its deadline for sources goes on.
            asyncio.run(measured(f"{url}/graphql", gateway, BODY, token, requests, 1))
        return shares(file)


@contextmanager
def pinned(processor: int) -> Iterator[None]:
    """This process on one processor for the time of the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
