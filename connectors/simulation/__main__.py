"""`python -m connectors.simulation KIND`: one platform's simulator as a process of its own, on the loopback interface.

Writes `{"url", "pid"}` to the ready file once it listens. Stops on SIGTERM, and when a pipe on its standard input
closes, so that it does not outlive the process that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import stat
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec
from starlette.applications import Starlette

from connectors.errors import Unconfigured
from connectors.registry import installed
from connectors.simulation.server import AnnouncingServer, listen, url_of

CREDENTIALS: Final = "SLT_SIMULATOR_CREDENTIALS"
_STANDARD_INPUT: Final = 0


def main() -> None:
    """Runs until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m connectors.simulation", description=__doc__)
    parser.add_argument("kind", choices=list(installed()), metavar="KIND", help=f"one of {', '.join(installed())}")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", type=Path, help="written once the simulator listens")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--records", type=int, default=100, help="events invented; the platform tells its share")
    parser.add_argument("--now", type=_moment, default=None, help="ISO 8601 with offset")
    asked = parser.parse_args()
    try:
        app = simulator(asked.kind, asked.records, asked.seed, asked.now or datetime.now(UTC))
    except Unconfigured as error:
        parser.error(str(error))
    with closing(listen(asked.port)) as bound:

        def listening() -> None:
            if asked.ready_file is not None:
                _write(asked.ready_file, {"url": url_of(bound), "pid": os.getpid()})
            _stop_with_standard_input(server)

        server = AnnouncingServer(app, listening)
        server.run(sockets=[bound])


def simulator(kind: str, records: int, seed: int, now: datetime) -> Starlette:
    """The simulator of `kind`, from the package that its entry point names; credentials from the environment."""
    package = installed()[kind].partition(":")[0]
    try:
        credentials = msgspec.json.decode(os.environ.get(CREDENTIALS, "{}"), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise Unconfigured(f"`{CREDENTIALS}` is no JSON object of strings: {error}") from error
    try:
        app: Starlette = import_module(f"{package}.simulator").simulate(records, seed, now, credentials)
    except KeyError as error:
        raise Unconfigured(f"`{CREDENTIALS}` lacks {error}: the simulator of `{kind}` asks for it") from error
    return app


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("a time without offset: give it one, such as Z or +03:00")
    return moment.astimezone(UTC)


def _write(path: Path, ready: dict[str, object]) -> None:
    """Whole or not at all: whoever waits for the file reads it as soon as it is there."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(msgspec.json.encode(ready))
    unfinished.replace(path)


def _stop_with_standard_input(server: AnnouncingServer) -> None:
    """Only a pipe or socket tells that the other side is gone; a terminal or file says nothing."""
    if sys.stdin is None:
        return
    mode = os.fstat(_STANDARD_INPUT).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(_STANDARD_INPUT, 4096):
            loop.remove_reader(_STANDARD_INPUT)
            server.should_exit = True

    loop.add_reader(_STANDARD_INPUT, read)


if __name__ == "__main__":
    main()
