"""Reads what is said of shared records from the store."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from gateway.sharing.leaving import load_leavings
from gateway.sharing.snapshot import ClassGrant, Sharing
from gateway.store.tables import ConsentGrant, EmergencyOpening, ImminentRisk, RecordRestrictions, Withdrawal
from policies.groups import FieldGroup
from policies.marking import Restriction
from policies.openings import Declaration, Emergency, Grant, Opening
from policies.vocabulary import InformationKind, RestrictionReason


def load_sharing(session: Session) -> Sharing:
    """What is said of records in the state that `session` sees; raises `KeyError` or `ValueError` for unknown words."""
    rows = session.exec(select(RecordRestrictions).order_by(col(RecordRestrictions.id)))
    # The latest row of a record comes last and stays.
    restrictions = {row.reference: frozenset(map(read_restriction, row.restrictions)) for row in rows}
    dated: defaultdict[bytes, list[tuple[datetime, str, Opening]]] = defaultdict(list)
    classes: defaultdict[str, list[ClassGrant]] = defaultdict(list)
    for grant in session.exec(
        select(ConsentGrant).where(col(ConsentGrant.withdrawn_at).is_(None)).order_by(col(ConsentGrant.at))
    ):
        opening = Grant(
            id=grant.id,
            to=grant.granted_to,
            groups=frozenset(FieldGroup[name] for name in grant.groups),
            exact=grant.exact,
            until=_seconds(grant.until),
        )
        if grant.reference is not None:
            dated[grant.reference].append((grant.at, grant.id, opening))
        else:
            areas = None if grant.areas is None else frozenset(grant.areas)
            kinds = None if grant.kinds is None else frozenset(InformationKind[name] for name in grant.kinds)
            classes[grant.originator].append(ClassGrant(grant=opening, areas=areas, kinds=kinds))
    for risk in session.exec(select(ImminentRisk).where(col(ImminentRisk.ended_at).is_(None))):
        declared = Declaration(
            id=risk.id,
            areas=frozenset(risk.areas),
            until=risk.until.timestamp(),
            advice=risk.advice,
            text_is_clean=risk.text_is_clean,
        )
        dated[risk.reference].append((risk.at, risk.id, declared))
    for emergency in session.exec(select(EmergencyOpening).where(col(EmergencyOpening.until).is_not(None))):
        assert emergency.until is not None
        opened = Emergency(id=emergency.id, to=emergency.organization, until=emergency.until.timestamp())
        dated[emergency.reference].append((emergency.at, emergency.id, opened))
    return Sharing(
        restrictions=restrictions,
        withdrawn=frozenset(session.exec(select(Withdrawal.reference))),
        openings={
            reference: tuple(opening for *_, opening in sorted(items, key=lambda item: item[:2]))
            for reference, items in dated.items()
        },
        class_grants=dict(classes),
        leavings=load_leavings(session),
    )


def write_restriction(restriction: Restriction) -> dict[str, Any]:
    """A restriction as its column holds it."""
    return {
        "groups": sorted(group.name for group in restriction.groups),
        "reason": restriction.reason.value,
        "lifted_for": sorted(restriction.lifted_for),
        "since": restriction.since,
        "until": restriction.until,
    }


def read_restriction(row: dict[str, Any]) -> Restriction:
    """The restriction that `write_restriction` wrote."""
    return Restriction(
        groups=frozenset(FieldGroup[name] for name in row["groups"]),
        reason=RestrictionReason(row["reason"]),
        lifted_for=frozenset(row["lifted_for"]),
        since=row["since"],
        until=row["until"],
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
