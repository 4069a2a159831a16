"""Which addresses a webhook may go to: the public internet, and the networks that the operator lists.

An organization names the URL, the gateway calls it from inside its own network: without this check it could be made to
call its neighbours (CWE-918). What is checked is the address that is then connected to, not the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from gateway.errors import DeliveryFault

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_LONGEST_URL: Final = 2_000


class Reach:
    """What may be called; `networks` are reached though they are not public, on loopback also by plain http."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def permits(self, address: Address, *, encrypted: bool) -> bool:
        """Whether a webhook may go to `address`."""
        listed = any(address in network for network in self._networks)
        if not encrypted:
            return listed and address.is_loopback
        return listed or all(inner.is_global and not inner.is_multicast for inner in _meant(address))

    def usable(self, url: str) -> bool:
        """Whether `url` can be a webhook's at all: https, or http on a loopback address that is listed."""
        parts = split(url)
        if parts is None or parts.hostname is None:
            return False
        try:
            address = ip_address(parts.hostname)
        except ValueError:
            return parts.scheme == "https"  # a name: the addresses it leads to are checked when it is called
        return self.permits(address, encrypted=parts.scheme == "https")

    async def resolve(self, parts: SplitResult) -> Sequence[Address]:
        """The addresses that may be connected to; raises `DeliveryFault` unless all that the host has are permitted."""
        assert parts.hostname is not None
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port(parts), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DeliveryFault("NAME_NOT_FOUND") from error
        addresses = list(dict.fromkeys(ip_address(item[4][0]) for item in found))
        if not addresses or not all(self.permits(item, encrypted=parts.scheme == "https") for item in addresses):
            raise DeliveryFault("ADDRESS_NOT_PERMITTED")
        return addresses


def split(url: str) -> SplitResult | None:
    """The parts of an URL over HTTP without credentials or fragment; None for anything else."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL
    return parts if usable and plain and not parts.fragment else None


def port(parts: SplitResult) -> int:
    """The port, or the scheme's own."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _meant(address: Address) -> Iterator[Address]:
    """The address and those that it stands for: an IPv6 address can carry an IPv4 one inside."""
    yield address
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            yield address.ipv4_mapped
        if address.sixtofour is not None:
            yield address.sixtofour
        if address.teredo is not None:
            yield from address.teredo
        if address in _NAT64:
            yield IPv4Address(int(address) & 0xFFFF_FFFF)
