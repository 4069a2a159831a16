"""Consent (S5, rule 10): asked for blind from a redaction, granted, refused, withdrawn. Every step is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum

import msgspec
from sqlalchemy import or_
from sqlmodel import Session, col, select

from gateway.notices import outbox
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store
from gateway.store.tables import ConsentGrant, ConsentRequest, ConsentState, NoticeKind
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind


class ConsentRole(Enum):
    """On which side of a request an organization stands."""

    REQUESTER = "REQUESTER"
    ORIGINATOR = "ORIGINATOR"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for or granted: groups, exactly or in their coarser form, until when (with offset; None: open)."""

    groups: frozenset[FieldGroup]
    exact: bool
    until: datetime | None = None

    @property
    def names(self) -> list[str]:
        """The groups by name."""
        return sorted(group.name for group in self.groups)


class RecordClass(msgspec.Struct, frozen=True, kw_only=True):
    """Records of an originator by release areas (ISO 3166-1 alpha-3) and kinds; None: all."""

    areas: frozenset[str] | None = None
    kinds: frozenset[InformationKind] | None = None


class Consents:
    """Requests and grants in the store. Blocking; each raises `StoreFault`."""

    def __init__(self, store: Store, identifiers: Identifiers) -> None:
        self._store = store
        self._identifiers = identifiers

    def request(self, spoken: Spoken, terms: Terms, justification: str, by: Actor) -> ConsentRequest:
        """Asks the originator; the same request that is still open is given back instead of asked twice."""

        def change(session: Session) -> ConsentRequest:
            for known in session.exec(
                select(ConsentRequest).where(
                    ConsentRequest.organization == by.organization,
                    ConsentRequest.reference == spoken.reference,
                    ConsentRequest.state == ConsentState.REQUESTED,
                )
            ):
                if (known.groups, known.exact) == (terms.names, terms.exact):
                    return known
            row = ConsentRequest(
                id=self._identifiers.make(
                    "request", by.organization, spoken.reference, terms.names, terms.exact, by.at.isoformat()
                ),
                reference=spoken.reference,
                record=spoken.record,
                kind=spoken.kind,
                originator=spoken.originator,
                organization=by.organization,
                requested_by=by.officer,
                groups=terms.names,
                exact=terms.exact,
                justification=justification,
                at=by.at,
            )
            session.add(row)
            outbox.insert(session, [_asked(row, carried=spoken.carried)])
            return row

        return self._store.write(change)

    def grant(self, originator: str, request_id: str, terms: Terms | None, note: str | None, by: Actor) -> Decided:
        """Grants a request as it was asked, or on the originator's own `terms`. None where it is not `originator`'s."""

        def change(session: Session) -> Decided:
            row = _own_request(session, originator, request_id)
            if row is None:
                return None
            given = terms or Terms(groups=frozenset(FieldGroup[name] for name in row.groups), exact=row.exact)
            _end(session, by.at, ConsentGrant.request_id == row.id)
            grant = ConsentGrant(
                id=self._identifiers.make("grant", row.id, by.at.isoformat()),
                request_id=row.id,
                originator=originator,
                granted_to=row.organization,
                groups=given.names,
                exact=given.exact,
                reference=row.reference,
                record=row.record,
                granted_by=by.officer,
                at=by.at,
                until=given.until,
            )
            session.add(grant)
            return _decided(session, row, ConsentState.GRANTED, note, by), grant

        return self._store.write(change)

    def grant_record(self, spoken: Spoken, to: str, terms: Terms, by: Actor) -> ConsentGrant:
        """Opens one record for an organization or person that did not ask."""
        grant = self._unasked(spoken.originator, to, terms, by, spoken.record)
        grant.reference, grant.record = spoken.reference, spoken.record
        return self._add(grant)

    def grant_class(self, originator: str, to: str, records: RecordClass, terms: Terms, by: Actor) -> ConsentGrant:
        """Opens a class of an originator's records, those of today and those to come."""
        areas = None if records.areas is None else sorted(records.areas)
        kinds = None if records.kinds is None else sorted(kind.name for kind in records.kinds)
        grant = self._unasked(originator, to, terms, by, [areas, kinds])
        grant.areas, grant.kinds = areas, kinds
        return self._add(grant)

    def refuse(self, originator: str, request_id: str, note: str | None, by: Actor) -> Decided:
        """Refuses a request, ending what may have been granted on it; None where it is not `originator`'s."""
        return self._close(originator, request_id, ConsentState.REFUSED, note, by)

    def withdraw(self, originator: str, request_id: str, note: str | None, by: Actor) -> Decided:
        """Withdraws what was granted on a request, at once; None where it is not `originator`'s."""
        return self._close(originator, request_id, ConsentState.WITHDRAWN, note, by)

    def withdraw_grant(self, originator: str, grant_id: str, by: Actor) -> ConsentGrant | None:
        """Withdraws a grant, at once; None where it is not `originator`'s. Its request counts as withdrawn too."""

        def change(session: Session) -> ConsentGrant | None:
            grant = session.get(ConsentGrant, grant_id)
            if grant is None or grant.originator != originator:
                return None
            if grant.request_id is not None:
                row = session.get_one(ConsentRequest, grant.request_id)
                _decided(session, row, ConsentState.WITHDRAWN, None, by)
            _end(session, by.at, ConsentGrant.id == grant_id)
            return grant

        return self._store.write(change)

    def requests(
        self, organization: str, role: ConsentRole, *, before: tuple[datetime, str] | None, limit: int
    ) -> Sequence[ConsentRequest]:
        """The newest requests that `organization` made, or that were made to it, before a time and id."""
        side = ConsentRequest.organization if role is ConsentRole.REQUESTER else ConsentRequest.originator
        query = select(ConsentRequest).where(side == organization)
        at, key = col(ConsentRequest.at), col(ConsentRequest.id)
        if before is not None:
            query = query.where(or_(at < before[0], (at == before[0]) & (key < before[1])))
        with self._store.session() as session:
            return session.exec(query.order_by(at.desc(), key.desc()).limit(limit)).all()

    def grants_of(self, request_ids: Collection[str]) -> Sequence[ConsentGrant]:
        """The grants in force on requests."""
        with self._store.session() as session:
            return session.exec(
                select(ConsentGrant).where(
                    col(ConsentGrant.request_id).in_(request_ids), col(ConsentGrant.withdrawn_at).is_(None)
                )
            ).all()

    def _close(self, originator: str, request_id: str, state: ConsentState, note: str | None, by: Actor) -> Decided:
        def change(session: Session) -> Decided:
            row = _own_request(session, originator, request_id)
            if row is None:
                return None
            _end(session, by.at, ConsentGrant.request_id == row.id)
            return _decided(session, row, state, note, by), None

        return self._store.write(change)

    def _unasked(self, originator: str, to: str, terms: Terms, by: Actor, what: object) -> ConsentGrant:
        return ConsentGrant(
            id=self._identifiers.make("grant", originator, to, what, terms.names, terms.exact, by.at.isoformat()),
            originator=originator,
            granted_to=to,
            groups=terms.names,
            exact=terms.exact,
            granted_by=by.officer,
            at=by.at,
            until=terms.until,
        )

    def _add(self, grant: ConsentGrant) -> ConsentGrant:
        def change(session: Session) -> ConsentGrant:
            return session.merge(grant)

        return self._store.write(change)


