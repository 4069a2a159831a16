"""Connections of one source: to addresses that were checked, over TLS that was verified, never by a proxy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

import httpcore
import httpx

from connectors.client.addresses import Address, addresses_of
from connectors.client.bounds import Bounds
from connectors.client.connecting import Connecting, close_unused
from connectors.client.private_hosts import PrivateHosts
from connectors.errors import AddressRefused

# A pooled connection needs no name, and a name service that hangs must not be asked for every request.
_KEPT_SECONDS: Final = 60.0


class CheckedTransport(httpx.AsyncBaseTransport):
    """Resolves the host, refuses it unless all its addresses are permitted, and connects to those addresses.

    The name goes on as `Host` and for TLS, so that the certificate is checked for it and not for the address.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, pool: httpcore.AsyncConnectionPool, private: PrivateHosts
    ) -> None:
        """`pool`: what `inner` takes its connections from."""
        self._inner = inner
        self._pool = pool
        self._private = private
        self._kept: dict[tuple[str, int], tuple[float, Sequence[Address]]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer from the first address that takes the connection; raises `AddressRefused`."""
        host = request.url.host
        place = host, request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._addresses(place, request)
        try:
            for address in addresses[:-1]:
                try:
                    return await self._inner.handle_async_request(_directed(request, address))
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await self._inner.handle_async_request(_directed(request, addresses[-1]))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._kept.pop(place, None)
            raise
        except asyncio.CancelledError:
            await close_unused(self._pool)
            raise

    async def _addresses(self, place: tuple[str, int], request: httpx.Request) -> Sequence[Address]:
        now = asyncio.get_running_loop().time()
        until, addresses = self._kept.get(place, (now, ()))
        if now < until:
            return addresses
        try:
            addresses = await addresses_of(*place)
        except OSError as error:
            raise httpx.ConnectError("the name leads to no address", request=request) from error
        if not addresses or not all(self._private.permits(place[0], address) for address in addresses):
            raise AddressRefused(
                f"`{place[0]}` leads to an address that is not public: list it in the source's `private_hosts` if that "
                "is where the platform is"
            )
        self._kept[place] = now + _KEPT_SECONDS, addresses
        return addresses

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._inner.aclose()


def open_http(
    private: PrivateHosts, bounds: Bounds | None = None, trusted: ssl.SSLContext | None = None
) -> httpx.AsyncClient:
    """The HTTP client for one source. `trusted`: certificates to trust, else those of the public authorities.

    Only connecting has a time of its own here: everything else is bounded by the caller's total deadline.
    """
    bounds = bounds or Bounds()
    inner = httpx.AsyncHTTPTransport(trust_env=False)
    # httpx has no door for httpcore's `network_backend`; the pool is otherwise as it makes it.
    pool = inner._pool = httpcore.AsyncConnectionPool(
        ssl_context=trusted or httpx.create_ssl_context(trust_env=False),
        max_connections=None,
        max_keepalive_connections=bounds.concurrent,
        keepalive_expiry=5.0,
        network_backend=Connecting(),
    )
    return httpx.AsyncClient(
        transport=CheckedTransport(inner, pool, private),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=bounds.connect_seconds),
    )


def _directed(request: httpx.Request, address: Address) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
