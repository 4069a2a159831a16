"""The directory's focal points, observers, SIOC and coordinators by area (S9, S10). Blocks; raises `StoreFault`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlmodel import Session, col, or_, select

from gateway.partnership.admission import checked_area, known_organization
from gateway.partnership.refusal import Refused
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import FocalPoint, FocalRole

# S10: DSS names these; every partner names the others for itself.
NAMED_BY_THE_UN: Final = frozenset({FocalRole.SIOC, FocalRole.SECURITY_COORDINATOR})


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is and how to reach it; `area` is ISO 3166-1 alpha-3, None for everywhere."""

    role: FocalRole
    area: str | None
    name: str
    mail: str | None
    telephone: str | None


def name_focal_point(store: Store, identifiers: Identifiers, contact: Contact, by: Actor) -> FocalPoint:
    """Enters somebody of the actor's organization; raises `BadInput` for who can't be reached, or no area."""
    if contact.mail is None and contact.telephone is None:
        raise Refused("mail", "`mail` or `telephone`: give at least one way to reach them")
    row = FocalPoint(
        id=identifiers.make("focal point", by.organization, contact.role.value, contact.name, by.at.isoformat()),
        organization_id=by.organization,
        role=contact.role,
        area=None if contact.area is None else checked_area(contact.area),
        name=contact.name,
        mail=contact.mail,
        telephone=contact.telephone,
        named_by=by.officer,
        at=by.at,
    )

    def change(session: Session) -> FocalPoint:
        known_organization(session, by.organization)
        return session.merge(row)

    return store.write(change)


def end_focal_point(store: Store, id_: str, by: Actor, *, anybodys: bool) -> FocalPoint | None:
    """Ends an entry of the actor's organization, or of any; None alike for what is not there and not its to end."""

    def change(session: Session) -> FocalPoint | None:
        row = session.get(FocalPoint, id_)
        if row is None or not (anybodys or row.organization_id == by.organization):
            return None
        if row.ended_at is None:
            row.ended_at, row.ended_by = by.at, by.officer
            session.add(row)
        return row

    return store.write(change)


def focal_points(
    store: Store, organizations: Collection[str], area: str | None, roles: Collection[FocalRole] | None
) -> Sequence[FocalPoint]:
    """Those who are there now for `organizations`: of `area` and of everywhere, in one of `roles` (None: any)."""
    query = select(FocalPoint).where(col(FocalPoint.ended_at).is_(None))
    if area is not None:
        query = query.where(or_(col(FocalPoint.area).is_(None), col(FocalPoint.area) == area))
    if roles is not None:
        query = query.where(col(FocalPoint.role).in_(roles))
    order = (col(FocalPoint.area), col(FocalPoint.organization_id), col(FocalPoint.name), col(FocalPoint.id))
    with store.session() as session:
        rows = session.exec(query.order_by(*order)).all()
    return [row for row in rows if row.organization_id in organizations]
