"""What people type."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.demo.answers import last_seven_days
from tests.conftest import Gateway

COMMAND = str(Path(sys.executable).with_name("slt-gateway"))


def typed(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **(env or {})},
    )


def test_the_demo_prints_three_answers_writes_its_ready_file_and_ends(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    result = typed("demo", "--check", "--port", "0", "--ready-file", str(ready))
    assert result.returncode == 0, result.stderr
    for label in (
        "dss-analyst",
        "ingo-in-area",
        "ingo-elsewhere",
        "PERSONS_PROTECTED",
        "OUTSIDE_APPROVED_AREAS",
    ):
        assert label in result.stdout
    told = json.loads(ready.read_text())
    assert set(told) >= {"url", "graphql", "issuer", "clients", "sources", "database", "pid"}
    assert {client["label"] for client in told["clients"]} == {
        *("dss-analyst", "ingo-in-area", "ingo-elsewhere", "ingo-suspended", "ingo-applicant"),
        *("originator", "platform", "dss-chair", "ingo-chair"),
        *("ingo-officer", "ingo-second-officer", "dss-sioc", "secretariat", "dss-coordinator"),
    }
    keys = {"label", "organization", "category", "partnership", "capacities", "areas", "client_id", "client_secret"}
    assert all(set(client) == keys for client in told["clients"])
    assert {source["connector"] for source in told["sources"]} == {
        *("unsms", "kobo", "acled", "graphql", "reliefweb", "cap", "gdacs", "tabular")
    }
    for source in told["sources"]:
        with pytest.raises(ProcessLookupError):
            os.kill(source["pid"], 0)


@pytest.fixture
def asking(gateway: Gateway, tmp_path: Path) -> dict[str, str]:
    client = gateway.client("dss-analyst")
    secret = tmp_path / "secret"
    secret.write_text(client.client_secret + "\n")
    return {"SLT_URL": gateway.url, "SLT_CLIENT_ID": client.client_id, "SLT_CLIENT_SECRET_FILE": str(secret)}


def test_a_query_is_printed_as_table_json_csv_and_geojson(asking: dict[str, str], tmp_path: Path) -> None:
    document = tmp_path / "query.graphql"
    document.write_text(last_seven_days())
    printed = {
        name: typed("query", str(document), "--format", name, env=asking)
        for name in ("table", "json", "csv", "geojson")
    }
    assert {result.returncode for result in printed.values()} == {0}
    assert len(json.loads(printed["json"].stdout)["data"]["incidents"]["nodes"]) == 3
    rows = list(csv.DictReader(io.StringIO(printed["csv"].stdout)))
    assert len(rows) == 3
    assert {"title", "category", "occurred.start", "handling.tlp"} <= set(rows[0])
    features = json.loads(printed["geojson"].stdout)["features"]
    assert any(feature["geometry"] and feature["geometry"]["type"] == "Point" for feature in features)
    assert "title" in printed["table"].stdout


def test_a_wrong_secret_is_one_sentence(asking: dict[str, str], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not the secret")
    result = typed("query", "{ viewer { client } }", env={**asking, "SLT_CLIENT_SECRET_FILE": str(wrong)})
    assert result.returncode == 2
    assert "got no token: invalid_client" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_refused_query_ends_with_its_code(asking: dict[str, str]) -> None:
    result = typed("query", "{ incidents(first: 5000) { nodes { id } } }", env=asking)
    assert result.returncode == 1
    assert "BAD_USER_INPUT: `first` is 5000" in result.stdout


def test_the_installed_connectors_are_listed() -> None:
    result = typed("connectors", "list")
    assert result.returncode == 0
    assert all(kind in result.stdout for kind in ("unsms", "kobo", "acled", "graphql"))


CONFIGURATION = """
[gateway]
url = "https://gateway.example"
[store]
url = "sqlite:///{folder}/gateway.sqlite3"
[keys]
master = {{ env = "MASTER" }}
token_signing = {{ file = "{folder}/signing.pem" }}
"""


def test_check_tells_all_faults_at_once_and_none_once_they_are_mended(tmp_path: Path) -> None:
    from gateway.identity.keys import new_signing_key, to_pem

    config = tmp_path / "gateway.toml"
    config.write_text(CONFIGURATION.format(folder=tmp_path) + "[limts]\ndepth = 1\n[telemetry]\nexportr = 'none'\n")
    result = typed("check", "--config", str(config), env={"MASTER": "m" * 40})
    assert result.returncode == 1
    assert "did you mean `limits`" in result.stderr
    assert "did you mean `exporter`" in result.stderr

    config.write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    result = typed("check", "--config", str(config), env={"MASTER": "short"})
    assert result.returncode == 1
    assert "`keys.master`" in result.stderr
    assert "short" not in result.stderr.replace("shorter", "")

    result = typed("check", "--config", str(config), env={"MASTER": "m" * 40})
    assert result.returncode == 1
    assert "slt-gateway migrate" in result.stderr

    env = {"MASTER": "m" * 40}
    assert typed("migrate", "--config", str(config), env=env).returncode == 0
    result = typed("check", "--config", str(config), env=env)
    assert result.returncode == 0, result.stderr


def test_serve_answers_and_stops_on_a_signal(tmp_path: Path) -> None:
    import signal

    import httpx

    from connectors.simulation.server import listen
    from gateway.identity.keys import new_signing_key, to_pem

    config = tmp_path / "gateway.toml"
    config.write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    env = {**os.environ, "MASTER": "m" * 40}
    assert typed("migrate", "--config", str(config), env=env).returncode == 0
    free = listen()
    port = free.getsockname()[1]
    free.close()
    process = subprocess.Popen([COMMAND, "serve", "--config", str(config), "--port", str(port)], env=env)
    try:
        for _ in range(100_000):
            assert process.poll() is None
            try:
                ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
                break
            except httpx.TransportError:
                continue
        assert ready.json() == {"status": "ready"}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0 or process.returncode == -signal.SIGTERM
