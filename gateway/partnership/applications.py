"""Applications for partnership and their review by both co-chairs: four eyes, two organizations (S2, S3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from sqlmodel import Session, col, select

from gateway.notices import outbox
from gateway.partnership.admission import checked_area, known_organization, latest_step, record_step
from gateway.partnership.refusal import Refused
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import (
    ApplicationReview,
    ApplicationState,
    CommitteeSide,
    NoticeKind,
    PartnershipApplication,
    ReviewDecision,
)
from policies.vocabulary import OrganizationCategory, PartnershipStatus

_OPEN: Final = frozenset({ApplicationState.SUBMITTED, ApplicationState.UNDER_REVIEW})
_MAY_APPLY: Final = frozenset(
    {PartnershipStatus.APPLICANT, PartnershipStatus.UNDER_REVIEW, PartnershipStatus.WITHDRAWN}
)


class Commitments(msgspec.Struct, frozen=True, kw_only=True):
    """What S2 asks of an applicant: three arrangements of its own in its words, and two rules of S5 accepted."""

    security_risk_management: str
    contingency_planning: str
    emergency_arrangements: str
    purpose: bool
    confidentiality: bool


class Application(msgspec.Struct, frozen=True):
    """An application and what the co-chairs said to it, DSS first."""

    row: PartnershipApplication
    reviews: Sequence[ApplicationReview]


class Applications:
    """Applications in the store. Blocking; each raises `StoreFault`, and `BadInput` for what can't be recorded."""

    def __init__(self, store: Store, identifiers: Identifiers) -> None:
        self._store = store
        self._identifiers = identifiers

    def submit(
        self, commitments: Commitments, areas: Collection[str] | None, by: Actor, committee: Collection[str]
    ) -> Application:
        """Enters the application of the actor's organization for `areas` (None: everywhere), and tells `committee`."""
        for field in ("purpose", "confidentiality"):
            if not getattr(commitments, field):
                raise Refused(field, f"`{field}`: partnership depends on this commitment (S2, S5): accept it, or wait")
        codes = None if areas is None else sorted({checked_area(area) for area in areas})

        def change(session: Session) -> Application:
            _may_apply(session, by.organization)
            row = PartnershipApplication(
                id=self._identifiers.make("application", by.organization, by.at.isoformat()),
                organization_id=by.organization,
                areas=codes,
                security_risk_management=commitments.security_risk_management,
                contingency_planning=commitments.contingency_planning,
                emergency_arrangements=commitments.emergency_arrangements,
                accepts_purpose=commitments.purpose,
                accepts_confidentiality=commitments.confidentiality,
                submitted_by=by.officer,
                at=by.at,
            )
            session.add(row)
            record_step(session, by.organization, PartnershipStatus.APPLICANT, "applied", by=by.organization, at=by.at)
            facts = {"application": row.id, "organization": by.organization}
            outbox.insert(session, [_told(by, name, NoticeKind.APPLICATION_SUBMITTED, facts) for name in committee])
            return Application(row, ())

        return self._store.write(change)

    def review(
        self, application_id: str, side: CommitteeSide, decision: ReviewDecision, reason: str | None, by: Actor
    ) -> Application | None:
        """One side's word. Both approvals approve; one refusal, which needs a reason, refuses. None: no application."""
        if decision is ReviewDecision.REFUSE and reason is None:
            raise Refused("reason", "`reason`: a refusal says why")

        def change(session: Session) -> Application | None:
            row = session.get(PartnershipApplication, application_id)
            if row is None:
                return None
            others = _reviews(session, row.id)
            _may_review(row, others, side, by)
            review = ApplicationReview(
                application_id=row.id,
                side=side,
                organization_id=by.organization,
                officer=by.officer,
                decision=decision,
                reason=reason,
                at=by.at,
            )
            session.add(review)
            if decision is ReviewDecision.REFUSE:
                _decided(session, row, ApplicationState.REFUSED, PartnershipStatus.APPLICANT, reason, by)
            elif others:
                _decided(session, row, ApplicationState.APPROVED, PartnershipStatus.APPROVED, "both co-chairs", by)
            else:
                row.state = ApplicationState.UNDER_REVIEW
                record_step(
                    session, row.organization_id, PartnershipStatus.UNDER_REVIEW, None, by=by.organization, at=by.at
                )
            session.add(row)
            return Application(row, sorted([*others, review], key=lambda item: item.side.value))

        return self._store.write(change)

    def listed(self, organization: str | None, states: Collection[ApplicationState] | None) -> Sequence[Application]:
        """Applications newest first: those of `organization`, None for all; in one of `states`, None for any."""
        query = select(PartnershipApplication).order_by(
            col(PartnershipApplication.at).desc(), col(PartnershipApplication.id)
        )
        if organization is not None:
            query = query.where(PartnershipApplication.organization_id == organization)
        if states is not None:
            query = query.where(col(PartnershipApplication.state).in_(states))
        with self._store.session() as session:
            return [Application(row, _reviews(session, row.id)) for row in session.exec(query).all()]


def _may_apply(session: Session, organization_id: str) -> None:
    if known_organization(session, organization_id).category is OrganizationCategory.UNSMS_ENTITY:
        raise Refused("input", "a UNSMS entity takes part by itself and does not apply (S1)")
    last = latest_step(session, organization_id)
    if last is not None and last.status not in _MAY_APPLY:
        raise Refused("input", f"the partnership is {last.status.value}: there is nothing to apply for")
    open_ = select(PartnershipApplication.id).where(
        PartnershipApplication.organization_id == organization_id, col(PartnershipApplication.state).in_(_OPEN)
    )
    if session.exec(open_).first() is not None:
        raise Refused("input", "an application of your organization is under way: wait for the co-chairs' decision")


def _may_review(
    row: PartnershipApplication, others: Sequence[ApplicationReview], side: CommitteeSide, by: Actor
) -> None:
    if row.state not in _OPEN:
        raise Refused("application", f"`application`: it is {row.state.value} already")
    if row.organization_id == by.organization:
        raise Refused("application", "`application`: nobody reviews the application of the own organization")
    for other in others:
        if other.side is side:
            raise Refused("application", "`application`: your side has reviewed it; the other co-chair is awaited")
        if other.organization_id == by.organization or other.officer == by.officer:
            raise Refused("application", "`application`: whoever reviewed it for one side can't do so for the other")


def _decided(
    session: Session,
    row: PartnershipApplication,
    state: ApplicationState,
    status: PartnershipStatus,
    reason: str | None,
    by: Actor,
) -> None:
    row.state, row.decided_at = state, by.at
    record_step(session, row.organization_id, status, reason, by=by.organization, at=by.at)
    facts = {"application": row.id, "decision": state.value, **({"reason": reason} if reason else {})}
    outbox.insert(session, [_told(by, row.organization_id, NoticeKind.APPLICATION_DECIDED, facts)])


def _reviews(session: Session, application_id: str) -> Sequence[ApplicationReview]:
    rows = session.exec(select(ApplicationReview).where(ApplicationReview.application_id == application_id)).all()
    return sorted(rows, key=lambda item: item.side.value)


def _told(by: Actor, organization: str, kind: NoticeKind, facts: dict[str, str]) -> outbox.Notice:
    return outbox.Notice(at=by.at, organization=organization, kind=kind, carry=False, facts=facts)
