"""`slt-gateway ledger`: verify says what is wrong and ends with 1, extract prints lines, erase erases."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.errors import ConfigurationFault, LedgerFault
from gateway.identity.keys import new_signing_key, to_pem
from gateway.ledger.heads import heads
from gateway.schema.ledger.values import shown_head
from gateway.store.engine import Store, open_store
from tests.ledger.kept import MASTER, Clock, grown

SETTINGS = """
[gateway]
url = "http://127.0.0.1:8700"
[store]
url = "sqlite:///{database}"
[keys]
master = {{ file = "master" }}
token_signing = {{ file = "signing.pem" }}
"""


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Path:
    (tmp_path / "master").write_bytes(MASTER)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    path = tmp_path / "gateway.toml"
    path.write_text(SETTINGS.format(database=tmp_path / "store.sqlite3"))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *map(str, words)])


def keep(store: Store, folder: Path, names: Sequence[str] = ("undss",)) -> Path:
    """The heads as the query gives them."""
    nodes = [
        {
            "originator": head.originator,
            "size": head.size,
            "root": head.root,
            "time": head.time.isoformat(),
            "signature": head.signature,
        }
        for name in names
        for head in map(shown_head, heads(store, name, 10))
    ]
    path = folder / "kept.json"
    path.write_text(json.dumps({"data": {"treeHeads": {"nodes": nodes}}}))
    return path


async def test_a_whole_ledger_ends_with_0(store: Store, config: Path, tmp_path: Path) -> None:
    await grown(store, Clock(), 3)
    result = run("verify", "--config", config, "--heads", keep(store, tmp_path))
    assert result.exit_code == 0, result.output
    assert result.stdout == "2 trees, 6 leaves (0 erased), 3 heads\nthe ledger is whole\n"


async def test_what_is_wrong_is_said_with_1(store: Store, config: Path, tmp_path: Path) -> None:
    await grown(store, Clock(), 3)
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("UPDATE ledger_entry SET organization = 'nobody' WHERE sequence = 2")
    other.close()
    result = run("verify", "--config", config)
    assert result.exit_code == 1
    assert "tree of `undss`, leaf 1, entry " in result.stderr
    assert "its row was edited" in result.stderr
    assert "whole" not in result.output


async def test_only_kept_heads_find_a_shorter_history(store: Store, config: Path, tmp_path: Path) -> None:
    await grown(store, Clock(), 3)
    kept = keep(store, tmp_path)
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    for table in ("leaf", "node", "head", "disclosure", "entry"):
        other.execute(f"DELETE FROM ledger_{table}")
    other.close()
    assert run("verify", "--config", config).exit_code == 0
    result = run("verify", "--config", config, "--heads", kept)
    assert result.exit_code == 1
    assert "kept head of 2026-05-01T12:00:00+00:00 has 3 leaves, and 0 are there" in result.stderr


@pytest.mark.parametrize("content", ["", "{}", '{"signature": 1}', '{"size": 1, "signature": "x"}', "[1, 2]"])
async def test_a_file_without_heads_is_refused(config: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "kept.json").write_text(content)
    result = run("verify", "--config", config, "--heads", tmp_path / "kept.json")
    assert isinstance(result.exception, LedgerFault)
    assert "kept.json" in str(result.exception)


async def test_an_extract_is_one_line_a_disclosure(store: Store, config: Path) -> None:
    made = await grown(store, Clock(), 3)
    run("erase", "--client", "nobody", "--config", config)
    lines = [json.loads(line) for line in run("extract", "undss", "--config", config).stdout.splitlines()]
    assert [line["id"] for line in lines] == [item.id for item in made]
    assert lines[0]["shown"][1]["groups"] == ["ENVELOPE", "WHAT", "WHEN"]
    assert lines[0]["organization"] == "plainfield-relief"
    assert run("extract", "nobody", "--config", config).stdout == ""


async def test_erased_lines_keep_what_proofs_need(store: Store, config: Path) -> None:
    await grown(store, Clock(), 2)
    result = run("erase", "--organization", "plainfield-relief", "--config", config)
    assert result.stdout == "2 entries erased\n"
    (line, _) = [json.loads(line) for line in run("extract", "undss", "--config", config).stdout.splitlines()]
    assert set(line) == {"id", "leafIndex", "at", "commitment"}
    assert run("verify", "--config", config).exit_code == 0


def test_erase_needs_to_know_whose(config: Path) -> None:
    for words in ((), ("--organization", "a", "--client", "b")):
        result = run("erase", *words, "--config", config)
        assert isinstance(result.exception, ConfigurationFault)


def test_a_store_that_is_not_migrated_is_refused(config: Path, tmp_path: Path) -> None:
    config.write_text(SETTINGS.format(database=tmp_path / "other.sqlite3"))
    open_store(f"sqlite:///{tmp_path}/other.sqlite3").close()
    assert isinstance(run("verify", "--config", config).exception, ConfigurationFault)
