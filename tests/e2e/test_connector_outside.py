"""A connector from outside the repository: written, installed as a package of its own, tested, and queried through."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from connectors.simulation.__main__ import CREDENTIALS
from connectors.simulation.server import HOST, listen
from gateway.identity.clients import register_client
from gateway.identity.keys import new_signing_key, to_pem
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, approve_area
from gateway.settings.sections import OWN_SOURCE
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from gateway.store.tables import WORLDWIDE
from policies.vocabulary import OrganizationCategory, Purpose
from tests.connectors.simulation.test_process import ready_file

ROOT = Path(__file__).parents[2]
NAME = "field-notes"
PACKAGE = "slt_connector_field_notes"
DOOR = {"connectors.contract", "connectors.kit", "connectors.kit.sdk"}
TOKEN = "a-token-of-the-test"
QUERY = """{ incidents(first: 100) { nodes { id title category location { country { iso3 } } handling { tlp } }
  sources { name state records } } }"""


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment of its own with the gateway in it; what both depend on is read from ours."""
    folder = tmp_path_factory.mktemp("private")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    python = folder / "env" / "bin" / "python"
    query = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    typed(folder, f"python -m pip install --no-deps --no-build-isolation --ignore-installed --editable {ROOT}")
    return folder


def environment(private: Path) -> dict[str, str]:
    """What a person's shell has: the private environment first on the path, and no way to any package index."""
    path = f"{private / 'env' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST", "PIP_"))}
    quiet = {
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_QUIET": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**kept, **quiet, "PATH": path, "COLUMNS": "160"}


def typed(private: Path, line: str) -> str:
    """What a line typed in the folder prints; it has to succeed."""
    words = shlex.split(line)
    program = str(private / "env" / "bin" / words[0])
    done = subprocess.run(
        [program, *words[1:]],
        cwd=private,
        env=environment(private),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def lines_of_the_page() -> list[str]:
    page = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    section = page.split("## From nothing to a passing connector")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, re.S)
    return [line for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def told(private: Path) -> dict[str, str]:
    """What each line of the page printed, in its order."""
    return {line: typed(private, line) for line in lines_of_the_page()}


def test_the_page_leads_from_nothing_to_a_passing_connector(told: dict[str, str], private: Path) -> None:
    assert "24 of 24 checks hold" in told[f"slt-gateway connectors test {NAME}"]
    assert "24 passed" in told[f"python -m pytest {NAME}"]
    shown = told[f"slt-gateway connectors test {NAME} --rows 2"]
    assert "INCIDENT_REPORT: 2 rows mapped" in shown
    assert "fields that reach no record: none" in shown
    assert "nothing was stored" in shown
    assert NAME in told["slt-gateway connectors list"]


def test_it_imports_the_contract_the_kit_and_its_types_alone(told: dict[str, str], private: Path) -> None:
    ours: set[str] = set()
    for source in (private / NAME).rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                ours.add(node.module)
            elif isinstance(node, ast.Import):
                ours |= {name.name for name in node.names}
    assert {name for name in ours if name.split(".")[0] in ("connectors", "gateway", "policies")} == DOOR


def test_what_was_written_is_strictly_typed(told: dict[str, str], private: Path) -> None:
    paths = f"--python-executable {private}/env/bin/python --cache-dir {private}/mypy"
    command = [sys.executable, "-m", "mypy", "--strict", *shlex.split(paths), f"{NAME}/src/{PACKAGE}"]
    checked = subprocess.run(command, cwd=private, capture_output=True, text=True, check=False, timeout=120)
    assert checked.returncode == 0, checked.stdout


@contextmanager
def running(private: Path, words: list[str], more: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [str(private / "env" / "bin" / words[0]), *words[1:]],
        cwd=private,
        env={**environment(private), **more},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def test_the_gateway_answers_from_it(told: dict[str, str], private: Path) -> None:
    ready = private / "ready.json"
    simulator = shlex.split(f"python -m connectors.simulation {NAME} --ready-file {ready} --records 40")
    with running(private, simulator, {CREDENTIALS: json.dumps({"token": TOKEN})}) as process:
        platform = str(ready_file(process, ready)["url"])
        with closing(listen()) as bound:
            port = bound.getsockname()[1]
        client = configured(private, f"http://{HOST}:{port}", platform)
        serve = ["slt-gateway", "serve", "--config", "gateway.toml", "--port", str(port)]
        with running(private, serve, {"FIELD_NOTES_TOKEN": TOKEN, "MASTER": "m" * 48}) as gateway:
            assert gateway.stderr is not None
            log = b""
            while b"Uvicorn running" not in log:
                line = gateway.stderr.readline()
                assert line, log
                log += line
            answer = asked(f"http://{HOST}:{port}", client)
    assert answer["sources"] == [
        {"name": NAME, "state": "OK", "records": len(answer["nodes"])},
        {"name": OWN_SOURCE, "state": "OK", "records": 0},
    ]
    assert len(answer["nodes"]) > 30
    assert {node["handling"]["tlp"] for node in answer["nodes"]} == {"AMBER", "CLEAR"}
    assert all(node["title"] and node["location"]["country"]["iso3"] for node in answer["nodes"])


def configured(private: Path, url: str, platform: str) -> tuple[str, str]:
    """The gateway's configuration with the connector's own example as its source, its store, and one client."""
    source = tomllib.loads((private / NAME / "src" / PACKAGE / "example.toml").read_text("utf-8"))
    (private / "signing.pem").write_bytes(to_pem(new_signing_key()))
    document: dict[str, Any] = {
        "gateway": {"url": url},
        "store": {"url": f"sqlite:///{private}/gateway.sqlite3"},
        "keys": {"master": {"env": "MASTER"}, "token_signing": {"file": "signing.pem"}},
        "sources": [{**source, "url": platform, "private_hosts": [HOST]}],
    }
    (private / "gateway.toml").write_bytes(msgspec.toml.encode(document))
    store = open_store(document["store"]["url"])
    migrate(store)
    add_organization(store, "undss", "UNDSS", OrganizationCategory.UNSMS_ENTITY)
    add_organization(store, NAME, "Field Notes", OrganizationCategory.INGO)
    approve_area(store, "undss", WORLDWIDE, approved_by="undss")
    client = register_client(store, "undss", "analyst", list(Scope), Purpose.SAFETY_AND_SECURITY)
    store.close()
    return client


def asked(url: str, client: tuple[str, str]) -> dict[str, Any]:
    with httpx.Client(base_url=url, trust_env=False, timeout=30.0) as http:
        granted = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=client)
        token = granted.raise_for_status().json()["access_token"]
        answered = http.post("/graphql", json={"query": QUERY}, headers={"Authorization": f"Bearer {token}"})
    body = answered.raise_for_status().json()
    assert "errors" not in body, body["errors"]
    incidents: dict[str, Any] = body["data"]["incidents"]
    return incidents
