"""The persons who answer for a client: at least two, so that it is nobody's orphan when one of them leaves.

A person is known by `owner`, the mail address or else the id that the trusted issuer gave at sign-in. Everything here
blocks: call it from the thread pool. Each raises `BadInput` for what can't be, `StoreFault`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlmodel import Session, col, select

from gateway.errors import BadInput
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import Client, ClientOwner

FEWEST: Final = 2
_LONGEST: Final = 200


def owners(store: Store, organization_id: str) -> Mapping[str, Sequence[str]]:
    """Who owns each of an organization's clients now, by client, in the order they were named."""
    query = (
        select(ClientOwner)
        .join(Client, col(Client.client_id) == col(ClientOwner.client_id))
        .where(Client.organization_id == organization_id, col(ClientOwner.ended_at).is_(None))
        .order_by(col(ClientOwner.id))
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    with store.session() as session:
        for row in session.exec(query):
            found[row.client_id].append(row.owner)
    return found


def name_owners(store: Store, client_id: str, named: Collection[str], by: Actor) -> None:
    """Names owners of a client of the actor's organization, beside those it has."""
    checked = [_checked(owner) for owner in named]

    def change(session: Session) -> None:
        _own(session, client_id, by)
        for owner in dict.fromkeys(checked):
            _name(session, client_id, owner, by)

    store.write(change)


def end_owner(store: Store, client_id: str, owner: str, by: Actor) -> None:
    """One owner fewer; refused where fewer than `FEWEST` would be left."""

    def change(session: Session) -> None:
        _own(session, client_id, by)
        rows = _current(session, client_id)
        if len({row.owner for row in rows}) <= FEWEST:
            raise BadInput(f"`owner`: a client has at least {FEWEST} owners: name another one first, or hand over")
        for row in rows:
            if row.owner == owner:
                _end(session, row, by)

    store.write(change)


def hand_over(
    store: Store, owner: str, successor: str, by: Actor, among: Collection[str] | None = None
) -> Sequence[str]:
    """Puts `successor` in the place of `owner` at every client of the actor's organization, in one act: their ids.

    `among`: only at these clients.
    """
    heir = _checked(successor)
    if heir == owner:
        raise BadInput("`successor` is who hands over: name another person")

    def change(session: Session) -> Sequence[str]:
        query = (
            select(ClientOwner)
            .join(Client, col(Client.client_id) == col(ClientOwner.client_id))
            .where(
                Client.organization_id == by.organization,
                ClientOwner.owner == owner,
                col(ClientOwner.ended_at).is_(None),
            )
            .order_by(col(ClientOwner.client_id))
        )
        rows = [row for row in session.exec(query) if among is None or row.client_id in among]
        if not rows:
            raise BadInput(f"`{owner}` owns none of these clients: nothing to hand over")
        for row in rows:
            others = {item.owner for item in _current(session, row.client_id)} - {owner}
            if len(others | {heir}) < FEWEST:
                raise BadInput(
                    f"`successor` is the other owner of `{row.client_id}`: it would have one only; name a third person"
                )
            _end(session, row, by)
            _name(session, row.client_id, heir, by)
        return [row.client_id for row in rows]

    return store.write(change)


def owner_of(person: str, mail: str | None) -> str:
    """What a person who is signed in is known by as an owner."""
    return mail.lower() if mail is not None else person


def _checked(owner: str) -> str:
    trimmed = owner.strip()
    if not trimmed or len(trimmed) > _LONGEST or not trimmed.isprintable():
        raise BadInput("`owner` can't be one: give the mail address that the person signs in with")
    return trimmed


def _own(session: Session, client_id: str, by: Actor) -> Client:
    client = session.get(Client, client_id)
    if client is None or client.organization_id != by.organization:
        raise BadInput(f"`{client_id}` is no client of your organization: see the list of clients")
    return client


def _current(session: Session, client_id: str) -> Sequence[ClientOwner]:
    return session.exec(
        select(ClientOwner).where(ClientOwner.client_id == client_id, col(ClientOwner.ended_at).is_(None))
    ).all()


def _name(session: Session, client_id: str, owner: str, by: Actor) -> None:
    if owner not in {row.owner for row in _current(session, client_id)}:
        session.add(ClientOwner(client_id=client_id, owner=owner, named_by=by.officer, at=by.at))
        session.flush()


def _end(session: Session, row: ClientOwner, by: Actor) -> None:
    row.ended_by, row.ended_at = by.officer, by.at
    session.add(row)
