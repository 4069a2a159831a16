"""`slt-gateway demo`: platforms, store, gateway, three answers; then it serves until Ctrl-C."""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from starlette.applications import Starlette

from connectors.simulation.server import AnnouncingServer, listen, url_of
from gateway.demo.answers import (
    SHOWN,
    DemoFailed,
    ask,
    every_kind,
    last_seven_days,
    platform_states,
    side_by_side,
)
from gateway.demo.cast import DemoClient, enter, read_cast
from gateway.demo.issuer import SECRET, DemoIssuer, serving_issuer, told
from gateway.demo.platforms import Platform, platforms
from gateway.demo.status import print_status
from gateway.identity.keys import new_signing_key, to_pem
from gateway.service import build_service
from gateway.settings import Settings, parse
from gateway.store.engine import open_store
from gateway.store.migrate import migrate


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """A running demo."""

    url: str
    clients: Sequence[DemoClient]
    platforms: Sequence[Platform]
    database: Path
    issuer: DemoIssuer | None = None


def run(*, port: int, ready_file: Path | None, check: bool, seed: int, records: int) -> None:
    """Runs the demo; raises `DemoFailed`, and returns after Ctrl-C, or after printing where `check` is set."""
    console = Console(width=None if os.isatty(1) else 160)
    console.print("Starting the simulated platforms and the gateway on loopback …")
    with started(port=port, seed=seed, records=records) as demo:
        query = last_seven_days()
        by_label = {client.label: client for client in demo.clients}
        answers = {label: ask(demo.url, by_label[label], query) for label in SHOWN}
        side_by_side(answers, demo.clients, console)
        states = platform_states(ask(demo.url, by_label[SHOWN[0]], every_kind()))
        _check(answers, states, demo)
        print_status(demo.database, [platform.source for platform in demo.platforms], console)
        if ready_file is not None:
            write_ready(ready_file, demo)
        if check:
            return
        console.print(f"GraphQL at {demo.url}/graphql · explorer at {demo.url}/explorer")
        for client in demo.clients:
            console.print(f"  {client.label:15} id {client.client_id}  secret {client.client_secret}")
        console.print(
            f"Console at {demo.url}/console · sign in as a person by the demo's own issuer: no passwords, nobody real."
        )
        console.print("Ctrl-C ends the demo and everything it started.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("Stopping.")


@contextmanager
def started(*, port: int, seed: int, records: int) -> Iterator[Demo]:
    """Platforms, store and gateway in a temporary folder, answering; all gone on leaving."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slt-gateway-demo-")))
        now = datetime.now(UTC)
        running = stack.enter_context(platforms(folder, seed=seed, records=records, now=now))
        bound = listen(port)
        stack.callback(bound.close)
        database = folder / "slt-gateway.sqlite3"
        store = open_store(f"sqlite:///{database}")
        stack.callback(store.close)
        migrate(store)
        cast = read_cast()
        clients = enter(cast, store)
        issuer = stack.enter_context(serving_issuer(cast.persons, url_of(bound)))
        settings = configure(running, url_of(bound), database, folder, issuer)
        stack.enter_context(serving_gateway(build_service(settings, store), bound))
        yield Demo(url=url_of(bound), clients=clients, platforms=running, issuer=issuer, database=database)


def configure(
    running: Sequence[Platform], url: str, database: Path, folder: Path, issuer: DemoIssuer | None = None
) -> Settings:
    """The demo's settings, through the same door as an operator's: secrets by reference, every check made."""
    environ = {"SLT_DEMO_MASTER": secrets.token_urlsafe(48), "SLT_DEMO_SIGNING": to_pem(new_signing_key()).decode()}
    for platform in running:
        environ.update(platform.secrets)
    trusted = []
    if issuer is not None:
        environ[SECRET] = issuer.secret
        trusted = [issuer.configuration]
    document = {
        "gateway": {"url": url},
        "store": {"url": f"sqlite:///{database}"},
        "keys": {"master": {"env": "SLT_DEMO_MASTER"}, "token_signing": {"env": "SLT_DEMO_SIGNING"}},
        "identity": {"trusted_issuers": trusted},
        "sources": [platform.source for platform in running],
    }
    return parse(msgspec.toml.encode(document).decode(), environ, folder)


def write_ready(path: Path, demo: Demo) -> None:
    """The ready file of `docs/run.md`, complete or not there."""
    content: Mapping[str, Any] = {
        "url": demo.url,
        "graphql": f"{demo.url}/graphql",
        "issuer": demo.url,
        "clients": [msgspec.structs.asdict(client) for client in demo.clients],
        "sources": [
            {
                "name": platform.source["name"],
                "connector": platform.source["connector"],
                "url": platform.url,
                "pid": platform.pid,
            }
            for platform in demo.platforms
        ],
        "sign_in": None if demo.issuer is None else told(demo.issuer),
        "database": str(demo.database),
        "pid": os.getpid(),
    }
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(content, indent=2), "utf-8")
    partial.chmod(0o600)
    partial.replace(path)


@contextmanager
def serving_gateway(app: Starlette, bound: socket.socket) -> Iterator[None]:
    """The gateway in a thread of its own; a start that fails is raised here."""
    listening = threading.Event()
    server = AnnouncingServer(app, listening.set)
    thread = threading.Thread(target=server.run, args=([bound],), name="gateway", daemon=True)
    thread.start()
    try:
        while not listening.wait(0.1):
            if not thread.is_alive():
                raise DemoFailed("the gateway did not start; its log says why")
        yield
    finally:
        server.should_exit = True
        thread.join()


def _check(answers: Mapping[str, Mapping[str, Any]], states: Mapping[str, str], demo: Demo) -> None:
    """Every platform answered, and everyone got something; raises `DemoFailed`."""
    bad = {name: state for name, state in states.items() if state != "OK"}
    missing = {platform.source["name"] for platform in demo.platforms} - set(states)
    if bad or missing:
        raise DemoFailed(f"platforms {bad or 'all OK'}, missing {missing or 'none'}")
    for label, answer in answers.items():
        if not answer["incidents"]["nodes"]:
            raise DemoFailed(f"`{label}` got no record")
