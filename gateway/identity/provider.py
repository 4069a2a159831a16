"""A trusted issuer as it is called: its discovery document, its keys, and a code's exchange for an ID token.

Everything goes by the client that checks addresses before it connects. An outage is survived with what is at hand:
the document for a day, keys for an hour (`RemoteKeys`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec

from connectors.client import PrivateHosts, open_http
from connectors.client.answer import exchange
from connectors.errors import SourceError
from gateway.identity.client_keys import signed_by
from gateway.identity.foreign_tokens import ForeignClaims, ForeignToken, in_its_time, read_foreign
from gateway.identity.remote_keys import PAUSE_SECONDS, RemoteKeys
from gateway.notices.reach import Reach
from gateway.settings import TrustedIssuer

log = logging.getLogger("slt.identity")

_FRESH_SECONDS: Final = 3_600.0
_LIFE_SECONDS: Final = 86_400.0
_DEADLINE_SECONDS: Final = 5.0
_BODY_BYTES: Final = 65_536
_DISCOVERY: Final = "/.well-known/openid-configuration"


class Endpoints(msgspec.Struct, frozen=True):
    """What is used of a discovery document (OpenID Connect Discovery section 3, RFC 9207 section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(msgspec.Struct):
    id_token: str


class Provider:
    """One issuer. `clock` in seconds since the epoch, `monotonic` for what is kept."""

    def __init__(
        self,
        settings: TrustedIssuer,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._reach = Reach(settings.networks)
        self._private = PrivateHosts([str(network) for network in settings.networks])
        self._keys = RemoteKeys(settings.networks, monotonic)
        self._known: Endpoints | None = None
        self._fetched = self._asked = float("-inf")
        self._asking = asyncio.Lock()

    async def endpoints(self) -> Endpoints | None:
        """The issuer's addresses; None where none are known, or only such as are too old."""
        if not self._asking.locked() or self._at_hand() is None:
            async with self._asking:
                now = self._monotonic()
                if now - self._fetched >= _FRESH_SECONDS and now - self._asked >= PAUSE_SECONDS:
                    self._asked = now
                    found = await self._discovered()
                    if found is not None:
                        self._known, self._fetched = found, now
        return self._at_hand()

    async def verified(self, token: ForeignToken, audience: str) -> bool:
        """Whether the issuer signed it for `audience` alone, and it is in its time."""
        claims = token.claims
        if claims.iss != self.settings.issuer or not _is_for(claims, audience):
            return False
        if not in_its_time(claims, self._clock()):
            return False
        jwks_uri = self.settings.jwks_uri
        if jwks_uri is None:
            endpoints = await self.endpoints()
            if endpoints is None:
                return False
            jwks_uri = endpoints.jwks_uri
        keys = await self._keys.keys(jwks_uri, token.kid)
        return signed_by(token.signed, token.algorithm, token.kid, keys)

    async def redeem(self, code: str, verifier: str, redirect_uri: str, nonce: str) -> Mapping[str, Any] | None:
        """The claims of the ID token that a code gives; None for whatever is wrong with either.

        The access token that comes along is not used, so `at_hash` has nothing to bind.
        """
        endpoints, client_id = await self.endpoints(), self.settings.client_id
        if endpoints is None or client_id is None:
            return None
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        auth = None
        if self.settings.client_secret is None:
            form["client_id"] = client_id
        else:
            # RFC 6749 section 2.3.1: each is form-encoded first.
            secret = self.settings.client_secret.decode()
            auth = httpx.BasicAuth(quote_plus(client_id), quote_plus(secret))
        body = await self._called("POST", endpoints.token_endpoint, urlencode(form).encode(), auth)
        try:
            token = None if body is None else read_foreign(msgspec.json.decode(body, type=_Tokens).id_token)
        except ValueError:
            token = None
        if token is None or token.claims.nonce != nonce or not await self.verified(token, client_id):
            return None
        return token.said

    def _at_hand(self) -> Endpoints | None:
        return self._known if self._monotonic() - self._fetched < _LIFE_SECONDS else None

    async def _discovered(self) -> Endpoints | None:
        body = await self._called("GET", self.settings.issuer.rstrip("/") + _DISCOVERY)
        try:
            found = None if body is None else msgspec.json.decode(body, type=Endpoints)
        except ValueError:
            found = None
        # Section 4.3: the document must name the very issuer that it was asked of.
        usable = found is not None and found.issuer == self.settings.issuer
        addresses: Sequence[str] = (
            () if found is None else (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        )
        if not usable or not all(self._reach.usable(address) for address in addresses):
            log.warning("`%s` gave no discovery document that can be used", self.settings.name)
            return None
        return found

    async def _called(
        self, method: str, url: str, body: bytes | None = None, auth: httpx.BasicAuth | None = None
    ) -> bytes | None:
        """The body of a success; None for a failure, whose kind is the operator's."""
        if not self._reach.usable(url):
            log.warning("`%s` may not be called: list its network in `networks`", self.settings.name)
            return None
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS), open_http(self._private) as http:
                request = http.build_request(method, url, content=body, headers=headers)
                if auth is not None:
                    request = next(auth.auth_flow(request))
                return (await exchange(http, request, _BODY_BYTES)).body
        except (SourceError, TimeoutError) as error:
            log.warning("`%s` could not be asked: %s", self.settings.name, type(error).__name__)
            return None


def _is_for(claims: ForeignClaims, audience: str) -> bool:
    """For us alone: of several audiences each could present it here."""
    return claims.aud in (audience, [audience])
