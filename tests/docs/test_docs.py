"""The documentation is true: queries, settings, addresses, codes, rules, files, links and commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from pydantic import BaseModel
from starlette.applications import Starlette
from typer.main import get_command
from typer.testing import CliRunner

from gateway import errors
from gateway.cli import app
from gateway.demo.answers import last_seven_days
from gateway.demo.run import configure
from gateway.service import build_service
from gateway.settings import GatewaySection, KeysSection, LimitsSection, SourceEntry, StoreSection, TelemetrySection
from gateway.store.engine import open_store
from policies.rulebook import read_rules, rule_files
from tests.conftest import Gateway

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_first_screens_query_is_the_demos_and_valid() -> None:
    blocks = re.findall(r"```graphql\n(.*?)```", text("README.md"), re.S)
    assert blocks == [last_seven_days()]
    assert not validate(build_schema(text("schema.graphql")), parse(blocks[0]))


@pytest.mark.parametrize(
    ("section", "model"),
    [
        ("gateway", GatewaySection),
        ("store", StoreSection),
        ("keys", KeysSection),
        ("limits", LimitsSection),
        ("telemetry", TelemetrySection),
        ("sources[]", SourceEntry),
    ],
)
def test_every_setting_is_documented_with_its_default(section: str, model: type[BaseModel]) -> None:
    page = text("docs/configuration.md")
    for name, field in model.model_fields.items():
        row = next((line for line in page.splitlines() if line.startswith(f"| `{section}.{name}` |")), None)
        assert row is not None, f"{section}.{name}"
        if isinstance(field.default, str | int | float):
            assert f"`{field.default}`" in row
        assert ("required" in row) is field.is_required()


def test_every_address_is_documented(gateway: Gateway) -> None:
    settings = configure((), "http://127.0.0.1:1", gateway.demo.database, gateway.demo.database.parent)
    store = open_store(settings.store.url)
    served: Starlette = build_service(settings, store)
    store.close()
    page = text("docs/http.md")
    for route in served.routes:
        assert f"| `{route.path}` |" in page, route  # type: ignore[attr-defined]


def test_every_error_code_is_documented() -> None:
    page = text("docs/http.md")
    kinds = [item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, Exception)]
    codes = {kind.code for kind in kinds if hasattr(kind, "code")}
    assert len(codes) > 10
    assert not [code for code in codes if f"`{code}`" not in page]


def test_every_rule_is_documented() -> None:
    page = text("docs/policies.md")
    rules = read_rules(rule_files()).rules
    assert re.findall(r"^\| `([^`]+)` \|", page, re.M) == list(rules)


def test_every_file_on_the_path_of_a_request_is_there() -> None:
    named = re.findall(r"`((?:gateway|connectors|policies)/[^`]+\.py)`", text("docs/request-path.md"))
    assert len(named) > 20
    assert not [name for name in named if not (ROOT / name).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.M)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


def commands() -> list[str]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.S):
            found += [line.strip() for line in block.splitlines() if line.strip().startswith("slt-gateway ")]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_has_the_options_it_is_shown_with(command: str) -> None:
    words = shlex.split(command)[1:]
    group = get_command(app)
    context = group.make_context("slt-gateway", list(words), resilient_parsing=True)
    assert words[0] in group.list_commands(context)  # type: ignore[attr-defined]
    count = 2 if words[0] == "connectors" else 1
    help_text = CliRunner().invoke(app, [*words[:count], "--help"], env={"COLUMNS": "200"}).output
    for option in (word for word in words if word.startswith("--")):
        assert option in help_text, option


def test_the_targets_of_the_readme_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.M))
    named = set(re.findall(r"^make ([a-z-]+)", text("README.md") + text("docs/run.md"), re.M))
    assert named <= targets
    assert {"run", "test"} <= named
