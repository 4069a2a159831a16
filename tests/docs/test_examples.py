"""The documentation's examples: what the first screen shows, and every block that can be run, read or validated."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from typer.testing import CliRunner

from connectors.markings import read_marking
from connectors.registry import connector_type
from gateway.cli import app
from gateway.demo.answers import SHOWN, ask
from gateway.demo.run import started
from gateway.identity.keys import new_signing_key, to_pem
from gateway.partnership.load import load_directory
from gateway.settings import parse as parse_settings
from gateway.store.engine import open_store
from gateway.store.migrate import migrate
from policies.clearance import RedactionReason, Remedy
from policies.vocabulary import PartnershipStatus, SourceState

ROOT = Path(__file__).parents[2]
RECORDS = """{ incidents(filter: { country: ["SSD"] }, first: 1000) { nodes {
  id title source { name } occurred { precision } location { admin1 { pcode name } point precision }
  redactions { group effect reason } } } }"""


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.S | re.M)


def rows(text: str) -> dict[str, list[str]]:
    """The tables' rows by their first cell."""
    cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {first: rest for first, *rest in cells}


def test_the_first_screens_record_is_what_three_requesters_get() -> None:
    table = rows(page("README.md"))
    longitude, latitude = map(float, re.findall(r"\d+\.\d+", table["location"][0]))
    with started(port=0, seed=2015, records=240) as demo:
        clients = {client.label: client for client in demo.clients}
        answers = {label: ask(demo.url, clients[label], RECORDS)["incidents"]["nodes"] for label in SHOWN}
    by_id: dict[str, dict[str, Any]] = {label: {node["id"]: node for node in nodes} for label, nodes in answers.items()}
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    place, kind = table["title"][0].split(", ")[1], table["title"][0].split(", ")[0]
    (id_,) = [
        id_
        for id_, node in by_id["dss-analyst"].items()
        # Other platforms tell of the same event.
        if node["source"] == {"name": "harbour-field-reports"}
        and (node["location"] or {}).get("point") == point
        and node["title"].startswith(f"{kind}, {place}, ")
    ]
    for column, label in enumerate(SHOWN):
        node = by_id[label][id_]
        # The demo's dates count back from the day it runs, so all but the date is compared.
        assert node["title"].rpartition(", ")[0] == table["title"][column].rpartition(", ")[0]
        assert f"`{node['occurred']['precision']}`" in table["occurred"][column]
        location, told = node["location"], table["location"][column]
        assert f"`{location['precision']}`" in told
        assert location["admin1"]["pcode"] in told
        assert (location["point"] is None) is ("no point" in told)
        redactions = {item["group"]: item for item in node["redactions"]}
        for names in ("narrative", "AFFECTED", "ACTOR", "WHEN, WHERE"):
            cell = table[names][column]
            for group in names.upper().split(", "):
                if cell == "shown":
                    assert group not in redactions, label
                else:
                    assert f"`{redactions[group]['reason']}`" in cell, (label, group)
                    assert cell.startswith(redactions[group]["effect"][:8].lower().replace("z", "s")), (label, group)


def test_the_operators_example_registers_a_client(tmp_path: Path) -> None:
    typed = [
        shlex.split(line)[1:]
        for block in blocks("docs/register-a-client.md", "sh")
        for line in block.splitlines()
        if line.startswith(("slt-gateway partners ", "slt-gateway clients "))
    ]
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    config, url = tmp_path / "gateway.toml", f"sqlite:///{tmp_path / 'store.sqlite3'}"
    config.write_text(
        f'[gateway]\nurl = "http://127.0.0.1:8700"\n[store]\nurl = "{url}"\n'
        '[keys]\nmaster = { file = "master" }\ntoken_signing = { file = "signing.pem" }\n'
    )
    store = open_store(url)
    try:
        migrate(store)
        results = [CliRunner().invoke(app, [*words, "--config", str(config)]) for words in typed]
        assert [result.exit_code for result in results] == [0] * len(typed)
        printed = dict(line.split() for line in results[-1].stdout.splitlines())
        assert printed["client_secret"]
        directory = load_directory(store)
        known = directory.clients[printed["client_id"]]
        assert (known.organization, known.scopes) == ("northwind-aid", {"information:read", "alerts:read"})
        assert directory.members["northwind-aid"].standing.status is PartnershipStatus.IN_FORCE
    finally:
        store.close()


@pytest.mark.parametrize("name", ["query", "sharing", "notices", "ledger", "partnership"])
def test_the_documents_are_valid(name: str) -> None:
    schema = build_schema(page("schema.graphql"))
    found = blocks(f"docs/{name}.md", "graphql")
    assert len(found) >= 2
    assert not [error for block in found for error in validate(schema, parse(block))]


def test_the_marking_in_configuration_can_be_read() -> None:
    (block,) = [block for block in blocks("docs/policy.md", "toml") if "[sources.marking]" in block]
    marking = read_marking(tomllib.loads(block)["sources"]["marking"])
    assert marking.originator == "harbour-relief"
    assert len(marking.restrictions) == 1


def test_the_example_configuration_can_be_read(tmp_path: Path) -> None:
    # The example, and what the page adds to it.
    text = "\n".join(blocks("docs/configuration.md", "toml"))
    (tmp_path / "master").write_text("m" * 64)
    (tmp_path / "signing.pem").write_bytes(to_pem(new_signing_key()))
    settings = parse_settings(text, {"UNSMS_TOKEN": "invented", "NORTHWIND_SECRET": "invented"}, tmp_path)
    for entry in settings.sources:
        connector_type(entry.connector)(settings.source_settings(entry))
    assert [entry.name for entry in settings.sources] == ["unsms-feed"]
    assert [entry.name for entry in settings.identity.trusted_issuers] == ["northwind"]


def test_every_reason_remedy_and_state_is_explained() -> None:
    text = page("docs/query.md")
    words = {member.value for vocabulary in (RedactionReason, Remedy, SourceState) for member in vocabulary}
    assert not [word for word in words if f"`{word}`" not in text]


def test_every_example_of_a_case_stands_in_the_cases() -> None:
    (block,) = [block for block in blocks("docs/policy.md", "toml") if "[[case]]" in block]
    (case,) = tomllib.loads(block)["case"]
    cases = tomllib.loads(page("policies/rules/08_areas_and_levels.cases.toml"))["case"]
    assert case in cases
