"""The simulated platforms: a process each, on loopback, of every installed connector that ships a simulator."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from connectors.registry import installed
from connectors.simulation.__main__ import CREDENTIALS
from connectors.simulation.server import HOST
from gateway.errors import ConfigurationFault

START_SECONDS = 60.0


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """A running simulator and the configuration of the source that reads it; `secrets` by environment variable."""

    source: Mapping[str, Any]
    secrets: Mapping[str, str]
    url: str
    pid: int


@contextmanager
def platforms(folder: Path, *, seed: int, records: int, now: datetime) -> Iterator[Sequence[Platform]]:
    """Every platform started side by side and answering; stopped on leaving."""
    with ExitStack() as stack:
        started = [
            _start(kind, point, folder, stack, seed=seed, records=records, now=now)
            for kind, point in installed().items()
        ]
        yield [_answering(*item) for item in started]


def _start(
    kind: str, point: str, folder: Path, stack: ExitStack, *, seed: int, records: int, now: datetime
) -> tuple[dict[str, Any], dict[str, str], Path, subprocess.Popen[bytes]]:
    package = point.partition(":")[0]
    source = tomllib.loads((files(package) / "example.toml").read_text("utf-8"))
    values = {name: secrets.token_urlsafe(24) for name in source["credentials"]}
    variables = {reference["env"]: values[name] for name, reference in source["credentials"].items()}
    ready = folder / f"{kind}.json"
    process = subprocess.Popen(  # noqa: S603 - this interpreter, this package
        [
            *(sys.executable, "-m", "connectors.simulation", kind, "--port", "0", "--ready-file", str(ready)),
            *("--seed", str(seed), "--records", str(records), "--now", now.isoformat()),
        ],
        env={**os.environ, CREDENTIALS: json.dumps(values)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    stack.callback(_stop, process)
    return source, variables, ready, process


def _answering(
    source: dict[str, Any], variables: dict[str, str], ready: Path, process: subprocess.Popen[bytes]
) -> Platform:
    until = time.monotonic() + START_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise ConfigurationFault(f"the simulated platform `{source['connector']}` did not start")
        time.sleep(0.02)  # the file appears when the platform listens
    told = json.loads(ready.read_text("utf-8"))
    return Platform(
        source={
            **source,
            "operator": source["marking"]["originator"],
            "url": told["url"],
            "private_hosts": [HOST],
        },
        secrets=variables,
        url=told["url"],
        pid=told["pid"],
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
