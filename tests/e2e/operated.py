"""A running demo as its operator has it: a configuration file, secrets in the environment, commands."""

from __future__ import annotations

from pathlib import Path

import msgspec
from typer.testing import CliRunner

from gateway.cli import app
from gateway.demo.run import Demo
from gateway.identity.keys import new_signing_key, to_pem


class Operated:
    """The commands over `demo`'s own sources and database."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        self.config = folder / "gateway.toml"
        self._environ = {"MASTER": "m" * 40, "SIGNING": to_pem(new_signing_key()).decode()}
        for platform in demo.platforms:
            self._environ |= platform.secrets
        document = {
            "gateway": {"url": demo.url},
            "store": {"url": f"sqlite:///{demo.database}"},
            "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
            "sources": [platform.source for platform in demo.platforms],
        }
        self.config.write_bytes(msgspec.toml.encode(document))

    def typed(self, *arguments: str) -> str:
        """What `slt-gateway` prints for the configuration."""
        result = CliRunner().invoke(app, [*arguments, "--config", str(self.config)], env=self._environ)
        assert result.exit_code == 0, result.output
        return result.stdout

    def status(self) -> dict[str, str]:
        """The lines of the status table, by source."""
        heading, *lines = self.typed("connectors", "list").splitlines()
        assert heading.split() == [
            *("source", "connector", "state", "last", "success", "error", "breaker", "watermark", "quarantined"),
            *("as", "of"),
        ]
        *sources, age = lines
        assert "gateway" in age or age.startswith("as told")
        return {line.split()[0]: line for line in sources}
