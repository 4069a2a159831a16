"""What a person's sign-in gave a client, in the store: pushed requests, codes and refresh tokens, each spent once.

Spending is one statement (`UPDATE … WHERE used_at IS NULL RETURNING`), so that of many who come at once one gets
through. What is handed out is random and long and kept as a SHA-256 hash. Everything here blocks; each function takes
the session of a transaction, and times in whole seconds since the epoch.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from hashlib import sha256
from typing import Final

import msgspec
from sqlmodel import Session, col, delete, select, update

from gateway.identity.registered import RegisteredClient
from gateway.store.engine import Store
from gateway.store.tables import AuthorizationCode, PersonGrant, PushedRequest, RefreshToken, RevokedToken
from policies.vocabulary import Capacity

# A person signs in meanwhile; FAPI 2.0 wants less than 600.
REQUEST_SECONDS: Final = 590
CODE_SECONDS: Final = 60
# A working day; after it the person signs in again.
GRANT_SECONDS: Final = 12 * 3_600
# As long as access tokens of an ended grant would live on, clocks apart.
_REMEMBERED_SECONDS: Final = 330
_BYTES: Final = 32


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in: the person's id, the organization, and what the person is entitled to do for it.

    `scopes` are those that the person can give a client; None: all.
    """

    id: str
    organization: str
    capacities: frozenset[Capacity] = frozenset()
    scopes: frozenset[str] | None = None

    def narrowed(self, scope: str) -> str:
        """What of `scope` the person can give."""
        return " ".join(item for item in scope.split() if self.scopes is None or item in self.scopes)


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """A grant, and what keeps it going; None where the client goes on with the refresh token that it has."""

    grant: PersonGrant
    refresh_token: str | None


def push(session: Session, request: PushedRequest, now: int) -> str:
    """Keeps a request under a name that nobody can guess; returns the name."""
    session.exec(delete(PushedRequest).where(col(PushedRequest.expires) <= now))
    name = secrets.token_urlsafe(_BYTES)
    request.hash, request.expires = _hash(name), now + REQUEST_SECONDS
    session.add(request)
    return name


def pushed(session: Session, name: str, client_id: str, now: int) -> PushedRequest | None:
    """The request of a client that can still be used."""
    request = session.get(PushedRequest, _hash(name))
    if request is None or request.client_id != client_id or request.used_at is not None or request.expires <= now:
        return None
    return request


def give_code(session: Session, name: str, person: Person, now: int) -> str | None:
    """Spends the request; a code for what it asked, or None where it was spent before."""
    taken = update(PushedRequest).where(col(PushedRequest.hash) == _hash(name), col(PushedRequest.used_at).is_(None))
    if session.execute(taken.values(used_at=now).returning(col(PushedRequest.hash))).one_or_none() is None:
        return None
    request = session.get_one(PushedRequest, _hash(name))
    _forget(session, now)
    grant = PersonGrant(
        id=secrets.token_urlsafe(16),
        client_id=request.client_id,
        person=person.id,
        capacities=sorted(capacity.value for capacity in person.capacities),
        scope=person.narrowed(request.scope),
        expires=now + GRANT_SECONDS,
    )
    session.add(grant)
    session.flush()
    code = secrets.token_urlsafe(_BYTES)
    session.add(
        AuthorizationCode(
            hash=_hash(code),
            grant_id=grant.id,
            redirect_uri=request.redirect_uri,
            challenge=request.challenge,
            jkt=request.jkt,
            expires=now + CODE_SECONDS,
        )
    )
    return code


class Misused(msgspec.Struct, frozen=True):
    """A grant that has to end: what was presented was spent before, or is not for who presents it."""

    grant_id: str


def redeem_code(
    session: Session, code: str, client: RegisteredClient, redirect_uri: str, challenge: str, now: int
) -> Redeemed | Misused | None:
    """Spends a code; None for one that is unknown."""
    taken = update(AuthorizationCode).where(
        col(AuthorizationCode.hash) == _hash(code), col(AuthorizationCode.used_at).is_(None)
    )
    first = session.execute(taken.values(used_at=now).returning(col(AuthorizationCode.hash))).one_or_none()
    row = session.get(AuthorizationCode, _hash(code))
    if row is None:
        return None
    fits = secrets.compare_digest(row.challenge, challenge) and row.redirect_uri == redirect_uri
    grant = _live(session, row.grant_id, client, now)
    if first is None or grant is None or not fits or row.jkt not in (None, client.jkt) or row.expires <= now:
        return Misused(row.grant_id)
    return Redeemed(grant=grant, refresh_token=_next_refresh_token(session, grant))


def redeem_refresh_token(session: Session, token: str, client: RegisteredClient, now: int) -> Redeemed | Misused | None:
    """Spends a refresh token for the next one, unless the client keeps the one it has; None for one that is unknown."""
    kept = client.keeps_refresh_tokens
    taken = update(RefreshToken).where(col(RefreshToken.hash) == _hash(token), col(RefreshToken.used_at).is_(None))
    used_at = None if kept else now
    first = session.execute(taken.values(used_at=used_at).returning(col(RefreshToken.hash))).one_or_none()
    row = session.get(RefreshToken, _hash(token))
    if row is None:
        return None
    grant = _live(session, row.grant_id, client, now)
    if first is None or grant is None:
        return Misused(row.grant_id)
    return Redeemed(grant=grant, refresh_token=None if kept else _next_refresh_token(session, grant))


def grant_of_refresh_token(session: Session, token: str) -> PersonGrant | None:
    """The grant that a refresh token, spent or not, belongs to."""
    row = session.get(RefreshToken, _hash(token))
    return None if row is None else session.get(PersonGrant, row.grant_id)


def end_grant(store: Store, grant_id: str, now: int) -> None:
    """Ends a grant: no more tokens of it, and its live ones are refused within a second."""
    store.write(lambda session: end_grants(session, [grant_id], now))


def _live(session: Session, grant_id: str, client: RegisteredClient, now: int) -> PersonGrant | None:
    """The grant where it is for this client, with the key it is bound to.

    A client that can't prove itself is bound to the key of its first proof (RFC 9449 section 5).
    """
    grant = session.get_one(PersonGrant, grant_id)
    usable = grant.client_id == client.client_id and grant.ended_at is None and now < grant.expires
    if not usable or grant.jkt not in (None, client.jkt):
        return None
    if client.is_public:
        grant.jkt = client.jkt
    return grant


def _next_refresh_token(session: Session, grant: PersonGrant) -> str:
    token = secrets.token_urlsafe(_BYTES)
    session.add(RefreshToken(hash=_hash(token), grant_id=grant.id))
    return token


def end_grants(session: Session, grant_ids: Collection[str], now: int) -> None:
    """Ends grants in the transaction of `session`, which has to raise the epoch."""
    for grant_id in grant_ids:
        grant = session.get_one(PersonGrant, grant_id)
        grant.ended_at = grant.ended_at or now
        # Live access tokens are looked up here.
        session.merge(RevokedToken(jti=grant_id, expires=now + _REMEMBERED_SECONDS))


def _forget(session: Session, now: int) -> None:
    """Grants that are over, and what hung on them."""
    over = select(PersonGrant.id).where(col(PersonGrant.expires) <= now - _REMEMBERED_SECONDS)
    for table in (AuthorizationCode, RefreshToken):
        session.exec(delete(table).where(col(table.grant_id).in_(over)))
    session.exec(delete(PersonGrant).where(col(PersonGrant.id).in_(over)))


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
