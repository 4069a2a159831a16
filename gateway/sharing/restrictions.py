"""An originator tightens or takes back what it shared (S6): the next request sees it, and those who saw it are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from gateway.sharing.load import read_restriction, write_restriction
from gateway.sharing.recall import Loss, enter_recall
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind, RecordRestrictions, Withdrawal
from policies.groups import FieldGroup
from policies.marking import Restriction


def set_restrictions(store: Store, spoken: Spoken, restrictions: Collection[Restriction], by: Actor) -> None:
    """Replaces all restrictions set here on a record; those of its marking stay. Raises `StoreFault`.

    Who was shown a group that is restricted now and was not before is sent a recall.
    """

    def change(session: Session) -> None:
        before = _lifted(_latest(session, spoken.reference), by.at)
        losses = [
            Loss(group=group, had=before.get(group), kept=kept)
            for group, kept in _lifted(restrictions, by.at).items()
            if group not in before or not before[group] <= kept
        ]
        session.add(
            RecordRestrictions(
                reference=spoken.reference,
                record=spoken.record,
                originator=spoken.originator,
                restrictions=[write_restriction(item) for item in restrictions],
                set_by=by.officer,
                at=by.at,
            )
        )
        if losses:
            enter_recall(session, spoken, NoticeKind.RECORD_RESTRICTED, by.at, losses)

    store.write(change)


def withdraw(store: Store, spoken: Spoken, reason: str, by: Actor) -> None:
    """Takes a record back from everyone but its originator, for good; again, it changes nothing. Raises `StoreFault`.

    Everyone who was shown it is sent a recall.
    """

    def change(session: Session) -> None:
        if session.get(Withdrawal, spoken.reference) is not None:
            return
        session.add(
            Withdrawal(
                reference=spoken.reference,
                record=spoken.record,
                originator=spoken.originator,
                reason=reason,
                withdrawn_by=by.officer,
                at=by.at,
            )
        )
        enter_recall(session, spoken, NoticeKind.RECORD_WITHDRAWN, by.at)

    store.write(change)


def _latest(session: Session, reference: bytes) -> Collection[Restriction]:
    row = session.exec(
        select(RecordRestrictions)
        .where(RecordRestrictions.reference == reference)
        .order_by(col(RecordRestrictions.id).desc())
        .limit(1)
    ).first()
    return () if row is None else [read_restriction(item) for item in row.restrictions]


def _lifted(restrictions: Collection[Restriction], at: datetime) -> Mapping[FieldGroup, frozenset[str]]:
    """For each group restricted at `at`, the organizations for which every restriction on it is lifted."""
    now = at.timestamp()
    lifted: dict[FieldGroup, frozenset[str]] = {}
    for item in restrictions:
        if item.in_force(now):
            for group in item.groups:
                lifted[group] = lifted.get(group, item.lifted_for) & item.lifted_for
    return lifted
