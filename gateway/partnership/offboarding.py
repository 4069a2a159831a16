"""An organization leaves: its clients end at once, what waits is closed, and its records follow its choice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlmodel import Session, col, or_, select

from gateway.notices import outbox
from gateway.partnership.admission import known_organization, record_step
from gateway.partnership.clients import disable_where
from gateway.partnership.mandates import end_where
from gateway.partnership.persons import close_people, end_consents_to
from gateway.partnership.refusal import Refused
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor
from gateway.store.engine import Store
from gateway.store.tables import (
    ApplicationState,
    Client,
    ConsentRequest,
    ConsentState,
    LedgerDisclosure,
    LedgerEntry,
    NoticeKind,
    Offboarding,
    PartnershipApplication,
    PlatformMandate,
    RecordsChoice,
)
from policies.vocabulary import OrganizationCategory, PartnershipStatus

_LEFT: Final = "the organization left the partnership"


class Offboardings:
    """Organizations that leave. Blocking; each raises `StoreFault`, and `BadInput` for what can't be recorded."""

    def __init__(self, store: Store, identifiers: Identifiers) -> None:
        self._store = store
        self._identifiers = identifiers

    def offboard(
        self, organization_id: str, reason: str, records: RecordsChoice, partners: Collection[str], by: Actor
    ) -> Offboarding:
        """All in one transaction, so that it is seen as one. `partners`: who is in force, for `RecordsChoice.LEAVE`."""

        def change(session: Session) -> Offboarding:
            if known_organization(session, organization_id).category is OrganizationCategory.UNSMS_ENTITY:
                raise Refused("organization", "`organization`: a UNSMS entity does not leave by this way (S1)")
            if _open(session, organization_id) is not None:
                raise Refused("organization", "`organization`: it has left already")
            row = Offboarding(
                id=self._identifiers.make("offboarding", organization_id, by.at.isoformat()),
                organization_id=organization_id,
                reason=reason,
                records=records,
                audience=sorted({*partners} - {organization_id}),
                recorded_by=by.officer,
                at=by.at,
            )
            session.add(row)
            record_step(session, organization_id, PartnershipStatus.WITHDRAWN, reason, by=by.organization, at=by.at)
            disable_where(session, Client.organization_id == organization_id, by.at, by.officer)
            end_where(session, _concerns(organization_id), by.at)
            _close(session, organization_id, by)
            notices = [_destruction(row)]
            if records is RecordsChoice.WITHDRAW:
                notices += [_withdrawn(row, name) for name in _shown(session, organization_id)]
            outbox.insert(session, notices)
            return row

        return self._store.write(change)

    def record_destruction(
        self, offboarding_id: str, statement: str, by: Actor, *, anybodys: bool
    ) -> Offboarding | None:
        """Records that what it was shown is destroyed; once. None alike for what is not there and not the actor's."""

        def change(session: Session) -> Offboarding | None:
            row = session.get(Offboarding, offboarding_id)
            if row is None or not (anybodys or row.organization_id == by.organization):
                return None
            if row.destruction_statement is not None:
                raise Refused("offboarding", "`offboarding`: the statement is on record already")
            row.destruction_statement = statement
            row.destruction_recorded_by, row.destruction_recorded_at = by.officer, by.at
            session.add(row)
            return row

        return self._store.write(change)

    def listed(self, organization: str | None) -> Sequence[Offboarding]:
        """Who left, newest first: all, or the word of one organization."""
        query = select(Offboarding).order_by(col(Offboarding.at).desc(), col(Offboarding.id))
        if organization is not None:
            query = query.where(Offboarding.organization_id == organization)
        with self._store.session() as session:
            return session.exec(query).all()


def _open(session: Session, organization_id: str) -> Offboarding | None:
    query = select(Offboarding).where(
        Offboarding.organization_id == organization_id, col(Offboarding.ended_at).is_(None)
    )
    return session.exec(query).first()


def _concerns(organization_id: str) -> object:
    return or_(PlatformMandate.member_id == organization_id, PlatformMandate.platform_id == organization_id)


def _close(session: Session, organization_id: str, by: Actor) -> None:
    """Nothing waits for it any more, nothing is open to it, and nobody is named for it. Its own grants stay."""
    side = or_(ConsentRequest.organization == organization_id, ConsentRequest.originator == organization_id)
    for request in session.exec(select(ConsentRequest).where(side, ConsentRequest.state == ConsentState.REQUESTED)):
        request.state, request.decided_by, request.decided_at = ConsentState.REFUSED, by.officer, by.at
        if request.organization == organization_id:
            request.note = _LEFT
        else:
            # Without a word why: whose record it is may be withheld from who asked.
            outbox.insert(session, [_refused(request, by)])
        session.add(request)
    people = close_people(session, organization_id, by)
    end_consents_to(session, {organization_id, *people}, by)
    undecided = select(PartnershipApplication).where(
        PartnershipApplication.organization_id == organization_id, col(PartnershipApplication.decided_at).is_(None)
    )
    for application in session.exec(undecided):
        application.state, application.decided_at = ApplicationState.REFUSED, by.at
        session.add(application)


def _shown(session: Session, originator: str) -> Sequence[str]:
    """Everyone but the originator who was shown one of its records, as far as the ledger still knows."""
    query = (
        select(LedgerEntry.organization, LedgerEntry.on_behalf_of)
        .join(LedgerDisclosure, col(LedgerDisclosure.entry_id) == col(LedgerEntry.id))
        .where(LedgerDisclosure.originator == originator)
        .distinct()
    )
    names = {name for row in session.exec(query) for name in row if name is not None}
    return sorted(names - {originator})


def _destruction(row: Offboarding) -> outbox.Notice:
    facts = {"offboarding": row.id, "records": row.records.value}
    return outbox.Notice(
        at=row.at, organization=row.organization_id, kind=NoticeKind.DESTRUCTION_REQUESTED, carry=True, facts=facts
    )


def _withdrawn(row: Offboarding, organization: str) -> outbox.Notice:
    """It does not say who left: whose records they were may have been withheld from who was shown them."""
    return outbox.Notice(
        at=row.at,
        organization=organization,
        kind=NoticeKind.RECORDS_WITHDRAWN,
        carry=False,
        about=row.organization_id,
        dedupe_key=f"offboarding {row.id}",
    )


def _refused(request: ConsentRequest, by: Actor) -> outbox.Notice:
    return outbox.Notice(
        at=by.at,
        organization=request.organization,
        kind=NoticeKind.CONSENT_REFUSED,
        carry=False,
        record=request.record,
        facts={"request": request.id, "groups": request.groups},
    )
