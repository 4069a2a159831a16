"""What one requester may see of a world, straight from the rules: the measure of whether two worlds are equal to it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, NamedTuple, Self

from connectors.records import Record, RecordRef
from gateway.ledger.reference import reference
from gateway.partnership.directory import Directory
from gateway.sharing.snapshot import Sharing
from policies.clearance import Clearance, DecisionKey
from policies.decision import Policy
from policies.groups import Effect, grouped_fields
from policies.requester import Requester
from policies.view import view, with_faults
from policies.vocabulary import ImplementationLevel
from tests.adversarial.statements import sharing_of
from tests.adversarial.worlds import World


class Seen(NamedTuple):
    """A listed record as it is seen: its shared fields, and what the clearance lets the requester know of itself."""

    fields: tuple[tuple[str, Any], ...]
    clearance: tuple[Any, ...]


class Eyes:
    """One requester's eyes."""

    def __init__(self, policy: Policy, who: Requester, directory: Directory, now: float) -> None:
        self._policy, self._who, self._directory, self._now = policy, who, directory, now
        self._sharing = Sharing()

    @property
    def organization(self) -> str:
        """Whose eyes they are."""
        return self._who.profile.organization

    def on(self, world: World) -> Self:
        """The same eyes, when what was said in `world` counts."""
        eyes = copy(self)
        eyes._sharing = sharing_of(world.said)
        return eyes

    def clearance(self, record: Record) -> Clearance:
        """The decision on `record`, faults of its source included."""
        decided = self._policy.decide(self._who, self._key(record), self._now)
        return with_faults(decided, record.faults) if decided.listed and record.faults else decided

    def _key(self, record: Record) -> DecisionKey:
        directory, ref = self._directory, record.ref
        of_record = reference(ref.source, ref.kind.value, ref.native)
        marking = self._sharing.marking(record.marking, of_record)
        levels = {directory.level(area) for area in marking.release_areas}
        enhanced = levels == {ImplementationLevel.ENHANCED}
        third_party = marking.third_party
        return DecisionKey(
            marking=marking,
            level=ImplementationLevel.ENHANCED if enhanced else ImplementationLevel.REGULAR,
            openings=self._sharing.openings_on(marking, of_record, ref.kind),
            few_partners=directory.few_partners(marking.release_areas, self._now),
            third_party_is_partner=third_party is not None and directory.is_partner(third_party, self._now),
            status=record.status,
        )

    def sees(self, record: Record) -> Seen | None:
        """What is seen of `record`; None where it is not listed."""
        clearance = self.clearance(record)
        seen = view(record, clearance)
        if seen is None:
            return None
        generalizes = Effect.GENERALIZE in clearance.effects
        return Seen(
            tuple((field.name, getattr(seen, field.name)) for field in grouped_fields(type(record))),
            (
                clearance.effects,
                clearance.free_text,
                clearance.precision if generalizes else None,
                clearance.redactions,
                clearance.handling,
                clearance.advice,
                self._may_do(record),
            ),
        )

    def _may_do(self, record: Record) -> tuple[Any, ...]:
        """What of a listed record's marking is told by what may be done to it: to whom it belongs, what it allows."""
        marking = record.marking
        own = marking.originator == self.organization
        opens = (marking.emergency, marking.third_party is None, marking.release_areas)
        return (own, bool(marking.special), opens if self._who.profile.capacities else None)

    def view_of(self, world: World) -> Mapping[RecordRef, Seen]:
        """All that is seen of a world."""
        eyes = self.on(world)
        seen = ((row.ref, eyes.sees(row)) for row in world.rows)
        return {ref: found for ref, found in seen if found is not None}

    def facts_of(self, world: World) -> tuple[Any, ...]:
        """What the requester may know of the platforms themselves."""
        return tuple((item.name, item.capabilities, item.fault, item.late, item.embargoed) for item in world.platforms)
