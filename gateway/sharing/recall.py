"""Recalls: who was shown a record is told that it was withdrawn, restricted or refuted.

A recall is entered in the transaction of what causes it. A thread then looks through the ledger for everyone who was
shown the record, once at once and again when every answer that was under way then has been entered.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from sqlmodel import Session, col, select

from gateway.errors import LedgerFault, StoreFault
from gateway.ledger.recipients import Recipient, recipients
from gateway.notices import outbox
from gateway.sharing.subject import Spoken
from gateway.store.engine import Store
from gateway.store.tables import NoticeKind, Recall
from policies.groups import FieldGroup

log = logging.getLogger("slt.sharing")

POLL_SECONDS: Final = 1.0


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A group that is restricted now: for whom it is lifted (`kept`), and for whom it was (`had`; None: everyone)."""

    group: FieldGroup
    had: frozenset[str] | None
    kept: frozenset[str]

    def concerns(self, organization: str) -> bool:
        """Whether `organization` had the group and has it no more."""
        return organization not in self.kept and (self.had is None or organization in self.had)


def enter_recall(
    session: Session, spoken: Spoken, kind: NoticeKind, at: datetime, losses: Sequence[Loss] | None = None
) -> None:
    """Enters a recall in the transaction of `session`; `losses` None: the whole record is concerned."""
    session.add(
        Recall(
            kind=kind,
            reference=spoken.reference,
            record=spoken.record,
            originator=spoken.originator,
            carried=spoken.carried,
            losses=None if losses is None else msgspec.to_builtins(losses),
            at=at,
        )
    )


class Recaller:
    """Tells everyone who was shown a recalled record, from `start()` to `stop()`.

    `answer_seconds`: how long an answer can be under way; a recall is looked through again after that.
    """

    def __init__(self, store: Store, answer_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._settled = timedelta(seconds=answer_seconds)
        self._clock = clock
        self._refuted: set[bytes] = set()
        self._waiting: list[Spoken] = []
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="recalls", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Ends the thread; what is not told yet is told after the next start."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def refuted(self, spoken: Spoken) -> None:
        """A record was read that its source has refuted; the first time, those who were shown it before are told."""
        if spoken.reference not in self._refuted:
            self._refuted.add(spoken.reference)
            self._waiting.append(spoken)

    def sweep(self) -> None:
        """Enters what was refuted and tells of every recall that is not done; raises `StoreFault` or `LedgerFault`."""
        while self._waiting:
            self._enter_refuted(self._waiting[0])
            self._waiting.pop(0)
        with self._store.session() as session:
            open_recalls = session.exec(select(Recall).where(col(Recall.done_at).is_(None))).all()
        for recall in open_recalls:
            self._tell(recall)

    def _enter_refuted(self, spoken: Spoken) -> None:
        with self._store.transaction() as session:
            known = session.exec(
                select(Recall.id).where(Recall.reference == spoken.reference, Recall.kind == NoticeKind.RECORD_REFUTED)
            ).first()
            if known is None:
                enter_recall(session, spoken, NoticeKind.RECORD_REFUTED, self._now())

    def _tell(self, recall: Recall) -> None:
        now = self._now()
        losses = None if recall.losses is None else msgspec.convert(recall.losses, list[Loss])
        groups = None if losses is None else {loss.group for loss in losses}
        # What is shown of a refuted record from now on says that it is refuted.
        until = recall.at if recall.kind is NoticeKind.RECORD_REFUTED else None
        shown = recipients(self._store, recall.originator, recall.reference, until=until, groups=groups)
        notices = [
            self._notice(recall, organization, now)
            for organization in sorted({name for item in shown for name in _concerned(item, losses)})
        ]
        with self._store.transaction() as session:
            outbox.insert(session, notices)
            if now >= recall.at + self._settled:
                recall.done_at = now
                session.add(recall)

    def _notice(self, recall: Recall, organization: str, now: datetime) -> outbox.Notice:
        restricted = recall.losses is not None and recall.kind is NoticeKind.RECORD_RESTRICTED
        losses = msgspec.convert(recall.losses, list[Loss]) if restricted else []
        groups = [loss.group.name for loss in losses if loss.concerns(organization)]
        return outbox.Notice(
            at=now,
            organization=organization,
            kind=recall.kind,
            carry=recall.carried,
            record=recall.record,
            about=recall.originator,
            facts={"groups": groups} if groups else {},
            dedupe_key=f"recall {recall.id}",
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _run(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            try:
                self.sweep()
            except (StoreFault, LedgerFault) as fault:
                log.error("%s: recalls wait: %s", fault.code, fault)


def _concerned(item: Recipient, losses: Sequence[Loss] | None) -> Sequence[str]:
    """The organizations that were shown it and have to know: who asked, and for whom it asked."""
    names = [item.organization, *([] if item.on_behalf_of is None else [item.on_behalf_of])]
    if losses is None:
        return names
    return [name for name in names if any(loss.group in item.groups and loss.concerns(name) for loss in losses)]
