"""Records in, views out: the decision on each record's marking, and the copy that the requester may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from connectors.records import Record
from gateway.federation.sources.ids import NativeKeyTooLong
from gateway.federation.sources.views import Views, reference_of
from gateway.federation.viewed import Viewed
from gateway.partnership.directory import Directory
from gateway.sharing.snapshot import NO_OPENINGS
from gateway.sharing.subject import Spoken
from policies.clearance import Clearance, DecisionKey
from policies.decision import Policy
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.openings import Openings
from policies.requester import Requester
from policies.view import with_faults
from policies.vocabulary import ImplementationLevel, RecordStatus, TrafficLight, Verification


class Decider:
    """Decides for one requester at one moment (`now`, seconds since the epoch), as things stand in `directory`.

    `refuted` is told of each record that its source has refuted, listed for the requester or not.
    """

    def __init__(
        self,
        policy: Policy,
        views: Views,
        directory: Directory,
        who: Requester,
        now: float,
        refuted: Callable[[Spoken], None],
    ) -> None:
        self._policy = policy
        self._views = views
        self._directory = directory
        self._sharing = directory.sharing
        self._who = who
        self._now = now
        self._refuted = refuted
        self._areas: dict[frozenset[str], tuple[ImplementationLevel, bool]] = {}
        self._clearances: dict[tuple[Marking, Openings, RecordStatus, frozenset[FieldGroup]], Clearance] = {}

    def views(self, records: Sequence[Record]) -> Sequence[Viewed]:
        """The views of those records that are listed for the requester."""
        return list(self._listed(records))

    def key(self, record: Record) -> DecisionKey:
        """What decisions on `record` depend on, whoever asks."""
        return self._key(*self._marked(record), record.status)

    def _listed(self, records: Sequence[Record]) -> Iterator[Viewed]:
        for record in records:
            marking, openings = self._marked(record)
            if record.verification is Verification.REFUTED:
                self._tell_refuted(record, marking)
            clearance = self._clearance(marking, openings, record.status, record.faults)
            if not clearance.listed:
                continue
            try:
                viewed = self._views.of(record, clearance, marking.originator)
            except NativeKeyTooLong:
                continue
            if viewed is not None:
                yield viewed

    def _tell_refuted(self, record: Record, marking: Marking) -> None:
        """Who was shown it before has to know; a record too far off to have an id was shown to nobody."""
        with suppress(NativeKeyTooLong):
            spoken = Spoken(
                reference=reference_of(record),
                record=self._views.ids.encode(record.ref)[0],
                kind=record.ref.kind,
                originator=marking.originator,
                carried=marking.tlp is not TrafficLight.RED,
            )
            self._refuted(spoken)

    def _marked(self, record: Record) -> tuple[Marking, Openings]:
        """The record's marking as it stands now, and what was opened."""
        if self._sharing.empty:
            return record.marking, NO_OPENINGS
        of_record = reference_of(record)
        marking = self._sharing.marking(record.marking, of_record)
        return marking, self._sharing.openings_on(marking, of_record, record.ref.kind)

    def _clearance(
        self, marking: Marking, openings: Openings, status: RecordStatus, faults: frozenset[FieldGroup]
    ) -> Clearance:
        known = self._clearances.get((marking, openings, status, faults))
        if known is None:
            known = self._policy.decide(self._who, self._key(marking, openings, status), self._now)
            if faults and known.listed:
                known = with_faults(known, faults)
            self._clearances[marking, openings, status, faults] = known
        return known

    def _key(self, marking: Marking, openings: Openings, status: RecordStatus) -> DecisionKey:
        directory = self._directory
        third_party = marking.third_party
        areas = marking.release_areas
        known = self._areas.get(areas)
        if known is None:
            known = self._areas[areas] = self._stricter_level(areas), directory.few_partners(areas, self._now)
        level, few_partners = known
        return DecisionKey(
            marking=marking,
            level=level,
            openings=openings,
            few_partners=few_partners,
            third_party_is_partner=third_party is not None and directory.is_partner(third_party, self._now),
            status=status,
        )

    def _stricter_level(self, areas: frozenset[str]) -> ImplementationLevel:
        """Enhanced only where every area the record touches is (rule 8); a record without area is in nobody's."""
        levels = {self._directory.level(area) for area in areas}
        return ImplementationLevel.ENHANCED if levels == {ImplementationLevel.ENHANCED} else ImplementationLevel.REGULAR
