"""A connector as a distribution of its own, written from `template/`, that passes the kit as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

from connectors.errors import Unconfigured
from connectors.registry import ENTRY_POINT_GROUP, installed

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ENDING: Final = ".template"


def create(name: str, folder: Path) -> Path:
    """Writes the connector `name` into a new folder of that name inside `folder`; raises `Unconfigured`."""
    if not _NAME.fullmatch(name):
        raise Unconfigured(f"`{name}` is no name for a connector: give small letters, digits and single hyphens")
    if name in installed():
        raise Unconfigured(f"`{name}` is installed already: give the new connector a name of its own")
    target = folder / name
    if target.exists():
        raise Unconfigured(f"`{target}` exists already: give another --folder, or take it away")
    package = f"slt_connector_{name.replace('-', '_')}"
    words = {
        "name": name,
        "package": package,
        "distribution": package.replace("_", "-"),
        "connector_class": "".join(part.title() for part in name.split("-")) + "Connector",
        "title": name.replace("-", " ").title(),
        "token_variable": f"{name.replace('-', '_').upper()}_TOKEN",
        "group": ENTRY_POINT_GROUP,
    }
    for template, path in _templates(files(__package__) / "template", Path()):
        place = target / Path(*(package if part == "package" else part for part in path.parts))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(Template(template.read_text("utf-8")).substitute(words), "utf-8")
    return target


def _templates(folder: Traversable, path: Path) -> Iterator[tuple[Traversable, Path]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _templates(item, path / item.name)
        elif item.name.endswith(_ENDING):
            yield item, path / item.name.removesuffix(_ENDING)
