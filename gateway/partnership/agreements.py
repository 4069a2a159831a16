"""The memorandum of understanding: in force, suspended, withdrawn; only after both co-chairs approved (S2, S3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

import msgspec
from sqlmodel import Session

from gateway.partnership.admission import (
    add_step,
    checked_area,
    checked_period,
    known_organization,
    latest_step,
    record_step,
)
from gateway.partnership.refusal import Refused
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import Partnership
from policies.vocabulary import OrganizationCategory, PartnershipStatus

# From which recorded status each step can be taken; the others are steps of an application.
STEPS: Final[Mapping[PartnershipStatus, frozenset[PartnershipStatus]]] = {
    PartnershipStatus.IN_FORCE: frozenset(
        {PartnershipStatus.APPROVED, PartnershipStatus.IN_FORCE, PartnershipStatus.SUSPENDED}
    ),
    PartnershipStatus.SUSPENDED: frozenset({PartnershipStatus.APPROVED, PartnershipStatus.IN_FORCE}),
    PartnershipStatus.WITHDRAWN: frozenset(PartnershipStatus) - {PartnershipStatus.WITHDRAWN},
}


class Memorandum(msgspec.Struct, frozen=True, kw_only=True):
    """Its days in UTC, both included, and the areas it names (ISO 3166-1 alpha-3; None: global)."""

    since: date
    until: date
    areas: frozenset[str] | None


def put_in_force(store: Store, organization_id: str, memorandum: Memorandum, reason: str | None, by: Actor) -> None:
    """Records a memorandum: a first one, a renewal, or the end of a suspension. Raises `BadInput`, `StoreFault`."""
    checked_period(memorandum.since, memorandum.until)
    codes = _codes(memorandum.areas)

    def change(session: Session) -> None:
        _allowed(session, organization_id, PartnershipStatus.IN_FORCE, by)
        step = Partnership(
            organization_id=organization_id,
            status=PartnershipStatus.IN_FORCE,
            areas=codes,
            since=memorandum.since,
            until=memorandum.until,
            reason=reason,
            recorded_by=by.organization,
            recorded_at=by.at,
        )
        add_step(session, step)

    store.write(change)


def end_agreement(store: Store, organization_id: str, status: PartnershipStatus, reason: str, by: Actor) -> None:
    """Suspends or withdraws; areas and dates stay on record. Raises `BadInput`, `StoreFault`."""

    def change(session: Session) -> None:
        _allowed(session, organization_id, status, by)
        record_step(session, organization_id, status, reason, by=by.organization, at=by.at)

    store.write(change)


def _allowed(session: Session, organization_id: str, status: PartnershipStatus, by: Actor) -> None:
    organization = known_organization(session, organization_id)
    if organization.category is OrganizationCategory.UNSMS_ENTITY:
        raise Refused("organization", "`organization`: a UNSMS entity takes part by itself, without agreement (S1)")
    if organization_id == by.organization:
        raise Refused("organization", "`organization`: nobody sets the partnership of the own organization")
    last = latest_step(session, organization_id)
    now = PartnershipStatus.APPLICANT if last is None else last.status
    if status not in STEPS:
        raise Refused("status", f"`status`: {status.value} is a step of an application, which the co-chairs review")
    if now not in STEPS[status]:
        raise Refused("status", f"`status`: {status.value} does not follow {now.value}: both co-chairs admit a partner")


def _codes(areas: Collection[str] | None) -> list[str] | None:
    if areas is not None and not areas:
        raise Refused("areas", "`areas`: name at least one area, or set `global`")
    return None if areas is None else sorted({checked_area(area) for area in areas})
