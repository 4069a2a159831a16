"""Takes in what organizations share: once for one idempotency key, a new version for a known external id.

Everything that follows from it, recalls above all, is written in the same transaction: durable when it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

import msgspec
from sqlmodel import Session, col, delete, select

from connectors.records import RECORD_TYPES, Record, RecordRef
from gateway.ledger.reference import reference
from gateway.settings.sections import OWN_SOURCE
from gateway.sharing.recall import Loss, enter_recall
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind, Recall, RecordShared, RecordSubmission, Withdrawal
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind, RecordStatus, TrafficLight, Verification

# Whoever is known can write tests, so only an organization's newest are kept.
MOST_TESTS: Final = 500


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """A record to be taken in, under the key its sender gave this sending; `digest`: of all that was sent."""

    record: Record
    external_id: str
    idempotency_key: str
    digest: bytes


class Entered(msgspec.Struct, frozen=True):
    """The receipt: the same for the same key, whatever came after."""

    ref: RecordRef
    version: int
    shared_at: datetime


class Declined(Enum):
    """Why a record was not taken in."""

    KEY_REUSED = "KEY_REUSED"
    WITHDRAWN = "WITHDRAWN"


class Lost(msgspec.Struct, frozen=True):
    """Which organizations lose the whole record, and which of the others which groups of it."""

    record: frozenset[str] = frozenset()
    groups: Mapping[FieldGroup, frozenset[str]] = {}


# What others lose when one version of a record takes the place of another.
Losses: TypeAlias = Callable[[Record, Record], Lost]


class Shelf:
    """The records in the store. `public` gives a record's public id. Blocking; each raises `StoreFault`."""

    def __init__(self, store: Store, public: Callable[[RecordRef], str]) -> None:
        self._store = store
        self._public = public

    def enter(self, submissions: Sequence[Submission], by: Actor, losses: Losses) -> Sequence[Entered | Declined]:
        """Takes in each in turn, all or none; what is declined leaves the others as they are."""
        with self._store.transaction() as session:
            return [self._enter(session, item, by, losses) for item in submissions]

    def standing(self, refs: Sequence[RecordRef]) -> Sequence[Record]:
        """Those of the records that are there, as they stand."""
        keys = {ref.native for ref in refs}
        with self._store.session() as session:
            rows = session.exec(select(RecordShared).where(col(RecordShared.native).in_(keys))).all()
        return [read(row.kind, row.body) for row in rows]

    def _enter(self, session: Session, sent: Submission, by: Actor, losses: Losses) -> Entered | Declined:
        record = sent.record
        ref, operation = record.ref, _operation(record)
        earlier = session.get(RecordSubmission, (by.organization, operation, sent.idempotency_key))
        if earlier is not None:
            same = earlier.digest == sent.digest
            return _receipt(ref.kind, earlier) if same else Declined.KEY_REUSED
        if session.get(Withdrawal, _reference(ref)) is not None:
            return Declined.WITHDRAWN
        row = session.get(RecordShared, ref.native)
        row = self._new(sent, by) if row is None else self._next(session, row, record, by, losses)
        session.add(row)
        session.flush()
        entry = RecordSubmission(
            organization_id=by.organization,
            operation=operation,
            idempotency_key=sent.idempotency_key,
            digest=sent.digest,
            native=row.native,
            version=row.version,
            shared_at=row.shared_at,
            body=row.body,
            submitted_by=by.officer,
            at=by.at,
        )
        session.add(entry)
        session.flush()
        if record.status is RecordStatus.TEST:
            _forget_old_tests(session, by.organization)
        return _receipt(ref.kind, entry)

    def _new(self, sent: Submission, by: Actor) -> RecordShared:
        record = sent.record
        return RecordShared(
            native=record.ref.native,
            organization_id=by.organization,
            kind=record.ref.kind,
            status=record.status,
            external_id=sent.external_id,
            version=1,
            shared_at=by.at,
            body=written(msgspec.structs.replace(record, version="1", shared_at=by.at)),
        )

    def _next(self, session: Session, row: RecordShared, record: Record, by: Actor, losses: Losses) -> RecordShared:
        """The row with its next version; as it is where nothing has changed."""
        old = read(row.kind, row.body)
        # What was a draft is shared from now on.
        finished = old.status is RecordStatus.DRAFT and record.status is not RecordStatus.DRAFT
        shared_at = by.at if finished else row.shared_at
        new = msgspec.structs.replace(record, version=str(row.version + 1), shared_at=shared_at)
        if msgspec.structs.replace(new, version=old.version, shared_at=old.shared_at) == old:
            return row
        self._recall(session, old, new, by.at, losses)
        row.version, row.status, row.shared_at, row.body = row.version + 1, new.status, shared_at, written(new)
        return row

    def _recall(self, session: Session, old: Record, new: Record, at: datetime, losses: Losses) -> None:
        spoken = Spoken(
            reference=_reference(new.ref),
            record=self._public(new.ref),
            kind=new.ref.kind,
            originator=new.marking.originator,
            carried=TrafficLight.RED not in (old.marking.tlp, new.marking.tlp),
        )
        lost = losses(old, new)
        for kind, groups in (
            # Whatever of it they were shown.
            (NoticeKind.RECORD_WITHDRAWN, dict.fromkeys(FieldGroup, lost.record)),
            (NoticeKind.RECORD_RESTRICTED, lost.groups),
        ):
            told = [Loss(group=group, had=who, kept=frozenset()) for group, who in groups.items() if who]
            if told:
                enter_recall(session, spoken, kind, at, told)
        if new.verification is Verification.REFUTED and old.verification is not Verification.REFUTED:
            known = select(Recall.id).where(
                Recall.reference == spoken.reference, Recall.kind == NoticeKind.RECORD_REFUTED
            )
            if session.exec(known).first() is None:
                enter_recall(session, spoken, NoticeKind.RECORD_REFUTED, at)


def written(record: Record) -> bytes:
    """A record as its column holds it."""
    return msgspec.json.encode(record, order="deterministic")


def read(kind: InformationKind, body: bytes) -> Record:
    """The record that `written` wrote; raises `msgspec.DecodeError` for one that this version can't read."""
    return msgspec.json.decode(body, type=RECORD_TYPES[kind])


def _receipt(kind: InformationKind, row: RecordSubmission) -> Entered:
    return Entered(RecordRef(OWN_SOURCE, kind, row.native), row.version, row.shared_at)


def _operation(record: Record) -> str:
    """What an idempotency key belongs to, beside its organization; tests apart."""
    return f"{record.ref.kind.value} TEST" if record.status is RecordStatus.TEST else record.ref.kind.value


def _reference(ref: RecordRef) -> bytes:
    return reference(ref.source, ref.kind.value, ref.native)


def _forget_old_tests(session: Session, organization: str) -> None:
    """Drops an organization's oldest tests beyond what is kept, and what was sent of them."""
    mine = (RecordShared.organization_id == organization, RecordShared.status == RecordStatus.TEST)
    oldest_first = (col(RecordShared.shared_at), col(RecordShared.native))
    found = session.exec(select(RecordShared.native).where(*mine).order_by(*oldest_first)).all()
    beyond = found[:-MOST_TESTS]
    if beyond:
        session.exec(delete(RecordSubmission).where(col(RecordSubmission.native).in_(beyond)))
        session.exec(delete(RecordShared).where(col(RecordShared.native).in_(beyond)))
