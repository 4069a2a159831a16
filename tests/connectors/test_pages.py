"""Each connector's own page: how to configure it, option by option, and what it cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules

import msgspec
import pytest

from connectors.kit.bench import Subject
from connectors.registry import installed

KINDS = list(installed())


def page_of(kind: str) -> str:
    return (files(Subject.of(kind).package) / "README.md").read_text("utf-8")


def section(page: str, title: str) -> str:
    assert f"\n## {title}\n" in page, f"no `{title}`"
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0].strip()


def fields_of(kind: str, ending: str = "") -> Iterator[str]:
    """The keys of the tables that a connector reads, of those whose type is named so."""
    package = Subject.of(kind).package
    for item in iter_modules(import_module(package).__path__):
        for name, value in vars(import_module(f"{package}.{item.name}")).items():
            if name.endswith(ending) and isinstance(value, type) and issubclass(value, msgspec.Struct):
                yield from value.__struct_encode_fields__


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_tells_the_example_every_option_and_no_other(kind: str) -> None:
    told = section(page_of(kind), "Configuration")
    assert "`example.toml` is a whole source" in told
    options = {*fields_of(kind, "Options")}
    assert options
    words = {word for quoted in re.findall(r"`([^`]+)`", page_of(kind)) for word in re.findall(r"\w+", quoted)}
    assert options - words == set()
    rows = re.findall(r"^\| (`.+?) \|", told, re.M)
    named = {key.rpartition(".")[2] for row in rows for key in re.findall(r"`([\w.]+)`", row)}
    assert named
    assert named - {*fields_of(kind)} == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_tells_what_the_connector_speaks_and_what_it_cannot_do(kind: str) -> None:
    page = page_of(kind)
    assert page.startswith(f"# {kind}\n")
    assert "| --- | --- |" in section(page, "What it speaks")
    assert len(section(page, "What it cannot do")) > 40
