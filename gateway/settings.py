"""The configuration: one TOML file, the environment above it, secrets by reference only.

Everything that is wrong is told at once, each with the setting's path, what is wrong and what to do. An unknown key is
refused, and the nearest known one named.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretBytes, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from connectors.contract import SourceSettings
from connectors.errors import Unconfigured
from connectors.markings import read_marking
from gateway.errors import ConfigurationFault

ENVIRONMENT_PREFIX: Final = "SLT_"
NESTING: Final = "__"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GatewaySection(_Section):
    """`[gateway]`: the public URL (without a path, the OAuth issuer), and what to listen on."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+$")]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8700


class StoreSection(_Section):
    """`[store]`: the database."""

    url: str = "sqlite:///slt-gateway.sqlite3"


class Reference(_Section):
    """Where a secret is: an environment variable, or a file (relative to the configuration file)."""

    env: str | None = None
    file: Path | None = None

    def resolve(self, environ: Mapping[str, str], base: Path) -> bytes:
        """The secret; raises `ValueError` naming what is missing, never the value."""
        if (self.env is None) == (self.file is None):
            raise ValueError("give exactly one of `env` and `file`")
        if self.env is not None:
            value = environ.get(self.env, "")
            if not value:
                raise ValueError(f"the environment variable {self.env} is not set: set it")
            return value.encode()
        assert self.file is not None
        try:
            return (base / self.file).read_bytes().strip()
        except OSError as error:
            raise ValueError(
                f"the file {self.file} can't be read ({error.strerror}): see whether it is there"
            ) from error


class KeysSection(_Section):
    """`[keys]`: `master` (at least 32 bytes) for ids and cursors, `token_signing` an EC P-256 private key in PEM."""

    master: Reference
    token_signing: Reference


class LimitsSection(_Section):
    """`[limits]`: bounds of one operation."""

    depth: Annotated[int, Field(ge=1)] = 15
    tokens: Annotated[int, Field(ge=1)] = 2_000
    aliases: Annotated[int, Field(ge=0)] = 50
    directives: Annotated[int, Field(ge=0)] = 50
    body_bytes: Annotated[int, Field(ge=1)] = 1_000_000
    deadline_seconds: Annotated[float, Field(gt=0)] = 10.0
    records_per_source: Annotated[int, Field(ge=1)] = 10_000


class TelemetrySection(_Section):
    """`[telemetry]`: where spans go."""

    exporter: Literal["none", "console"] = "none"


class SourceEntry(_Section):
    """One `[[sources]]`: a platform and how it is read."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    connector: str
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+[^/]$")]
    credentials: dict[str, Reference] = {}
    marking: dict[str, Any]
    originators: dict[str, str] = {}
    options: dict[str, Any] = {}


class _Document(BaseSettings):
    """The file as it is written; environment variables such as SLT_LIMITS__DEPTH stand above it."""

    model_config = {
        "frozen": True,
        "extra": "forbid",
        "env_prefix": ENVIRONMENT_PREFIX,
        "env_nested_delimiter": NESTING,
    }

    gateway: GatewaySection
    store: StoreSection = StoreSection()
    keys: KeysSection
    limits: LimitsSection = LimitsSection()
    telemetry: TelemetrySection = TelemetrySection()
    sources: tuple[SourceEntry, ...] = ()


class Keys(_Section):
    """The resolved secrets; their values show in no representation."""

    master_secret: SecretBytes
    token_signing_secret: SecretBytes

    @property
    def master(self) -> bytes:
        """At least 32 bytes."""
        return self.master_secret.get_secret_value()

    @property
    def token_signing(self) -> bytes:
        """PEM."""
        return self.token_signing_secret.get_secret_value()


class Settings(_Section):
    """A valid configuration, secrets resolved."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    gateway: GatewaySection
    store: StoreSection
    keys: Keys
    limits: LimitsSection
    telemetry: TelemetrySection
    sources: tuple[SourceEntry, ...]
    credentials: dict[str, dict[str, SecretBytes]]

    def source_settings(self, entry: SourceEntry) -> SourceSettings:
        """What the source's connector gets; raises `Unconfigured` for a marking that can't be read."""
        return SourceSettings(
            name=entry.name,
            url=entry.url,
            marking=read_marking(entry.marking),
            credentials={key: value.get_secret_value().decode() for key, value in self.credentials[entry.name].items()},
            options=entry.options,
            originators=entry.originators,
        )

    @classmethod
    def of(cls, document: _Document, environ: Mapping[str, str], base: Path) -> Self:
        """The document with its references resolved; raises `ConfigurationFault` with every fault found."""
        faults: list[str] = []

        def secret(path: str, reference: Reference) -> SecretBytes:
            try:
                return SecretBytes(reference.resolve(environ, base))
            except ValueError as error:
                faults.append(f"`{path}`: {error}")
                return SecretBytes(b"")

        keys = Keys(
            master_secret=secret("keys.master", document.keys.master),
            token_signing_secret=secret("keys.token_signing", document.keys.token_signing),
        )
        credentials = {
            entry.name: {
                key: secret(f"sources[{number}].credentials.{key}", reference)
                for key, reference in entry.credentials.items()
            }
            for number, entry in enumerate(document.sources)
        }
        faults += _source_faults(document.sources)
        if faults:
            raise ConfigurationFault("\n".join(faults))
        return cls(
            gateway=document.gateway,
            store=document.store,
            keys=keys,
            limits=document.limits,
            telemetry=document.telemetry,
            sources=document.sources,
            credentials=credentials,
        )


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

    class Document(_Document):
        """This file's document: pydantic-settings is told its sources by the class."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - of the process: the given one is read instead
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are no .env files
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secrets are references
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """The environment stands above the file."""
            return _Environment(settings_cls, environ), init_settings

    try:
        document = Document(**written)
    except ValidationError as error:
        raise ConfigurationFault("\n".join(_lines(error))) from error
    return Settings.of(document, environ, base)


class _Environment(EnvSettingsSource):
    """The environment that was given, not the process's own."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._given = environ
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._given.items()}


def _source_faults(sources: tuple[SourceEntry, ...]) -> Iterator[str]:
    names = [entry.name for entry in sources]
    for number, entry in enumerate(sources):
        if names.index(entry.name) != number:
            yield f"`sources[{number}].name`: `{entry.name}` is taken: give every source a name of its own"
        try:
            read_marking(entry.marking)
        except Unconfigured as error:
            yield f"`sources[{number}].marking`: {error}"


def _lines(error: ValidationError) -> Iterator[str]:
    """A line a fault, without the values that were given: one of them may be a secret in the wrong place."""
    for fault in error.errors(include_input=False, include_url=False):
        path = _path(fault["loc"])
        if fault["type"] == "extra_forbidden":
            near = get_close_matches(str(fault["loc"][-1]), _known(fault["loc"][:-1]), 1, 0.5)
            hint = f"did you mean `{near[0]}`?" if near else "see docs/configuration.md"
            yield f"`{path}`: no such setting: {hint}"
        elif fault["type"] == "missing":
            yield f"`{path}`: missing: give it, see docs/configuration.md"
        else:
            yield f"`{path}`: {fault['msg']}"


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _known(location: tuple[int | str, ...]) -> list[str]:
    """The settings that exist where an unknown one was found."""
    model: Any = _Document
    for part in location:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if hasattr(model, "model_fields") else None
        model = None if field is None else field.annotation
        model = next((item for item in get_args(model) if hasattr(item, "model_fields")), model)
    return list(model.model_fields) if hasattr(model, "model_fields") else []