# The request as it stands, and the grant that was made of it; None for a request that is not the originator's.
Decided = tuple[ConsentRequest, ConsentGrant | None] | None


def _own_request(session: Session, originator: str, request_id: str) -> ConsentRequest | None:
    row = session.get(ConsentRequest, request_id)
    return row if row is not None and row.originator == originator else None


def _end(session: Session, at: datetime, which: object) -> None:
    for grant in session.exec(select(ConsentGrant).where(which, col(ConsentGrant.withdrawn_at).is_(None))):  # type: ignore[arg-type]  # a comparison of SQLModel's columns is typed as bool
        grant.withdrawn_at = at
        session.add(grant)


def _asked(row: ConsentRequest, *, carried: bool) -> outbox.Notice:
    return outbox.Notice(
        at=row.at,
        organization=row.originator,
        kind=NoticeKind.CONSENT_REQUESTED,
        carry=carried,
        record=row.record,
        facts={
            "request": row.id,
            "organization": row.organization,
            "groups": row.groups,
            "form": "exact" if row.exact else "generalized",
            "justification": row.justification,
        },
    )


_TOLD = {
    ConsentState.GRANTED: NoticeKind.CONSENT_GRANTED,
    ConsentState.REFUSED: NoticeKind.CONSENT_REFUSED,
    ConsentState.WITHDRAWN: NoticeKind.CONSENT_WITHDRAWN,
}


def _decided(session: Session, row: ConsentRequest, state: ConsentState, note: str | None, by: Actor) -> ConsentRequest:
    row.state, row.note, row.decided_by, row.decided_at = state, note, by.officer, by.at
    session.add(row)
    facts = {"request": row.id, "groups": row.groups, **({} if note is None else {"note": note})}
    notice = outbox.Notice(
        at=by.at,
        organization=row.organization,
        kind=_TOLD[state],
        carry=False,
        record=row.record,
        facts=facts,
    )
    outbox.insert(session, [notice])
    return row
