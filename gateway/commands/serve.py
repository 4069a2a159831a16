"""`slt-gateway serve` and `migrate`."""

from __future__ import annotations

import os
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from gateway.collector import tune_collector
from gateway.errors import ConfigurationFault
from gateway.service import build_service
from gateway.settings import Settings, load
from gateway.store.engine import open_store
from gateway.store.migrate import is_current, migrate
from gateway.telemetry import configure_logging

CONFIGURATION = "SLT_CONFIGURATION_FILE"
GRACEFUL_SECONDS = 20


def serve_configured(config: Path, host: str | None, port: int | None, workers: int) -> None:
    """Serves until stopped; raises `ConfigurationFault` before a socket is opened."""
    settings = load(config, os.environ)
    os.environ[CONFIGURATION] = str(config.resolve())
    build(settings)
    uvicorn.run(
        "gateway.commands.serve:application",
        factory=True,
        host=host or settings.gateway.host,
        port=port or settings.gateway.port,
        workers=workers,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def application() -> Starlette:
    """The application of one worker process, from the configuration file that `serve` was given."""
    configure_logging()
    service = build(load(Path(os.environ[CONFIGURATION]), os.environ))
    tune_collector()
    return service


def build(settings: Settings) -> Starlette:
    """The service over the configured store, which must be migrated."""
    store = open_store(settings.store.url)
    if not is_current(store):
        raise ConfigurationFault("`store.url`: the database is not at the newest schema: run `slt-gateway migrate`")
    return build_service(settings, store)


def migrate_configured(config: Path) -> None:
    """Brings the configured store to the newest schema."""
    store = open_store(load(config, os.environ).store.url)
    try:
        migrate(store)
    finally:
        store.close()
