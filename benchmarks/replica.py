"""One of several server processes on one store: the gateway of a configuration file, on a port of its own."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from connectors.simulation.server import AnnouncingServer, listen, url_of
from gateway.commands.serve import build
from gateway.settings import load


def main(config: str) -> None:
    """Serves until ended; prints its address."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    bound = listen()
    server = AnnouncingServer(build(load(Path(config), os.environ)), lambda: print(url_of(bound), flush=True))
    server.run(sockets=[bound])


if __name__ == "__main__":
    main(*sys.argv[1:])
