"""Secrets in a configuration: references to an environment variable or a file, resolved while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, GetPydanticSchema, ValidationInfo
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Surroundings:
    """What a configuration is read against: pydantic's validation context. File references are relative to `base`."""

    environ: Mapping[str, str]
    base: Path
    names: set[str] = field(default_factory=set)  # those that sources have taken so far


class Reference(BaseModel):
    """Where a secret is: an environment variable, or a file (relative to the configuration file)."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    env: str | None = None
    file: Path | None = None

    def resolve(self, surroundings: Surroundings) -> bytes:
        """The secret; raises `ValueError` naming what is missing, never the value."""
        if self.env is not None and self.file is None:
            value = surroundings.environ.get(self.env, "")
            if not value:
                raise ValueError(f"the environment variable {self.env} is not set: set it")
            return value.encode("utf-8", "surrogateescape")
        if self.file is not None and self.env is None:
            try:
                content = (surroundings.base / self.file).read_bytes().strip()
            except OSError as error:
                raise ValueError(
                    f"the file {self.file} can't be read ({error.strerror}): see whether it is there"
                ) from error
            if not content:
                raise ValueError(f"the file {self.file} is empty: write the secret into it")
            return content
        raise ValueError("give exactly one of `env` and `file`")


def _referenced(_source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
    def resolve(reference: Reference, info: ValidationInfo) -> bytes:
        assert isinstance(info.context, Surroundings)
        return reference.resolve(info.context)

    return core_schema.with_info_after_validator_function(resolve, handler(Reference))


def _is_text(secret: bytes) -> bytes:
    try:
        secret.decode()
    except UnicodeDecodeError:
        raise ValueError("what the reference leads to is no text in UTF-8: write it as that") from None
    return secret


# Written as a `Reference`, read as the bytes it leads to. Fields of these types are kept out of `repr` and of dumps.
Secret = Annotated[bytes, GetPydanticSchema(_referenced)]
SecretText = Annotated[Secret, AfterValidator(_is_text)]
