"""What ends for the people of an organization: for one who leaves it, and for all when it leaves itself.

Every function works in the transaction of `session`. How sessions and tokens of one person end stands in
`gateway.identity`.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select, update

from gateway.notices import outbox
from gateway.sharing.subject import Actor
from gateway.store.tables import Client, ConsentGrant, FocalPoint, NoticeKind, PersonGrant, PersonSession


def close_person(session: Session, person: str, organization_id: str, by: Actor) -> None:
    """Ends what was open to a person who left, and asks the organization to see to the destruction of what it keeps.

    The records stay as they are: they are the organization's, never a person's.
    """
    end_consents_to(session, {person}, by)
    outbox.insert(session, [_destruction(person, organization_id, by)])


def close_people(session: Session, organization_id: str, by: Actor) -> Collection[str]:
    """Ends the sign-ins of an organization's people, and whom it named; the ids of those who had signed in."""
    clients = select(Client.client_id).where(Client.organization_id == organization_id)
    by_client = col(PersonGrant.client_id).in_(clients)
    by_page = col(PersonSession.organization_id) == organization_id
    people = {
        *session.exec(select(PersonGrant.person).where(by_client)),
        *session.exec(select(PersonSession.person).where(by_page)),
    }
    now = int(by.at.timestamp())
    for table, theirs in ((PersonGrant, by_client), (PersonSession, by_page)):
        session.exec(update(table).where(theirs, col(table.ended_at).is_(None)).values(ended_at=now))
    named = (col(FocalPoint.organization_id) == organization_id) & col(FocalPoint.ended_at).is_(None)
    session.exec(update(FocalPoint).where(named).values(ended_at=by.at, ended_by=by.officer))
    return people


def end_consents_to(session: Session, names: Collection[str], by: Actor) -> None:
    """Withdraws every consent that was given to organizations or persons."""
    given = col(ConsentGrant.granted_to).in_(names) & col(ConsentGrant.withdrawn_at).is_(None)
    session.exec(update(ConsentGrant).where(given).values(withdrawn_at=by.at))


def _destruction(person: str, organization_id: str, by: Actor) -> outbox.Notice:
    return outbox.Notice(
        at=by.at,
        organization=organization_id,
        kind=NoticeKind.DESTRUCTION_REQUESTED,
        carry=True,
        facts={"person": person},
    )
