"""The file and the environment above it, read into `Settings` or into one fault that tells all."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError, create_model
from pydantic_settings import BaseSettings, EnvSettingsSource

from gateway.errors import ConfigurationFault
from gateway.settings.secret import Surroundings
from gateway.settings.sections import Settings, nearest

PREFIX: Final = "SLT_"
NESTING: Final = "__"
FILE_ONLY: Final = "sources"


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The configuration in the file at `path`; raises `ConfigurationFault` with every fault, a line each."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationFault(f"`{path}` can't be read: give the configuration file with --config") from error
    return parse(text, environ, path.parent)


def parse(text: str, environ: Mapping[str, str], base: Path) -> Settings:
    """The configuration written as `text`; file references are relative to `base`."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationFault(f"the configuration is no TOML: {error}") from error
    faults = list(_misnamed(environ))
    document = _merged(written, _Environment(environ)())
    settings = None
    try:
        settings = Settings.model_validate(document, context=Surroundings(environ, base))
    except ValidationError as error:
        faults += _lines(error)
    # Outside of the handler: pydantic's error holds the values that were given, and a log may follow causes.
    if settings is None or faults:
        raise ConfigurationFault("\n".join(faults))
    return settings


class _Environment(EnvSettingsSource):
    """Settings in the environment that was given, not in the process's own: SLT_LIMITS__DEPTH is `limits.depth`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._given = environ
        sections: dict[str, Any] = {name: (dict[str, Any], {}) for name in Settings.model_fields if name != FILE_ONLY}
        super().__init__(
            create_model("Sections", __base__=BaseSettings, **sections),
            env_prefix=PREFIX,
            env_nested_delimiter=NESTING,
        )

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items() if NESTING in name}


def _misnamed(environ: Mapping[str, str]) -> Iterator[str]:
    """Variables named like settings that can't be one. Other names with the prefix may be anyone's."""
    known = {f"{PREFIX}{section.upper()}": section for section in Settings.model_fields}
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        section, nested, _ = name.partition(NESTING)
        if known.get(section) == FILE_ONLY:
            yield f"`{name}`: sources stand in the file only: write it there"
        elif section in known and not nested:
            yield f"`{name}`: a whole section: set one variable a setting, such as {PREFIX}LIMITS{NESTING}DEPTH"
        elif section not in known and nested:
            yield f"`{name}`: no such section: {nearest(section, list(known))}"


def _merged(written: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(written)
    for section, values in above.items():
        below = merged.get(section)
        if isinstance(below, dict) and isinstance(values, Mapping):
            merged[section] = _merged(below, values)
        elif below is None or not isinstance(values, Mapping):
            merged[section] = values
    return merged


def _lines(error: ValidationError) -> Iterator[str]:
    """A line a fault, without the values that were given: one of them may be a secret in the wrong place."""
    for fault in error.errors(include_input=False, include_url=False):
        path, kind = _path(fault["loc"]), fault["type"]
        if kind == "extra_forbidden":
            yield f"`{path}`: no such setting: {nearest(str(fault['loc'][-1]), _known(fault['loc'][:-1]))}"
        elif kind == "missing":
            yield f"`{path}`: missing: give it, see docs/configuration.md"
        elif kind == "model_type" and fault.get("ctx", {}).get("class_name") == "Reference":
            yield f'`{path}`: no reference: give {{ env = "NAME" }} or {{ file = "PATH" }}, never the secret itself'
        elif kind == "value_error":
            yield f"`{path}`: {fault['ctx']['error']}"
        else:
            yield f"`{path}`: {fault['msg']}: see docs/configuration.md"


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _known(location: tuple[int | str, ...]) -> list[str]:
    """The settings that exist where an unknown one was found, by the JSON Schema of the whole."""
    root = Settings.model_json_schema()
    node: Any = root
    for part in location:
        inner = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        node = inner or node.get("additionalProperties")
        node = next((item for item in node.get("anyOf", ()) if "$ref" in item), node)  # a section that may be left out
        node = root["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return list(node.get("properties", ()))
