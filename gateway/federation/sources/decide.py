"""Records in, views out: the decision on each record's marking, and the copy that the requester may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from connectors.records import Record
from gateway.federation.sources.ids import NativeKeyTooLong, RecordIds
from gateway.federation.viewed import Viewed
from gateway.ledger.reference import reference
from policies.clearance import Clearance, DecisionKey
from policies.decision import Policy
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.requester import Requester
from policies.view import view, with_faults
from policies.vocabulary import ImplementationLevel


class Decider:
    """Decides for one requester at one moment (`now`, seconds since the epoch)."""

    def __init__(
        self, policy: Policy, ids: RecordIds, level: Callable[[str], ImplementationLevel], who: Requester, now: float
    ) -> None:
        self._policy = policy
        self._ids = ids
        self._level = level
        self._who = who
        self._now = now
        self._clearances: dict[tuple[Marking, frozenset[FieldGroup]], Clearance] = {}

    def views(self, records: Sequence[Record]) -> Sequence[Viewed]:
        """The views of those records that are listed for the requester."""
        return list(self._listed(records))

    def _listed(self, records: Sequence[Record]) -> Iterator[Viewed]:
        for record in records:
            clearance = self._clearance(record)
            seen = view(record, clearance)
            if seen is None:
                continue
            try:
                public, tie = self._ids.encode(record.ref)
            except NativeKeyTooLong:
                continue
            ref = record.ref
            yield Viewed(
                view=seen,
                kind=ref.kind,
                id=public,
                tie=tie,
                clearance=clearance,
                source=ref.source,
                reference=reference(ref.source, ref.kind.value, ref.native),
                accountable=record.marking.originator,
            )

    def _clearance(self, record: Record) -> Clearance:
        key = (record.marking, record.faults)
        known = self._clearances.get(key)
        if known is None:
            decision = DecisionKey(record.marking, self._stricter_level(record.marking))
            known = self._policy.decide(self._who, decision, self._now)
            if record.faults and known.listed:
                known = with_faults(known, record.faults)
            self._clearances[key] = known
        return known

    def _stricter_level(self, marking: Marking) -> ImplementationLevel:
        """Enhanced only where every area the record touches is (rule 8); a record without area is in nobody's."""
        levels = {self._level(area) for area in marking.release_areas}
        return ImplementationLevel.ENHANCED if levels == {ImplementationLevel.ENHANCED} else ImplementationLevel.REGULAR
