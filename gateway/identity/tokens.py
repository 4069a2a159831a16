"""From an access token to a requester (RFC 9068 section 4, RFC 6750).

The token says which client asks and with which scopes; what the organization is comes from the directory at that
moment. So a suspension needs no new token, and a token can't carry a status that has passed. The same for a platform
that asks on behalf of a member: the member's mandate counts as it stands then.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from gateway.identity.keys import ALGORITHM, SigningKeys
from gateway.partnership.directory import Directory, KnownClient
from policies.requester import Requester
from policies.vocabulary import Capacity, Purpose

REALM: Final = "slt-gateway"
JWT_TYPE: Final = "at+jwt"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"

# How far ahead of ours the clock of the issuer may be.
_SKEW_SECONDS: Final = 10
_VERIFIED_TOKENS: Final = 10_000


class Actor(msgspec.Struct, frozen=True):
    """The claim `act` (RFC 8693 section 4.1): the client of a platform, and the platform."""

    sub: str
    organization: str


class Origin(msgspec.Struct, frozen=True):
    """The member's token that was exchanged; what ends that one ends what came of it."""

    jti: str
    client_id: str
    grant: str | None = None


class Grant(msgspec.Struct, frozen=True):
    """What a person's sign-in gave: an id by which it is ended, and the person's capacities."""

    id: str
    capacities: frozenset[Capacity]


class Confirmation(msgspec.Struct, frozen=True):
    """The claim `cnf` (RFC 9449 section 6): the thumbprint of the key whose holder alone can use the token."""

    jkt: str


class Claims(msgspec.Struct, frozen=True):
    """The claims of our own tokens; times in whole seconds since the epoch.

    With `act`, `sub` and `organization` are the member for whom the actor asks; with `grant`, `sub` is a person of the
    client's organization; else they are the client and its organization. `test`: of a test client, which needs no
    admission.
    """

    iss: str
    aud: str
    sub: str
    client_id: str
    jti: str
    iat: int
    exp: int
    scope: str
    organization: str
    purpose: Purpose
    test: bool = False
    act: Actor | None = None
    origin: Origin | None = None
    grant: Grant | None = None
    cnf: Confirmation | None = None


class Tokens:
    """Verifies tokens that this gateway signed for itself; `url` is both issuer and audience."""

    def __init__(self, url: str, keys: SigningKeys) -> None:
        self._url = url
        # Nothing but what we write: no other algorithm, no key and no critical extension that comes with the token.
        self._headers = [({"alg": ALGORITHM, "typ": JWT_TYPE, "kid": item.key.kid}, item) for item in keys.verifying]
        # Claims whose signature was found good, until when its key counts. Whatever may change is checked each time.
        self._verified: dict[bytes, tuple[Claims, float]] = {}

    def read(self, token: str, now: float) -> Claims | None:
        """The claims of a token that this gateway signed for itself with a key that counts at `now`; else None.

        It may be expired or revoked.
        """
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is None:
            known = self._verify(token)
            if known is None:
                return None
            if len(self._verified) >= _VERIFIED_TOKENS:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = known
        claims, until = known
        return claims if now < until else None

    def _verify(self, token: str) -> tuple[Claims, float] | None:
        try:
            signed = jws.extract_compact(token.encode())
            found = next((item for header, item in self._headers if header == signed.headers()), None)
            if found is None or not jws.validate_compact(signed, found.key, [ALGORITHM]):
                return None
            claims = msgspec.json.decode(signed.payload, type=Claims)
        except (JoseError, ValueError):
            return None
        return (claims, found.until) if claims.iss == claims.aud == self._url else None


def live_client(claims: Claims, directory: Directory, now: float) -> KnownClient | None:
    """The client of a token that is good at `now`: in its time, not revoked, and its client as it was registered."""
    if not claims.iat - _SKEW_SECONDS <= now < claims.exp or claims.jti in directory.revoked:
        return None
    client = directory.clients.get(claims.client_id)
    if client is None or client.disabled or (client.purpose, client.test) != (claims.purpose, claims.test):
        return None
    return client if _as_registered(claims, client, directory) else None


def _as_registered(claims: Claims, client: KnownClient, directory: Directory) -> bool:
    """Whether the token names the parties that its client stands for."""
    if claims.grant is not None:
        theirs_alone = claims.act is None and claims.origin is None and claims.organization == client.organization
        return theirs_alone and claims.grant.id not in directory.revoked
    if claims.act is None:
        return claims.origin is None and (claims.sub, claims.organization) == (client.client_id, client.organization)
    if claims.act != Actor(client.client_id, client.organization) or Capacity.PLATFORM not in client.capacities:
        return False
    if claims.sub != claims.organization or claims.organization not in directory.members:
        return False
    if claims.origin is None:
        return True
    theirs = directory.clients.get(claims.origin.client_id)
    return (
        theirs is not None
        and not theirs.disabled
        and theirs.organization == claims.organization
        and directory.revoked.isdisjoint((claims.origin.jti, claims.origin.grant))
    )


def requester(claims: Claims, client: KnownClient, directory: Directory, now: float) -> Requester:
    """The holder of a token as a requester; `client`: its live client."""
    scopes = client.scopes.intersection(claims.scope.split())
    grant = claims.grant
    # A person acts in a capacity only by a client that is for it.
    capacities = client.capacities if grant is None else client.capacities & grant.capacities
    profile = directory.profile(client.organization, client.purpose, scopes, capacities, now, test=client.test)
    expires = float(claims.exp)
    if claims.act is None:
        return Requester(
            profile=profile,
            client=client.client_id,
            person=None if grant is None else claims.sub,
            epoch=directory.epoch,
            token_expires=expires,
        )
    # The member's own token can be for less than the platform's purpose: then it is for less here as well.
    purpose = client.purpose if claims.origin is None else directory.clients[claims.origin.client_id].purpose
    return Requester(
        profile=profile,
        # A capacity is held by a client's people: the platform has none of the member's.
        on_behalf_of=directory.profile(claims.organization, purpose, scopes, frozenset(), now),
        authorized_areas=directory.authorized_areas(claims.organization, client.organization, now),
        client=client.client_id,
        epoch=directory.epoch,
        token_expires=expires,
    )
