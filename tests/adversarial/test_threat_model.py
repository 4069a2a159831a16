"""`docs/threat-model.md` names tests for its promises: they are there, and no channel's test is left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "threat-model.md").read_text("utf-8")
NAMED = set(re.findall(r"`(test_\w+)`", PAGE))


def defined(folder: Path) -> set[str]:
    """The names of the tests in `folder`."""
    trees = [ast.parse(path.read_text("utf-8")) for path in folder.rglob("test_*.py")]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, functions) and node.name.startswith("test_")
    }


def test_every_test_that_holds_a_promise_exists() -> None:
    assert NAMED
    assert not NAMED - defined(TESTS)


def test_every_test_of_a_channel_is_named_beside_its_promise() -> None:
    channels = {name for name in defined(TESTS / "adversarial") if re.match(r"test_\d\d_", name)}
    assert len(channels) > 24
    assert not channels - NAMED
    for name in channels:
        row = next(line for line in PAGE.splitlines() if f"`{name}`" in line)
        assert row.startswith(f"| {int(name[5:7])} |"), name
