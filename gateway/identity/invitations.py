"""Initial access tokens (RFC 7591 section 3): an organization's invitation to register one client, by the operator.

Random, long, shown once and kept as SHA-256. Everything here blocks. Each raises `BadInput`, `StoreFault`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlmodel import Session, col, select, update

from gateway.errors import BadInput
from gateway.identity.scopes import Scope
from gateway.partnership.admission import checked_area, known_organization
from gateway.store.engine import Store
from gateway.store.tables import InitialAccessToken
from policies.vocabulary import Capacity, Purpose

LONGEST: Final = timedelta(days=30)
_BYTES: Final = 32


def invite(
    store: Store,
    organization_id: str,
    scopes: Collection[Scope],
    purpose: Purpose,
    life: timedelta,
    *,
    capacities: Collection[Capacity] = (),
    country: str | None = None,
    by: str,
) -> str:
    """A token with which one client of the organization can be registered within `life`, with `scopes` at most."""
    if not scopes:
        raise BadInput("`scopes` is empty: give at least one, such as information:read")
    if not timedelta() < life <= LONGEST:
        raise BadInput(f"`life` is beyond reason: give up to {LONGEST.days} days")
    id_ = secrets.token_hex(4)
    token = f"{id_}.{secrets.token_urlsafe(_BYTES)}"
    row = InitialAccessToken(
        id=id_,
        hash=hashed(token),
        organization_id=organization_id,
        scopes=sorted(scope.value for scope in scopes),
        purpose=purpose,
        capacities=sorted(capacity.value for capacity in capacities),
        country=None if country is None else checked_area(country),
        made_by=by,
        expires=datetime.now(UTC) + life,
    )

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        session.add(row)

    store.write(change)
    return token


def invitation(session: Session, token: str) -> InitialAccessToken | None:
    """The invitation of a token that can still be used."""
    row = session.get(InitialAccessToken, token.partition(".")[0])
    if row is None or not secrets.compare_digest(row.hash, hashed(token)):
        return None
    return row if row.used_at is None and datetime.now(UTC) < row.expires else None


def accept(session: Session, id_: str) -> bool:
    """Spends an invitation; False where it was spent before."""
    taken = update(InitialAccessToken).where(
        col(InitialAccessToken.id) == id_, col(InitialAccessToken.used_at).is_(None)
    )
    spent = taken.values(used_at=datetime.now(UTC)).returning(col(InitialAccessToken.id))
    return session.execute(spent).one_or_none() is not None


def invitations(store: Store, organization_id: str | None = None) -> Sequence[InitialAccessToken]:
    """The invitations that can still be used, those that end first in front."""
    query = (
        select(InitialAccessToken)
        .where(col(InitialAccessToken.used_at).is_(None), col(InitialAccessToken.expires) > datetime.now(UTC))
        .order_by(col(InitialAccessToken.expires))
    )
    if organization_id is not None:
        query = query.where(InitialAccessToken.organization_id == organization_id)
    with store.session() as session:
        return session.exec(query).all()


def hashed(token: str) -> str:
    """What is kept of a token that is random and long."""
    return sha256(token.encode()).hexdigest()
