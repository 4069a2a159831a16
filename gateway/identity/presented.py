"""An access token as a request presents it: as Bearer (RFC 6750), or as DPoP with the proof of its key (RFC 9449)."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Final

from starlette.requests import Request

from gateway.errors import StoreFault, Unauthenticated, Unavailable
from gateway.identity.client_keys import ALGORITHMS
from gateway.identity.dpop import PROOF_HEADER, InvalidProof, Proof, read_proof
from gateway.identity.issuers import Issuers
from gateway.identity.replay import spend
from gateway.identity.tokens import METADATA_PATH, REALM, Claims, Tokens, live_client, requester
from gateway.partnership.directory import Directory
from gateway.store.engine import Store
from policies.requester import Requester

log = logging.getLogger("slt.identity")

# RFC 6750 section 2.1, RFC 9449 section 7.1; a token of ours has about 700 characters.
_PRESENTED: Final = re.compile(r"(Bearer|DPoP) +([A-Za-z0-9._~+/-]{1,4096}=*) *", re.IGNORECASE)
_ALGORITHMS: Final = f'algs="{" ".join(ALGORITHMS)}"'
_NOT_GOOD: Final = "the access token is expired, revoked or not valid here: get a new one from /oauth/token"


class Door:
    """Who comes to a protected address of the gateway at `url`. A proof is noted in `store`, so that it counts once.

    Tokens are the gateway's own, or those of trusted `issuers`. `directory` is read when the token is known to be good.
    """

    def __init__(
        self, url: str, tokens: Tokens, store: Store, directory: Callable[[], Directory], issuers: Issuers
    ) -> None:
        self._url = url
        self._tokens = tokens
        self._store = store
        self._directory = directory
        self._issuers = issuers

    async def authenticate(self, request: Request, now: float) -> Requester:
        """Who sends `request` at `now` (epoch seconds).

        Raises `Unauthenticated` with the challenge to send, which tells nothing of why a token is not good, and
        `Unavailable` where it can't be told whether a proof was used before.
        """
        presented = _PRESENTED.fullmatch(request.headers.get("Authorization", ""))
        if presented is None:
            raise Unauthenticated(
                "`Authorization` carries no access token: get one from /oauth/token and send it as Bearer",
                self._challenges(),
            )
        token, bound = presented[2], presented[1].lower() == "dpop"
        if self._issuers.issued(token):
            foreign = None if bound else await self._issuers.requester(token, self._directory)
            if foreign is None:
                raise self._refused(_NOT_GOOD, "invalid_token", bound=bound)
            return foreign
        directory = self._directory()
        claims = self._tokens.read(token, now)
        client = None if claims is None else live_client(claims, directory, now)
        # A bound token is nobody's without its key, and one that is not bound needs none (section 7.1, 7.2).
        if claims is None or client is None or (claims.cnf is not None) is not bound:
            raise self._refused(_NOT_GOOD, "invalid_token", bound=bound)
        if bound:
            await self._prove(request, token, claims, now)
        return requester(claims, client, directory, now)

    async def _prove(self, request: Request, token: str, claims: Claims, now: float) -> None:
        """Raises `Unauthenticated` unless the request comes with a fresh proof of the key that `token` is bound to."""
        assert claims.cnf is not None
        fields = request.headers.getlist(PROOF_HEADER)
        try:
            proof = read_proof(fields, request.method, f"{self._url}{request.url.path}", now)
        except InvalidProof as error:
            raise self._refused(f"`DPoP`: {error.description}", error.error, bound=True) from error
        if proof.jkt != claims.cnf.jkt:
            raise self._refused(_NOT_GOOD, "invalid_token", bound=True)
        if not proof.is_for(token):
            raise self._refused("`DPoP`: the proof is for another token: see ath", InvalidProof.error, bound=True)
        try:
            fresh = await asyncio.to_thread(self._spend, proof, now)
        except StoreFault as fault:
            log.error("%s: %s", fault.code, fault)
            raise Unavailable("proofs can't be checked at the moment: nothing is shown; try again shortly") from fault
        if not fresh:
            raise self._refused(
                "`DPoP`: the proof was used before: make one for each request", InvalidProof.error, bound=True
            )

    def _spend(self, proof: Proof, now: float) -> bool:
        with self._store.transaction() as session:
            return spend(session, proof.jkt, proof.jti, proof.expires, now)

    def _refused(self, message: str, error: str, *, bound: bool) -> Unauthenticated:
        own = f'error="{error}"'
        return Unauthenticated(message, self._dpop(own) if bound else self._challenges(own))

    def _challenges(self, *more: str) -> str:
        """Both ways to present a token (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1)."""
        return f"Bearer {self._parameters(*more)}, DPoP {_ALGORITHMS}"

    def _dpop(self, *more: str) -> str:
        return f"DPoP {self._parameters(*more, _ALGORITHMS)}"

    def _parameters(self, *more: str) -> str:
        return ", ".join((f'realm="{REALM}"', f'resource_metadata="{self._url}{METADATA_PATH}"', *more))
