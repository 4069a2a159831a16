"""A source's client as the gateway opens it, its deadline, and a clock that only moves when it is told to."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from connectors.client import Bounds, PrivateHosts, SourceClient, open_http


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def opened(
    url: str,
    *listed: str,
    bounds: Bounds | None = None,
    clock: Callable[[], float] = time.monotonic,
    trusted: ssl.SSLContext | None = None,
) -> AsyncIterator[SourceClient]:
    """The client of a source at `url` whose `private_hosts` are `listed`, 127.0.0.1 where none is given."""
    private = PrivateHosts(listed or ("127.0.0.1",))
    client = SourceClient(url, open_http(private, bounds, trusted), bounds, clock)
    try:
        yield client
    finally:
        await client.aclose()


def soon(seconds: float = 20.0) -> float:
    """A deadline that no test that passes comes near."""
    return asyncio.get_running_loop().time() + seconds
