"""Sessions of persons at the gateway's own pages.

The browser holds a random value and nothing else; the store holds its hash. What the person may do is not kept: it
follows from the configuration and the directory at each request, so that a suspension or a person's leaving reaches a
session as it reaches a token.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

import msgspec
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, update
from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.vouched import Vouched, entitled, requester_of
from gateway.partnership.directory import Directory
from gateway.settings import TrustedIssuer
from gateway.store.engine import Store
from gateway.store.tables import PersonSession
from policies.requester import Requester
from policies.vocabulary import Capacity

# A working day at most, and half an hour without a request.
SESSION_SECONDS: Final = 12 * 3_600
IDLE_SECONDS: Final = 30 * 60
COOKIE: Final = "slt-session"
# The client of what persons ask at the gateway's own pages, in the ledger.
OWN_PAGES: Final = "slt-gateway"
# When a session was last seen is noted no more often than this.
_NOTED_EVERY: Final = 60
_BYTES: Final = 32
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class SignedInSession(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is signed in, as things stand now.

    `id` names the session in the store and proves nothing; `expires` in seconds since the epoch, where nothing more is
    asked; `csrf` belongs into every form. Capacities, scopes and the organization's standing are those of this moment,
    and `requester` is the person as one who asks.
    """

    id: str
    person: str
    name: str
    mail: str | None
    organization: str
    capacities: frozenset[Capacity]
    scopes: frozenset[str]
    csrf: str
    expires: float
    requester: Requester

    def accepts(self, presented: str | None) -> bool:
        """Whether a form carries the `csrf` that it was given."""
        return presented is not None and compare_digest(self.csrf.encode(), presented.encode())


class Cookies:
    """Cookies of one address: with `__Host-` and Secure over https; plain on loopback, where http has neither."""

    def __init__(self, url: str) -> None:
        self._secure = url.startswith("https://")

    def name(self, name: str) -> str:
        """The whole name."""
        return f"__Host-{name}" if self._secure else name

    def read(self, request: Request, name: str) -> str:
        """What the browser sent, empty where it sent none."""
        return request.cookies.get(self.name(name), "")

    def put(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Kept for `seconds`, else until the browser is closed."""
        response.set_cookie(
            self.name(name), value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def take(self, response: Response, name: str) -> None:
        """Takes it from the browser."""
        self.put(response, name, "", 0)


class Sessions:
    """The sessions in `store`; `url` is the gateway's own. `clock` in seconds since the epoch.

    All may raise `StoreFault`, and `StatusUnknown` where nobody's status can be told.
    """

    def __init__(
        self,
        store: Store,
        issuers: Mapping[str, TrustedIssuer],
        directory: Callable[[], Directory],
        url: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._issuers = issuers
        self._directory = directory
        self._clock = clock
        self.cookies = Cookies(url)

    async def of(self, request: Request) -> SignedInSession | None:
        """The session that the browser holds; None where it holds none, or one that is over."""
        value = self.cookies.read(request, COOKIE)
        if not _VALUE.fullmatch(value):
            return None
        now = self._clock()
        row = await asyncio.to_thread(self._live, _hash(value), int(now))
        return None if row is None else self._signed_in(row, value, now)

    async def begin(self, request: Request, who: Vouched, response: Response) -> None:
        """A new session in the place of any that the browser holds (no fixation): its value goes with `response`."""
        value = secrets.token_urlsafe(_BYTES)
        former = self.cookies.read(request, COOKIE)
        await asyncio.to_thread(self._enter, value, former, who, int(self._clock()))
        self.cookies.put(response, COOKIE, value)

    async def end(self, request: Request, response: Response) -> None:
        """Ends the browser's session, in the store and in the browser."""
        former = self.cookies.read(request, COOKIE)
        await asyncio.to_thread(self._end, former, int(self._clock()))
        self.cookies.take(response, COOKIE)

    def _signed_in(self, row: PersonSession, value: str, now: float) -> SignedInSession | None:
        issuer = self._issuers.get(row.issuer)
        if issuer is None:
            return None
        who = Vouched(
            issuer=row.issuer,
            person=row.person,
            name=row.name,
            mail=row.mail,
            organization=row.organization_id,
            roles=tuple(row.roles),
        )
        directory = self._directory()
        may = entitled(issuer, who, directory)
        if may is None:
            return None
        expires = float(min(row.expires, int(now) + IDLE_SECONDS))
        return SignedInSession(
            id=row.hash,
            person=who.person,
            name=who.name,
            mail=who.mail,
            organization=who.organization,
            capacities=may.capacities,
            scopes=may.scopes,
            csrf=urlsafe_b64encode(hmac_digest(value.encode(), b"csrf", "sha256")).decode().rstrip("="),
            expires=expires,
            requester=requester_of(who, may, OWN_PAGES, may.scopes, expires, directory, now),
        )

    def _live(self, hash_: str, now: int) -> PersonSession | None:
        with self._store.session() as session:
            row = session.get(PersonSession, hash_)
        if row is None or row.ended_at is not None or not now < min(row.expires, row.seen + IDLE_SECONDS):
            return None
        if now - row.seen >= _NOTED_EVERY:
            with self._store.transaction() as session:
                session.exec(update(PersonSession).where(col(PersonSession.hash) == hash_).values(seen=now))
        return row

    def _enter(self, value: str, former: str, who: Vouched, now: int) -> None:
        with self._store.transaction() as session:
            session.exec(delete(PersonSession).where(col(PersonSession.expires) <= now))
            _end_where(session, col(PersonSession.hash) == _hash(former), now)
            session.add(
                PersonSession(
                    hash=_hash(value),
                    issuer=who.issuer,
                    person=who.person,
                    name=who.name,
                    mail=who.mail,
                    organization_id=who.organization,
                    roles=list(who.roles),
                    created=now,
                    seen=now,
                    expires=now + SESSION_SECONDS,
                )
            )

    def _end(self, value: str, now: int) -> None:
        with self._store.transaction() as session:
            _end_where(session, col(PersonSession.hash) == _hash(value), now)


async def session_of(request: Request) -> SignedInSession | None:
    """Who is signed in at the browser that sends `request`, to the application whose state holds the sessions."""
    sessions = request.app.state.sessions
    assert isinstance(sessions, Sessions)
    return await sessions.of(request)


def end_sessions_of(session: Session, person: str, organization_id: str, now: int) -> None:
    """Ends, in the transaction of `session`, all sessions of a person for an organization."""
    theirs = (col(PersonSession.person) == person) & (col(PersonSession.organization_id) == organization_id)
    _end_where(session, theirs, now)


def _end_where(session: Session, which: ColumnElement[bool], now: int) -> None:
    session.exec(update(PersonSession).where(which, col(PersonSession.ended_at).is_(None)).values(ended_at=now))


def _hash(value: str) -> str:
    return sha256(value.encode()).hexdigest()
