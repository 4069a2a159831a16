"""Connections that are not forgotten: what is cancelled while it connects is closed all the same.

anyio and httpcore shield their cleaning up from their own scopes' cancellation only. A task that is cancelled in the
turn of the loop in which its connection is made, in the middle of its TLS handshake, or between that and the first byte
of its request, would leave the socket open.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore


class Connecting(httpcore.AsyncNetworkBackend):
    """httpcore's own backend, each connection made by a task that nobody cancels; its own timeout ends it."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._closing: set[asyncio.Task[None]] = set()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection; one whose caller has gone is closed as soon as it is made."""
        task = asyncio.create_task(
            self._inner.connect_tcp(
                host, port, timeout=timeout, local_address=local_address, socket_options=socket_options
            )
        )
        try:
            return _Stream(await asyncio.shield(task))
        except asyncio.CancelledError:
            closing = asyncio.create_task(_close(task))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            raise


async def close_unused(pool: httpcore.AsyncConnectionPool) -> None:
    """Closes connections on which no request was begun: httpcore's pool neither uses nor ends those of its cancelled.

    Another request's that is just made may be among them; the pool makes that request a new one.
    """
    for connection in pool.connections:
        if ", NEW, " in connection.info():
            await connection.aclose()


async def _close(made: asyncio.Task[httpcore.AsyncNetworkStream]) -> None:
    """Closes a connection as soon as it is made."""
    await asyncio.wait({made})
    if not made.cancelled() and made.exception() is None:
        await made.result().aclose()


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that is closed where its handshake does not end well."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
