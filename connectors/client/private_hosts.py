"""The hosts of a source that are reached though their addresses are not public: what the operator listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Final

from connectors.client.addresses import Address, Network, is_public, meant

# Letters, digits, hyphens in labels, one of them with a letter (RFC 1123, section 2.1): a number is an address.
_NAME: Final = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class PrivateHosts:
    """`private_hosts` of a source: addresses, networks, or names as its URL writes them.

    A listed name may lead to any address that is private or loopback; to a link-local one only where that address is
    listed itself, since it is where machines of a cloud ask for their own credentials. Raises `ValueError`.
    """

    def __init__(self, written: Sequence[str] = ()) -> None:
        names: set[str] = set()
        networks: list[Network] = []
        for entry in written:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                if not _NAME.fullmatch(entry.lower()):
                    raise ValueError(
                        f"`{entry}` is no host: give a name, an address, or a network without host bits, such as "
                        '"kobo.intranet", "127.0.0.1" or "10.1.0.0/16"'
                    ) from None
                names.add(entry.lower())
        self._names = frozenset(names)
        self._networks = tuple(networks)

    def permits(self, host: str, address: Address) -> bool:
        """Whether `address`, to which `host` leads, may be connected to."""
        if is_public(address) or any(address in network for network in self._networks):
            return True
        return host.lower() in self._names and not any(
            inner.is_link_local or inner.is_multicast or inner.is_unspecified for inner in meant(address)
        )
