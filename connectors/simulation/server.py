"""Simulators on real sockets of the loopback interface."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30.0


class AnnouncingServer(uvicorn.Server):
    """A server that calls `listening` once, when it accepts connections."""

    def __init__(self, app: ASGIApp, listening: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1))
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts, then announces it."""
        await super().startup(sockets)
        if self.started:
            self._listening()


def listen(port: int = 0) -> socket.socket:
    """A bound loopback socket; port 0 takes a free one."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """Where a bound socket is reached, without a trailing slash."""
    return f"http://{HOST}:{bound.getsockname()[1]}"


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Runs `app` in a thread for the time of the block; gives its address without a trailing slash."""
    listening = threading.Event()
    server = AnnouncingServer(app, listening.set)
    with closing(listen()) as bound:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="simulator", daemon=True)
        thread.start()
        try:
            if not listening.wait(_START_SECONDS):
                raise RuntimeError("the simulator does not listen: see its own message above")
            yield url_of(bound)
        finally:
            server.should_exit = True
            thread.join()
