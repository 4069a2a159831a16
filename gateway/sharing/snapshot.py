"""Everything that is said of shared records, as it stood at one epoch. Immutable; reads no store.

A decision asks it for two things: the marking as the originator has tightened it since, and what was opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.sharing.leaving import Leaving
from policies.marking import Marking, Restriction
from policies.openings import Grant, Opening, Openings
from policies.vocabulary import InformationKind

NO_OPENINGS: Final = Openings()


class ClassGrant(msgspec.Struct, frozen=True, kw_only=True):
    """A grant of a class of one originator's records; None: all areas, all kinds."""

    grant: Grant
    areas: frozenset[str] | None = None
    kinds: frozenset[InformationKind] | None = None

    def covers(self, marking: Marking, kind: InformationKind) -> bool:
        """Whether a record of this marking and kind is of the class: every one of its areas is."""
        if self.kinds is not None and kind not in self.kinds:
            return False
        return self.areas is None or (bool(marking.release_areas) and marking.release_areas <= self.areas)


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of records, by their reference (16 bytes), and of classes of records, by their originator.

    The openings on a record come in the order in which they were made; `leavings` are by the organization that left.
    """

    restrictions: Mapping[bytes, frozenset[Restriction]] = {}
    withdrawn: frozenset[bytes] = frozenset()
    openings: Mapping[bytes, Sequence[Opening]] = {}
    class_grants: Mapping[str, Sequence[ClassGrant]] = {}
    leavings: Mapping[str, Leaving] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing is said of any record."""
        return not (self.restrictions or self.withdrawn or self.openings or self.class_grants or self.leavings)

    def marking(self, marking: Marking, reference: bytes) -> Marking:
        """The record's marking with its originator's later word: restrictions add to those it came with."""
        leaving = self.leavings.get(marking.originator)
        if leaving is not None:
            marking = leaving.marked(marking)
        restrictions = self.restrictions.get(reference)
        withdrawn = marking.withdrawn or reference in self.withdrawn
        if restrictions is None and withdrawn is marking.withdrawn:
            return marking
        return msgspec.structs.replace(
            marking, restrictions=marking.restrictions | (restrictions or frozenset()), withdrawn=withdrawn
        )

    def openings_on(self, marking: Marking, reference: bytes, kind: InformationKind) -> Openings:
        """What was opened on a record, be it over or not yet reaching anybody."""
        on_record = self.openings.get(reference, ())
        on_class = [item.grant for item in self.class_grants.get(marking.originator, ()) if item.covers(marking, kind)]
        return Openings((*on_record, *on_class)) if on_record or on_class else NO_OPENINGS
