"""The trusted issuers: from an access token of one to a requester, as `tokens` does for the gateway's own."""

from __future__ import annotations

import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from gateway.identity.foreign_tokens import is_persons, read_foreign
from gateway.identity.provider import Provider
from gateway.identity.scopes import Scope
from gateway.identity.vouched import entitled, requester_of, vouched
from gateway.partnership.directory import Directory
from gateway.settings import TrustedIssuer
from policies.requester import Requester

_EVERY: Final = frozenset(scope.value for scope in Scope)
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")


class _Named(msgspec.Struct):
    iss: str


class Issuers:
    """All that are configured. `clock` in seconds since the epoch."""

    def __init__(
        self,
        settings: Sequence[TrustedIssuer] = (),
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.by_name = {item.name: Provider(item, clock, monotonic) for item in settings}
        self.settings = {item.name: item for item in settings}
        self._taken = {item.issuer: self.by_name[item.name] for item in settings if item.audience is not None}

    @property
    def for_sign_in(self) -> Sequence[TrustedIssuer]:
        """Those that persons can sign in by, in the order of the configuration."""
        return [item for item in self.settings.values() if item.client_id is not None]

    def issued(self, token: str) -> bool:
        """Whether `token` says that a trusted issuer made it: then it is judged here and nowhere else."""
        return self._claimed(token) is not None

    async def requester(self, token: str, directory: Callable[[], Directory]) -> Requester | None:
        """Who presents an issuer's access token; None for whatever makes it not good here.

        A token that is bound to a key, made for somebody on another's behalf, or a program's, is none of these.
        """
        provider, read = self._claimed(token), read_foreign(token)
        if provider is None or read is None or provider.settings.audience is None:
            return None
        claims = read.claims
        if claims.cnf is not None or claims.act is not None or not is_persons(claims):
            return None
        if not await provider.verified(read, provider.settings.audience):
            return None
        who = vouched(provider.settings, read.said)
        # As things stand now: the issuer may have been slow.
        now, known = self._clock(), directory()
        may = None if who is None else entitled(provider.settings, who, known)
        if who is None or may is None:
            return None
        scopes = _EVERY if claims.scope is None else _EVERY.intersection(claims.scope.split())
        client = f"{provider.settings.name}:{claims.client_id or claims.azp}"
        return requester_of(who, may, client, scopes, claims.exp, known, now)

    def _claimed(self, token: str) -> Provider | None:
        found = _JWT.fullmatch(token)
        if found is None:
            return None
        try:
            named: Any = msgspec.json.decode(urlsafe_b64decode(found[1] + "=="), type=_Named)
        except ValueError:
            return None
        return self._taken.get(named.iss)
