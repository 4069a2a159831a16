"""Declarations of imminent risk (S7, rule 9): by the originator, or by DSS, and then the originator is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlmodel import Session

from gateway.notices import outbox
from gateway.sharing.identifiers import Identifiers
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store
from gateway.store.tables import ImminentRisk, NoticeKind


class Risk(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared: for which areas, why, until when, and the advice in words that name nobody.

    `advice` is its author's own clean text; `text_is_clean` confirms that the record's own advice is.
    """

    areas: Collection[str]
    reason: str
    until: datetime
    advice: str | None = None
    text_is_clean: bool = False


def declare(store: Store, identifiers: Identifiers, spoken: Spoken, risk: Risk, by: Actor) -> ImminentRisk:
    """Enters a declaration; the originator is told where it did not declare itself. Raises `StoreFault`."""
    row = ImminentRisk(
        id=identifiers.make("imminent risk", by.organization, spoken.reference, sorted(risk.areas), by.at.isoformat()),
        reference=spoken.reference,
        record=spoken.record,
        originator=spoken.originator,
        declared_by=by.organization,
        officer=by.officer,
        areas=sorted(risk.areas),
        reason=risk.reason,
        advice=risk.advice,
        text_is_clean=risk.text_is_clean,
        at=by.at,
        until=risk.until,
    )

    def change(session: Session) -> ImminentRisk:
        declared = session.merge(row)
        if by.organization != spoken.originator:
            outbox.insert(session, [_told(declared, carried=spoken.carried)])
        return declared

    return store.write(change)


def end(store: Store, declaration_id: str, by: Actor) -> ImminentRisk | None:
    """Ends a declaration early; None where `by` did not declare it. Raises `StoreFault`."""

    def change(session: Session) -> ImminentRisk | None:
        row = session.get(ImminentRisk, declaration_id)
        if row is None or row.declared_by != by.organization:
            return None
        row.ended_at = row.ended_at or by.at
        session.add(row)
        return row

    return store.write(change)


def _told(row: ImminentRisk, *, carried: bool) -> outbox.Notice:
    return outbox.Notice(
        at=row.at,
        organization=row.originator,
        kind=NoticeKind.IMMINENT_RISK_DECLARED,
        carry=carried,
        record=row.record,
        facts={
            "declaration": row.id,
            "organization": row.declared_by,
            "areas": row.areas,
            "reason": row.reason,
            "until": row.until.isoformat(),
        },
    )
