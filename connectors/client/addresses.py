"""Which addresses are the public internet's: the one check for whatever the gateway calls.

A name proves nothing, and an address can be written in many ways (decimal, hexadecimal, inside an IPv6 one). So names
are resolved here, what they resolve to is judged, and the connection goes to the very address that was judged: an
answer of the name service that changes in between changes nothing (CWE-918, DNS rebinding).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052


def is_public(address: Address) -> bool:
    """Whether `address`, and every one that it carries inside, is of the public internet and no multicast."""
    return all(inner.is_global and not inner.is_multicast for inner in meant(address))


def meant(address: Address) -> Iterator[Address]:
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


async def addresses_of(host: str, port: int) -> Sequence[Address]:
    """The addresses that `host`, a name or an address in any writing, leads to; raises `OSError` where there is none.

    In the order of the system's preference (RFC 6724), each once.
    """
    try:
        return (ip_address(host),)
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name that can be looked up") from error
    return tuple(dict.fromkeys(ip_address(item[4][0]) for item in found))
