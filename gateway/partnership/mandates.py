"""A member's word that a platform may ask on its behalf, by area and time (rule 5). Blocks; raises `StoreFault`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from gateway.partnership.admission import checked_area, checked_period, known_organization
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import PlatformMandate


def authorize_platform(
    store: Store, platform: str, areas: Collection[str] | None, until: date | None, by: Actor
) -> PlatformMandate:
    """Authorises a platform for the actor's organization from today to `until`, included; it takes the place of others.

    `areas` are ISO 3166-1 alpha-3 (None: everywhere). Raises `BadInput` for what can't be recorded.
    """
    since = by.at.date()
    checked_period(since, until)
    codes = None if areas is None else sorted({checked_area(area) for area in areas})

    def change(session: Session) -> PlatformMandate:
        known_organization(session, platform)
        end_where(session, _between(by.organization, platform), by.at)
        row = PlatformMandate(
            member_id=by.organization, platform_id=platform, areas=codes, since=since, until=until, recorded_at=by.at
        )
        session.add(row)
        session.flush()
        return row

    return store.write(change)


def end_platform_authorization(store: Store, platform: str, by: Actor) -> Sequence[PlatformMandate]:
    """Ends, at once, what the actor's organization authorised a platform for; none where there was nothing."""
    return store.write(lambda session: end_where(session, _between(by.organization, platform), by.at))


def mandates(store: Store, member: str) -> Sequence[PlatformMandate]:
    """Every authorisation that `member` gave, newest first, those that are over included."""
    query = select(PlatformMandate).where(PlatformMandate.member_id == member)
    with store.session() as session:
        return session.exec(query.order_by(col(PlatformMandate.id).desc())).all()


def end_where(session: Session, which: Any, at: datetime) -> Sequence[PlatformMandate]:
    """Ends, in the transaction of `session`, the mandates that a condition names and that are not over."""
    running = or_(col(PlatformMandate.until).is_(None), col(PlatformMandate.until) >= at.date())
    rows = session.exec(select(PlatformMandate).where(which, col(PlatformMandate.ended_at).is_(None), running)).all()
    for row in rows:
        row.ended_at = at
        session.add(row)
    return rows


def _between(member: str, platform: str) -> Any:
    return (col(PlatformMandate.member_id) == member) & (col(PlatformMandate.platform_id) == platform)
