"""A person leaves an organization: sessions and tokens end within a second, and the issuer's word counts no more.

Blocking; each raises `BadInput` for an organization that is not known, `StoreFault`.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from gateway.identity.grants import end_grants
from gateway.identity.sessions import end_sessions_of
from gateway.partnership.admission import known_organization
from gateway.partnership.persons import close_person
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import Client, DepartedPerson, PersonGrant


def end_person(store: Store, person: str, organization_id: str, by: Actor) -> None:
    """Records that `person` (as a session, a token or the ledger names it) left, and ends all it has there."""

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        now = int(by.at.timestamp())
        if not _departed(session, person, organization_id):
            session.add(
                DepartedPerson(person=person, organization_id=organization_id, recorded_by=by.officer, at=by.at)
            )
            close_person(session, person, organization_id, by)
        end_sessions_of(session, person, organization_id, now)
        theirs = (
            select(PersonGrant.id)
            .join(Client, col(Client.client_id) == col(PersonGrant.client_id))
            .where(PersonGrant.person == person, Client.organization_id == organization_id)
            .where(col(PersonGrant.ended_at).is_(None))
        )
        end_grants(session, session.exec(theirs).all(), now)

    store.write(change)


def readmit_person(store: Store, person: str, organization_id: str, by: Actor) -> bool:
    """Takes it back, as when somebody returns or was meant by mistake; False where nobody left so."""

    def change(session: Session) -> bool:
        rows = _departed(session, person, organization_id)
        for row in rows:
            row.returned_at = by.at
            session.add(row)
        return bool(rows)

    return store.write(change)


def _departed(session: Session, person: str, organization_id: str) -> list[DepartedPerson]:
    query = select(DepartedPerson).where(
        DepartedPerson.person == person,
        DepartedPerson.organization_id == organization_id,
        col(DepartedPerson.returned_at).is_(None),
    )
    return list(session.exec(query).all())
