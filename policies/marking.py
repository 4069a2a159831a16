"""The marking that every record carries from its connector: the only thing of a record that a decision reads."""

from __future__ import annotations

import msgspec

from policies.groups import FieldGroup
from policies.values import Precisions
from policies.vocabulary import Audience, RestrictionReason, SpecialCategory, TrafficLight, UnMarking


class Restriction(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """A limit the originator sets on field groups (S6).

    `since` and `until` are seconds since the epoch, `until` excluded; None is open. `lifted_for` holds organizations.
    """

    groups: frozenset[FieldGroup]
    reason: RestrictionReason = RestrictionReason.UNSPECIFIED
    lifted_for: frozenset[str] = frozenset()
    since: float | None = None
    until: float | None = None

    def in_force(self, now: float) -> bool:
        """Whether this restriction holds at `now`."""
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


class PermittedActions(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """What a recipient may do, in the shape of FIRST IEP 2.0. The default is the narrowest."""

    relay_to_members: bool = False
    attribution: bool = False
    notify_on_use: bool = False
    data_licence: str | None = None


class Marking(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """How a record is to be handled. Frozen, hashable and shared by many records; decisions are memoised on it.

    `originator` and `named` hold organization ids (`named` persons' ids too); `release_areas` ISO 3166-1 alpha-3
    codes, never finer than the coarsest WHERE that the audience may get; `third_party` whom the originator had it from.
    `text_free_of`: the groups that the record's free text is known not to give away (rule 7). `withdrawn`: its
    originator took it back.
    """

    originator: str
    audience: Audience = Audience.ORIGINATOR
    tlp: TrafficLight = TrafficLight.RED
    un_marking: UnMarking = UnMarking.UNCLASSIFIED
    third_party: str | None = None
    third_party_consent: bool = False
    named: frozenset[str] = frozenset()
    release_areas: frozenset[str] = frozenset()
    restrictions: frozenset[Restriction] = frozenset()
    permitted_actions: PermittedActions = PermittedActions()
    special: frozenset[SpecialCategory] = frozenset()
    text_free_of: frozenset[FieldGroup] = frozenset()
    plans_shared: bool = False
    floor: Precisions = Precisions()
    statistics: bool = False
    emergency: bool = False
    withdrawn: bool = False

    @property
    def public(self) -> bool:
        """Whether nothing in the marking keeps the record from anyone: audience, TLP and UN marking all open."""
        return (
            self.audience is Audience.PUBLIC
            and self.tlp is TrafficLight.CLEAR
            and self.un_marking is UnMarking.UNCLASSIFIED
        )
