"""What changes who may see what: organizations, partnerships, approved areas, levels. Each raises the epoch.

All block; call them from the thread pool. Each raises `BadInput` for what can't be recorded, `StoreFault` for what the
store did not take.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, or_, select

from gateway.errors import BadInput
from gateway.store.engine import Store
from gateway.store.tables import WORLDWIDE, ApprovedArea, Area, Offboarding, Organization, Partnership, RiskLevel
from gateway.store.tables.base import now
from policies.vocabulary import ImplementationLevel, OrganizationCategory, PartnershipStatus

_ORGANIZATION_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_AREA: Final = re.compile(r"[A-Z]{3}")


def add_organization(store: Store, organization_id: str, name: str, category: OrganizationCategory) -> None:
    """Adds an organization; a UN entity takes part from then on, any other has yet to apply (S1, S2)."""
    if len(organization_id) > 40 or not _ORGANIZATION_ID.fullmatch(organization_id):
        raise BadInput(
            f"`{organization_id}` can't be an organization's id: use a-z, 0-9 and single hyphens, at most 40"
        )

    def change(session: Session) -> None:
        if session.get(Organization, organization_id) is not None:
            raise BadInput(f"`{organization_id}` is taken by another organization: choose another id")
        session.add(Organization(id=organization_id, name=name, category=category))

    store.write(change)


def set_partnership(
    store: Store,
    organization_id: str,
    status: PartnershipStatus,
    *,
    areas: Collection[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    reason: str | None = None,
) -> None:
    """Records a step of a partnership; it takes the place of the one before, which stays on record.

    `areas` None: global. `since` and `until` (included) are the dates of the memorandum, so a renewal is recorded with
    the `since` of the first one.
    """
    checked_period(since, until)
    codes = None if areas is None else sorted({checked_area(area) for area in areas})

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        step = Partnership(
            organization_id=organization_id, status=status, areas=codes, since=since, until=until, reason=reason
        )
        add_step(session, step)

    store.write(change)


def add_step(session: Session, step: Partnership) -> None:
    """Records a step in the transaction of `session`; whoever is in force again has not left any more."""
    session.add(step)
    if step.status is PartnershipStatus.IN_FORCE:
        left = select(Offboarding).where(
            Offboarding.organization_id == step.organization_id, col(Offboarding.ended_at).is_(None)
        )
        for leaving in session.exec(left):
            leaving.ended_at = step.recorded_at
            session.add(leaving)


def suspend_partnership(store: Store, organization_id: str, reason: str) -> None:
    """Suspends a partnership, whatever it covered; its areas and dates are kept for when it is taken up again."""
    end_partnership(store, organization_id, PartnershipStatus.SUSPENDED, reason)


def end_partnership(store: Store, organization_id: str, status: PartnershipStatus, reason: str) -> None:
    """Records a suspension or withdrawal, whatever the partnership covered; its areas and dates are kept."""

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        record_step(session, organization_id, status, reason)

    store.write(change)


def record_step(
    session: Session,
    organization_id: str,
    status: PartnershipStatus,
    reason: str | None,
    *,
    by: str | None = None,
    at: datetime | None = None,
) -> None:
    """Records a step with the areas and dates of the one before, in the transaction of `session`."""
    last = latest_step(session, organization_id)
    session.add(
        Partnership(
            organization_id=organization_id,
            status=status,
            areas=None if last is None else last.areas,
            since=None if last is None else last.since,
            until=None if last is None else last.until,
            reason=reason,
            recorded_by=by,
            recorded_at=at or now(),
        )
    )


def latest_step(session: Session, organization_id: str) -> Partnership | None:
    """The step that counts; None where none was recorded."""
    return session.exec(
        select(Partnership)
        .where(Partnership.organization_id == organization_id)
        .order_by(col(Partnership.id).desc())
        .limit(1)
    ).one_or_none()


def approve_area(
    store: Store,
    organization_id: str,
    area: str,
    *,
    approved_by: str,
    since: date | None = None,
    until: date | None = None,
    at: datetime | None = None,
) -> None:
    """Records that `approved_by`, a UN entity, approved an area of operation; `WORLDWIDE` for a need everywhere."""
    checked_period(since, until)
    code = area if area == WORLDWIDE else checked_area(area)

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        _un_entity(session, approved_by)
        session.add(
            ApprovedArea(
                organization_id=organization_id,
                area=code,
                since=since,
                until=until,
                approved_by=approved_by,
                recorded_at=at or now(),
            )
        )

    store.write(change)


def end_area_approval(store: Store, organization_id: str, area: str, *, on: date) -> None:
    """Ends every approval of `area` with `on` as its first day without; raises `BadInput` where there is none."""
    last_day = on - timedelta(days=1)

    def change(session: Session) -> None:
        known_organization(session, organization_id)
        rows = session.exec(
            select(ApprovedArea)
            .where(ApprovedArea.organization_id == organization_id, ApprovedArea.area == area)
            .where(or_(col(ApprovedArea.until).is_(None), col(ApprovedArea.until) > last_day))
        ).all()
        if not rows:
            raise BadInput(f"`{organization_id}` has no approval for `{area}` that lasts until {on}: nothing to end")
        for row in rows:
            row.until = last_day

    store.write(change)


def set_area_level(
    store: Store,
    area: str,
    level: ImplementationLevel,
    *,
    set_by: str,
    risk: RiskLevel | None = None,
    at: datetime | None = None,
) -> None:
    """Records the implementation level of an area from now on, and who set it (S3, S8)."""
    code = checked_area(area)

    def change(session: Session) -> None:
        _un_entity(session, set_by)
        session.add(Area(code=code, implementation_level=level, risk_level=risk, set_by=set_by, since=at or now()))

    store.write(change)


def known_organization(session: Session, organization_id: str) -> Organization:
    """The organization; raises `BadInput` for an unknown one."""
    found = session.get(Organization, organization_id)
    if found is None:
        raise BadInput(f"`{organization_id}` is no known organization: add it first")
    return found


def check_un_entity(store: Store, organization_id: str) -> None:
    """Raises `BadInput` for whoever is none: what is decided for others is never self-declared by a partner."""
    with store.session() as session:
        _un_entity(session, organization_id)


def _un_entity(session: Session, organization_id: str) -> None:
    if known_organization(session, organization_id).category is not OrganizationCategory.UNSMS_ENTITY:
        raise BadInput(f"`{organization_id}` is no UNSMS entity: the secretariat or DSS decides this")


def checked_area(area: str) -> str:
    """`area`, an ISO 3166-1 alpha-3 code; raises `BadInput` for anything else."""
    if not _AREA.fullmatch(area):
        raise BadInput(f"`{area}` is no area: use the country's ISO 3166-1 alpha-3 code")
    return area


def checked_period(since: date | None, until: date | None) -> None:
    """Raises `BadInput` for a period that ends before it begins."""
    if since is not None and until is not None and until < since:
        raise BadInput(f"`until` {until} lies before `since` {since}: exchange or correct them")
