"""Emergency openings (rule 11): asked for by one officer, approved by another, told to the originator and co-chairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from gateway.notices import outbox
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store
from gateway.store.tables import EmergencyOpening, NoticeKind

LONGEST_HOURS: Final = 24


def request(
    store: Store, identifiers: Identifiers, spoken: Spoken, justification: str, hours: int, by: Actor
) -> EmergencyOpening:
    """Enters a request; it opens nothing until another officer approves it. Raises `StoreFault`."""
    row = EmergencyOpening(
        id=identifiers.make("emergency", by.organization, by.officer, spoken.reference, by.at.isoformat()),
        reference=spoken.reference,
        record=spoken.record,
        originator=spoken.originator,
        organization=by.organization,
        officer=by.officer,
        justification=justification,
        hours=hours,
        at=by.at,
    )
    return store.write(lambda session: session.merge(row))


def find(store: Store, opening_id: str, organization: str) -> EmergencyOpening | None:
    """An opening of `organization`; None for any other and for no id. Raises `StoreFault`."""
    with store.session() as session:
        row = session.get(EmergencyOpening, opening_id)
        return row if row is not None and row.organization == organization else None


def newest(store: Store, organization: str, limit: int) -> Sequence[EmergencyOpening]:
    """The newest openings of an organization, asked for or approved. Raises `StoreFault`."""
    query = select(EmergencyOpening).where(EmergencyOpening.organization == organization)
    with store.session() as session:
        return session.exec(
            query.order_by(col(EmergencyOpening.at).desc(), col(EmergencyOpening.id)).limit(limit)
        ).all()


def approve(
    store: Store, opening: EmergencyOpening, spoken: Spoken, co_chairs: Mapping[str, bool], areas: list[str], by: Actor
) -> EmergencyOpening:
    """Opens, from now on for the hours asked for; approved again, it changes nothing. Raises `StoreFault`.

    `co_chairs`: the organizations to tell, and whether the record is listed for each; `areas`: the record's countries.
    """

    def change(session: Session) -> EmergencyOpening:
        row = session.get_one(EmergencyOpening, opening.id)
        if row.until is not None:
            return row
        row.approved_by, row.approved_at = by.officer, by.at
        row.until = by.at + timedelta(hours=row.hours)
        session.add(row)
        told = {organization: listed for organization, listed in co_chairs.items() if organization != row.originator}
        outbox.insert(
            session,
            [
                _to_originator(row, carried=spoken.carried),
                *(_to_co_chair(row, organization, areas, listed=listed) for organization, listed in told.items()),
            ],
        )
        return row

    return store.write(change)


def _to_originator(row: EmergencyOpening, *, carried: bool) -> outbox.Notice:
    assert row.approved_at is not None
    assert row.until is not None
    return outbox.Notice(
        at=row.approved_at,
        organization=row.originator,
        kind=NoticeKind.EMERGENCY_OPENED,
        carry=carried,
        record=row.record,
        facts={
            "organization": row.organization,
            "justification": row.justification,
            "until": row.until.isoformat(),
        },
    )


def _to_co_chair(row: EmergencyOpening, organization: str, areas: list[str], *, listed: bool) -> outbox.Notice:
    """Opener, country and time; the record only where the co-chair's own view has it."""
    assert row.approved_at is not None
    return outbox.Notice(
        at=row.approved_at,
        organization=organization,
        kind=NoticeKind.EMERGENCY_OPENED,
        carry=False,
        record=row.record if listed else None,
        facts={"organization": row.organization, "areas": areas},
    )
