"""What an organization shares with the gateway itself: drafted, checked, permitted by the rules, then taken in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from connectors.records import Record
from gateway.federation.sources.decide import Decider
from gateway.partnership.directory import Directory
from gateway.sharing.records.checks import Faulty, faults
from gateway.sharing.records.draft import Given, drafted
from gateway.sharing.records.shelf import Declined, Entered, Lost, Shelf, Submission
from gateway.sharing.subject import Actor
from policies.decision import Act, Policy
from policies.groups import FieldGroup
from policies.requester import Requester
from policies.vocabulary import Purpose


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one record: its receipt, or why it was not taken in, each in its own way."""

    entered: Entered | None = None
    declined: Declined | None = None
    forbidden: bool = False
    faults: Sequence[Faulty] = ()


class Sharer(msgspec.Struct, frozen=True, kw_only=True):
    """One requester's sharing, as things stand in `directory` at `now` (seconds since the epoch)."""

    who: Requester
    decider: Decider
    policy: Policy
    directory: Directory
    now: float

    async def share(self, given: Sequence[Given], shelf: Shelf, by: Actor) -> Sequence[Shared]:
        """Takes in what can be, all in one transaction; an outcome each, in their order. Raises `StoreFault`."""
        judged = [self._judge(item) for item in given]
        sent = [
            Submission(
                record=record, external_id=item.external_id, idempotency_key=item.idempotency_key, digest=item.digest
            )
            for item, (record, refused) in zip(given, judged, strict=True)
            if refused is None
        ]
        entered = iter(await asyncio.to_thread(self._enter, sent, shelf, by) if sent else ())
        return [_outcome(next(entered)) if refused is None else refused for _, refused in judged]

    def _enter(self, sent: Sequence[Submission], shelf: Shelf, by: Actor) -> Sequence[Entered | Declined]:
        standing = {record.ref: record for record in shelf.standing([item.record.ref for item in sent])}
        for item in sent:
            # Decisions are remembered: what has to be decided is, before the store's only lock is held for it.
            old = standing.get(item.record.ref)
            if old is not None:
                self.lost(old, item.record)
        return shelf.enter(sent, by, self.lost)

    def lost(self, old: Record, new: Record) -> Lost:
        """What each other organization loses where `new` takes the place of `old`, as a program or a person named."""
        before, after = self.decider.key(old), self.decider.key(new)
        if before == after:
            return Lost()
        unlisted: set[str] = set()
        narrower: defaultdict[FieldGroup, set[str]] = defaultdict(set)
        for organization in self.directory.members.keys() - {old.marking.originator}:
            profile = self.directory.profile(
                organization, Purpose.SAFETY_AND_SECURITY, frozenset(), frozenset(), self.now
            )
            for person in (None, *sorted(old.marking.named)):
                who = Requester(profile=profile, client="", person=person)
                had, has = (self.policy.decide(who, key, self.now) for key in (before, after))
                if had.listed and not has.listed:
                    unlisted.add(organization)
                elif had.listed:
                    for group in FieldGroup:
                        if has.effect(group) > had.effect(group):
                            narrower[group].add(organization)
        return Lost(frozenset(unlisted), {group: frozenset(who - unlisted) for group, who in narrower.items()})

    def _judge(self, given: Given) -> tuple[Record, Shared | None]:
        """The record that it would become, and why it is not taken in; None where it may be."""
        own = self.directory.members[self.who.profile.organization]
        record = drafted(given, own.id, own.name, own.category, datetime.fromtimestamp(self.now, UTC))
        found = tuple(faults(record, record.shared_at))
        if found:
            return record, Shared(faults=found)
        verdict = self.policy.may(Act.SHARE, self.who, self.decider.key(record), self.now)
        return record, None if verdict.allowed else Shared(forbidden=True)


def _outcome(item: Entered | Declined) -> Shared:
    return Shared(declined=item) if isinstance(item, Declined) else Shared(entered=item)
