"""The gateway as it is served, over the upstream's three platforms: token, policy, ledger and limits on."""

from __future__ import annotations

import base64
import os
import signal
import sys
import tempfile
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec

from benchmarks.profile import profiled
from benchmarks.upstream import PLATFORMS, TOKEN
from connectors.simulation.server import HOST, AnnouncingServer, listen, url_of
from gateway.collector import tune_collector
from gateway.demo.cast import enter, read_cast
from gateway.identity.keys import new_signing_key, to_pem
from gateway.service import build_service
from gateway.settings import parse
from gateway.store.engine import open_store
from gateway.store.migrate import migrate


def main(upstream: str, profile: str = "", label: str = "dss-analyst") -> None:
    """Serves until ended; prints its address, the id and secret of the cast's client of that label.

    `profile`: the file for one; none is made without.
    """
    # The server raises the signal again once it has stopped: this way the folder goes and the profile is written.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/gateway.sqlite3")
        migrate(store)
        client = next(item for item in enter(read_cast(), store) if item.label == label)
        bound = listen()
        example = tomllib.loads((files("connectors.unsms") / "example.toml").read_text("utf-8"))
        sources = [
            {
                **example,
                "name": platform,
                "url": f"{upstream}/{platform}",
                "private_hosts": [HOST],
                "credentials": {"token": {"env": "TOKEN"}},
            }
            for platform in PLATFORMS
        ]
        environ = {
            "MASTER": base64.b64encode(os.urandom(48)).decode(),
            "SIGNING": to_pem(new_signing_key()).decode(),
            "TOKEN": TOKEN,
        }
        document = {
            "gateway": {"url": url_of(bound)},
            "keys": {"master": {"env": "MASTER"}, "token_signing": {"env": "SIGNING"}},
            "sources": sources,
        }
        settings = parse(msgspec.toml.encode(document).decode(), environ, Path(folder))
        told = f"{url_of(bound)} {client.client_id} {client.client_secret}"
        server = AnnouncingServer(build_service(settings, store), lambda: print(told, flush=True))
        tune_collector()
        with profiled(profile or None):
            server.run(sockets=[bound])


if __name__ == "__main__":
    main(*sys.argv[1:])
