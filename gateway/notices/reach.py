"""Which addresses a webhook may go to: the public internet, and the networks that the operator lists.

An organization names the URL, the gateway calls it from inside its own network: without this check it could be made to
call its neighbours (CWE-918). What is checked is the address that is then connected to, not the name.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from connectors.client.addresses import Address, Network, addresses_of, is_public
from gateway.errors import DeliveryFault

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
        return listed or is_public(address)

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
            addresses = await addresses_of(parts.hostname, port(parts))
        except OSError as error:
            raise DeliveryFault("NAME_NOT_FOUND") from error
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
