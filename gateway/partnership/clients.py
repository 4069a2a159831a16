"""What becomes of an organization's clients: listed, tied to a country, disabled one by one or all at once.

All block; call them from the thread pool. How a client proves itself stands in `gateway.identity`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from gateway.errors import BadInput
from gateway.partnership.admission import checked_area
from gateway.store.engine import Store
from gateway.store.tables import Client, ClientAct, ClientChange, ClientSecret


def clients(store: Store, organization_id: str | None = None) -> Sequence[Client]:
    """The registered clients, by id; those of one organization where it is given. Raises `StoreFault`."""
    query = select(Client).order_by(col(Client.client_id))
    if organization_id is not None:
        query = query.where(Client.organization_id == organization_id)
    with store.session() as session:
        return session.exec(query).all()


def live_secrets(store: Store, now: datetime) -> Mapping[str, Sequence[ClientSecret]]:
    """The secrets that can be used at `now`, oldest first, by client. Raises `StoreFault`."""
    found: defaultdict[str, list[ClientSecret]] = defaultdict(list)
    with store.session() as session:
        for row in session.exec(
            select(ClientSecret)
            .where(col(ClientSecret.ended_at).is_(None))
            .where(or_(col(ClientSecret.expires).is_(None), col(ClientSecret.expires) > now))
            .order_by(col(ClientSecret.created))
        ):
            found[row.client_id].append(row)
    return found


def secrets_of(store: Store, client_id: str) -> Sequence[ClientSecret]:
    """Every secret that a client ever had, oldest first. Raises `StoreFault`."""
    query = select(ClientSecret).where(ClientSecret.client_id == client_id).order_by(col(ClientSecret.created))
    with store.session() as session:
        return session.exec(query).all()


def place_client(store: Store, client_id: str, country: str) -> None:
    """Says in which country (ISO 3166-1 alpha-3) a client is used; raises `BadInput`, `StoreFault`."""
    code = checked_area(country)

    def change(session: Session) -> None:
        client = session.get(Client, client_id)
        if client is None:
            raise BadInput(f"`{client_id}` is no known client: see the list of clients")
        client.country = code

    store.write(change)


def disable_country(
    store: Store, country: str, organization_id: str | None = None, by: str = "operator"
) -> Sequence[str]:
    """Disables every client of a country in one act (a lost laptop, an office under duress): their ids.

    Those of one organization where it is given. No new tokens, and live ones are refused within a second. It stands in
    each client's history as done by `by`. Raises `BadInput`, `StoreFault`.
    """
    which = col(Client.country) == checked_area(country)
    if organization_id is not None:
        which &= col(Client.organization_id) == organization_id
    return store.write(lambda session: disable_where(session, which, datetime.now(UTC), by))


def disable_where(session: Session, which: Any, at: datetime, by: str) -> Sequence[str]:
    """Disables, in the transaction of `session`, the clients that a condition names: the ids of those that were not."""
    rows = session.exec(select(Client).where(which, col(Client.disabled_at).is_(None)).order_by(col(Client.client_id)))
    found = rows.all()
    for client in found:
        client.disabled_at = at
        session.add(client)
        session.add(ClientChange(client_id=client.client_id, act=ClientAct.DISABLED, by=by, facts={}, at=at))
    return [client.client_id for client in found]
