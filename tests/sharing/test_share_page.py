"""The first section of docs/register-a-client.md, typed as it stands: by the operator, then by the newcomer."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.simulation.server import listen, url_of
from gateway.cli import app
from gateway.demo.run import serving_gateway
from gateway.identity.keys import new_signing_key, to_pem
from gateway.service import build_service
from gateway.settings import parse
from gateway.store.engine import open_store
from gateway.store.migrate import migrate

PAGE = Path(__file__).parents[2] / "docs" / "register-a-client.md"


def blocks() -> list[str]:
    """The section's blocks for a shell, in their order."""
    section = PAGE.read_text("utf-8").split("\n## ")[1]
    assert section.startswith("Start today")
    return re.findall(r"^```sh\n(.*?)^```", section, re.S | re.M)


def test_a_newcomer_shares_and_reads_with_what_is_on_the_page(tmp_path: Path) -> None:
    operators, newcomers = blocks()
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    bound = listen(0)
    document = {
        "gateway": {"url": url_of(bound)},
        "store": {"url": f"sqlite:///{tmp_path}/store.sqlite3"},
        "keys": {"master": {"file": "master"}, "token_signing": {"file": "signing.pem"}},
    }
    config = tmp_path / "gateway.toml"
    config.write_bytes(msgspec.toml.encode(document))
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    with serving_gateway(build_service(parse(config.read_text(), {}, tmp_path), store), bound):
        printed: dict[str, str] = {}
        for line in operators.splitlines():
            result = CliRunner().invoke(app, [*shlex.split(line)[1:], "--config", str(config)])
            assert result.exit_code == 0, result.output
            printed = dict(pair for item in result.stdout.splitlines() if len(pair := item.split()) == 2)
        exported = (
            f"SLT_URL={url_of(bound)} SLT_CLIENT_ID={printed['client_id']} SLT_CLIENT_SECRET={printed['client_secret']}"
        )
        script = re.sub(r"^export .*$", f"export {exported}", newcomers, flags=re.M)
        done = subprocess.run(
            ["/bin/sh", "-euc", script], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
        )
    store.close()
    bound.close()
    assert done.returncode == 0, done.stderr
    shared, read = (json.loads(line) for line in done.stdout.splitlines())
    receipt = shared["data"]["shareIncident"]["receipt"]
    assert shared["data"]["shareIncident"]["userErrors"] == []
    assert receipt["version"] == 1
    assert read["data"]["incidents"]["nodes"] == [
        {"id": receipt["id"], "title": "Hello", "status": "TEST", "location": {"country": {"iso3": "SSD"}}}
    ]


@pytest.mark.parametrize("more", [["--scope", "ledger:read"], ["--capacity", "PLATFORM"], ["--purpose", "REPORTING"]])
def test_a_test_client_is_given_nothing_beyond(more: list[str], tmp_path: Path) -> None:
    typed = ["clients", "register", "larkspur-relief", "first steps", "--test", *more]
    result = CliRunner().invoke(app, [*typed, "--config", str(tmp_path / "gateway.toml")])
    assert result.exit_code == 2
    assert "--test settles" in " ".join(result.output.split())
