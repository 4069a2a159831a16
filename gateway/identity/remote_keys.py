"""Public keys that their owner publishes: fetched where that is safe, kept for a while, rotated.

An outage of the owner is survived for as long as `LIFE_SECONDS`; older keys are not trusted: the owner may have taken
one back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from connectors.client import PrivateHosts, open_http
from connectors.client.addresses import Network
from connectors.client.answer import exchange
from connectors.errors import SourceError
from gateway.errors import BadInput
from gateway.identity.client_keys import PublicKey, read_keys
from gateway.notices.reach import Reach

log = logging.getLogger("slt.identity")

FRESH_SECONDS: Final = 300.0
LIFE_SECONDS: Final = 3_600.0
# An owner is asked no more often, whatever is sent to us: for a key that is not at hand, or after a failure.
PAUSE_SECONDS: Final = 10.0
_DEADLINE_SECONDS: Final = 5.0
_BODY_BYTES: Final = 65_536


class _Published:
    """What is known of one address."""

    def __init__(self) -> None:
        self.keys: Sequence[PublicKey] = ()
        self.fetched = float("-inf")
        self.asked = float("-inf")
        self.lock = asyncio.Lock()


class RemoteKeys:
    """The key sets at registered addresses. `networks` are reached though not public; `clock` is monotonic."""

    def __init__(self, networks: Sequence[Network] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._reach = Reach(networks)
        self._private = PrivateHosts([str(network) for network in networks])
        self._clock = clock
        self._published: dict[str, _Published] = {}

    async def keys(self, url: str, kid: str | None) -> Sequence[PublicKey]:
        """The keys at `url`, asked for again where they are old or `kid` is not among them; none where none is known.

        `url` must come from a registration or a configuration, never from a request.
        """
        known = self._published.setdefault(url, _Published())
        if known.lock.locked() and self._at_hand(known, kid):
            return known.keys  # somebody is asking already: nobody else waits for an owner that is slow
        async with known.lock:
            if self._wanting(known, kid):
                known.asked = self._clock()
                fetched = await self._fetched(url)
                if fetched is not None:
                    known.keys, known.fetched = fetched, known.asked
            return known.keys if self._clock() - known.fetched < LIFE_SECONDS else ()

    def _at_hand(self, known: _Published, kid: str | None) -> bool:
        alive = self._clock() - known.fetched < LIFE_SECONDS
        return alive and any(kid in (None, key.kid) for key in known.keys)

    def _wanting(self, known: _Published, kid: str | None) -> bool:
        now = self._clock()
        if now - known.asked < PAUSE_SECONDS:
            return False
        return now - known.fetched >= FRESH_SECONDS or (kid is not None and all(key.kid != kid for key in known.keys))

    async def _fetched(self, url: str) -> Sequence[PublicKey] | None:
        """None for a failure, whose reason is the operator's."""
        if not self._reach.usable(url):
            log.warning("a `jwks_uri` may not be called: list its network in `networks`, if that is where it is")
            return None
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS), open_http(self._private) as http:
                request = http.build_request("GET", url, headers={"accept": "application/json"})
                answer = await exchange(http, request, _BODY_BYTES)
            return read_keys(msgspec.json.decode(answer.body, type=dict[str, Any]))
        except (SourceError, BadInput, TimeoutError, ValueError) as error:
            log.warning("a `jwks_uri` gave no keys: %s", type(error).__name__)
            return None
