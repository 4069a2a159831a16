"""Simulators as processes of their own, as the demo starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from connectors.registry import installed
from connectors.simulation.__main__ import CREDENTIALS

_SECONDS = 30.0
_ALL_CREDENTIALS = {"token": "t", "username": "u", "password": "p"}


@contextmanager
def started(
    kind: str, ready: Path, credentials: str = json.dumps(_ALL_CREDENTIALS)
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "connectors.simulation", kind, "--ready-file", str(ready), "--records", "20"]
    with subprocess.Popen(
        [*command, "--now", "2026-11-24T10:30:00Z"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {CREDENTIALS: credentials},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ready_file(process: subprocess.Popen[bytes], path: Path) -> dict[str, object]:
    """Waits for the file, which is whole as soon as it is there."""
    waiting = threading.Event()
    for _ in range(int(_SECONDS / 0.05)):
        if path.exists():
            read: dict[str, object] = json.loads(path.read_bytes())
            return read
        assert process.poll() is None, (process.stderr and process.stderr.read()) or "stopped without a word"
        waiting.wait(0.05)
    raise AssertionError("no ready file")


@pytest.mark.parametrize("kind", sorted(installed()))
def test_a_simulator_listens_and_stops_when_its_standard_input_closes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    with started(kind, path) as process:
        ready = ready_file(process, path)
        assert ready["pid"] == process.pid
        assert str(ready["url"]).startswith("http://127.0.0.1:")
        assert httpx.get(f"{ready['url']}/absent", trust_env=False).status_code == 404
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(_SECONDS) == 0
    assert [item.name for item in tmp_path.iterdir()] == ["ready.json"]


def test_a_simulator_stops_when_told(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    with started("kobo", path) as process:
        ready_file(process, path)
        process.terminate()
        assert process.wait(_SECONDS) in (0, -15)


@pytest.mark.parametrize(("credentials", "named"), [("{}", b"token"), ("no json", b"SLT_SIMULATOR_CREDENTIALS")])
def test_missing_credentials_are_named(credentials: str, named: bytes, tmp_path: Path) -> None:
    with started("kobo", tmp_path / "ready.json", credentials) as process:
        assert process.wait(_SECONDS) == 2
        assert process.stderr is not None
        assert named in process.stderr.read()
    assert not list(tmp_path.iterdir())
