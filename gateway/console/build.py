"""The console put together from what the gateway has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network

from gateway.console.once import Once
from gateway.console.rendering import templates
from gateway.console.visit import Console
from gateway.identity.remote_keys import RemoteKeys
from gateway.keys import KeyPurpose, derive
from gateway.partnership.watch import Watched
from gateway.sharing.identifiers import Identifiers
from gateway.store.engine import Store
from policies.vocabulary import InformationKind


def build_console(
    *,
    store: Store,
    watched: Watched,
    master: bytes,
    url: str,
    networks: Sequence[IPv4Network | IPv6Network],
    kind_of: Callable[[str], InformationKind | None],
    clock: Callable[[], float],
) -> Console:
    """What the pages reach; `url` is the gateway's own, `networks` and `kind_of` are as `Console` says."""
    return Console(
        store=store,
        directory=watched.current,
        refresh=watched.refresh,
        identifiers=Identifiers(master),
        kind_of=kind_of,
        remote_keys=RemoteKeys(networks),
        networks=networks,
        url=url,
        templates=templates(),
        once=Once(derive(master, KeyPurpose.CONSOLE), secure=url.startswith("https:")),
        clock=clock,
    )
