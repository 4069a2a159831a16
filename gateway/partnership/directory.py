"""The directory: partners, approvals, levels and clients as they stood at one epoch. Immutable; reads no store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from math import inf
from typing import Final, NamedTuple

import msgspec

from gateway.sharing.snapshot import Sharing
from gateway.store.tables import WORLDWIDE
from policies.requester import Profile
from policies.vocabulary import (
    Capacity,
    ImplementationLevel,
    OrganizationCategory,
    PartnershipStatus,
    Purpose,
)

# Where fewer partners share a cell, what is generalised goes one step further.
FEW_PARTNERS: Final = 3


class Period(msgspec.Struct, frozen=True):
    """Days in UTC, both included; None is open."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether `day` lies in it."""
        return not self.begins_after(day) and not self.ended_before(day)

    def begins_after(self, day: date) -> bool:
        """Whether it has not begun on `day`."""
        return self.since is not None and day < self.since

    def ended_before(self, day: date) -> bool:
        """Whether it is over on `day`."""
        return self.until is not None and self.until < day

    def boundary_after(self, day: date) -> date | None:
        """The next day on which it begins, or is over."""
        over = None if self.until is None else self.until + timedelta(days=1)
        return min((turn for turn in (self.since, over) if turn is not None and turn > day), default=None)


class Partnership(msgspec.Struct, frozen=True):
    """The partnership as last recorded; `areas` is None where it is global."""

    status: PartnershipStatus
    areas: frozenset[str] | None = None
    period: Period = Period()

    def status_on(self, day: date) -> PartnershipStatus:
        """The status that counts on `day`: in force only within the dates of the memorandum (S2)."""
        if self.status is not PartnershipStatus.IN_FORCE:
            return self.status
        if self.period.begins_after(day):
            return PartnershipStatus.APPROVED
        return PartnershipStatus.SUSPENDED if self.period.ended_before(day) else PartnershipStatus.IN_FORCE


class Approval(msgspec.Struct, frozen=True):
    """An area of operation approved for an organization; `area` may be `WORLDWIDE`."""

    area: str
    period: Period = Period()


class Mandate(msgspec.Struct, frozen=True):
    """A member's word that a platform may ask for it; `areas` is None for everywhere."""

    areas: frozenset[str] | None
    period: Period = Period()


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An organization of the directory; without a recorded `partnership` its category says where it stands."""

    id: str
    name: str
    category: OrganizationCategory
    partnership: Partnership | None = None
    approvals: tuple[Approval, ...] = ()

    @property
    def standing(self) -> Partnership:
        """The recorded partnership; else a UN entity takes part (S1) and anyone else has yet to apply."""
        if self.partnership is not None:
            return self.partnership
        member = self.category is OrganizationCategory.UNSMS_ENTITY
        return Partnership(PartnershipStatus.IN_FORCE if member else PartnershipStatus.APPLICANT)


class KnownClient(msgspec.Struct, frozen=True, kw_only=True):
    """A client as registered; its secrets and uploaded keys are no part. `jwks_uri`: where it publishes its keys.

    `test`: it is for trying out and needs no admission.
    """

    client_id: str
    organization: str
    label: str
    scopes: frozenset[str]
    purpose: Purpose
    capacities: frozenset[Capacity]
    disabled: bool
    jwks_uri: str | None = None
    test: bool = False


class _Asked(NamedTuple):
    """What a profile is resolved from, beside the directory."""

    organization: str
    purpose: Purpose
    scopes: frozenset[str]
    capacities: frozenset[Capacity]
    test: bool


class _Resolved(NamedTuple):
    """A profile and the days on which it stays as it is, `[since, until)` in seconds since the epoch."""

    profile: Profile
    since: float
    until: float


class _Day(NamedTuple):
    """Who is a partner in force on one day, and how many of them are approved for each area."""

    partners: frozenset[str]
    approved: Mapping[str, int]


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides who somebody is, and what is said of shared records, at one epoch.

    `mandates` are those not ended, by member and platform; `revoked` holds the `jti` of revoked tokens that may still
    be alive. `roles` is what an organization is on record with: by its clients, and by whom it or DSS has named (S9,
    S10); `departed` are persons who left, each with the organization.
    """

    epoch: int
    members: Mapping[str, Member]
    levels: Mapping[str, ImplementationLevel]
    clients: Mapping[str, KnownClient]
    revoked: frozenset[str]
    mandates: Mapping[tuple[str, str], tuple[Mandate, ...]] = msgspec.field(default_factory=dict)
    sharing: Sharing = Sharing()
    roles: Mapping[str, frozenset[Capacity]] = msgspec.field(default_factory=dict)
    departed: frozenset[tuple[str, str]] = frozenset()
    _days: dict[date, _Day] = msgspec.field(default_factory=dict)
    _profiles: dict[_Asked, _Resolved] = msgspec.field(default_factory=dict)

    def level(self, area: str) -> ImplementationLevel:
        """The implementation level of an area (ISO 3166-1 alpha-3); regular where none is recorded (S8)."""
        return self.levels.get(area, ImplementationLevel.REGULAR)

    def profile(
        self,
        organization_id: str,
        purpose: Purpose,
        scopes: frozenset[str],
        capacities: frozenset[Capacity],
        now: float,
        *,
        test: bool = False,
    ) -> Profile:
        """The organization as it stands at `now` (seconds since the epoch); raises `KeyError` for an unknown one.

        `test`: one of its test clients asks.
        """
        key = _Asked(organization_id, purpose, scopes, capacities, test)
        known = self._profiles.get(key)
        if known is None or not known.since <= now < known.until:
            known = self._resolve(key, now)
            self._profiles[key] = known
        return known.profile

    def partners(self, now: float) -> frozenset[str]:
        """The organizations whose partnership is in force at `now`."""
        return self._day(now).partners

    def is_partner(self, organization_id: str, now: float) -> bool:
        """Whether the partnership of an organization is in force at `now`; an unknown one's is not."""
        return organization_id in self.partners(now)

    def authorized_areas(self, member: str, platform: str, now: float) -> frozenset[str] | None:
        """Where `platform` may ask for `member` at `now`: areas, None for everywhere, none without a mandate."""
        day = datetime.fromtimestamp(now, UTC).date()
        held = [mandate.areas for mandate in self.mandates.get((member, platform), ()) if mandate.period.holds(day)]
        if None in held:
            return None
        return frozenset[str]().union(*(areas for areas in held if areas is not None))

    def few_partners(self, areas: frozenset[str], now: float) -> bool:
        """Whether fewer than `FEW_PARTNERS` partners are approved for one of `areas`, or there is no area.

        An approved worldwide need does not count: it makes nobody one of several who may have been there.
        """
        approved = self._day(now).approved
        return not areas or any(approved.get(area, 0) < FEW_PARTNERS for area in areas)

    def _day(self, now: float) -> _Day:
        day = datetime.fromtimestamp(now, UTC).date()
        known = self._days.get(day)
        if known is None:
            in_force = [
                member
                for member in self.members.values()
                if member.standing.status_on(day) is PartnershipStatus.IN_FORCE
            ]
            approved = Counter(
                area
                for member in in_force
                for area in {approval.area for approval in member.approvals if approval.period.holds(day)}
            )
            self._days.clear()
            known = self._days[day] = _Day(frozenset(member.id for member in in_force), approved)
        return known

    def _resolve(self, key: _Asked, now: float) -> _Resolved:
        member = self.members[key.organization]
        standing = member.standing
        day = datetime.fromtimestamp(now, UTC).date()
        approved = {approval.area for approval in member.approvals if approval.period.holds(day)}
        profile = Profile(
            organization=member.id,
            category=member.category,
            partnership=standing.status_on(day),
            partner_areas=standing.areas,
            approved_areas=frozenset(approved - {WORLDWIDE}),
            worldwide=WORLDWIDE in approved,
            capacities=key.capacities,
            purpose=key.purpose,
            scopes=key.scopes,
            test=key.test,
        )
        periods = [standing.period, *(approval.period for approval in member.approvals)]
        turns = [turn for period in periods if (turn := period.boundary_after(day)) is not None]
        return _Resolved(profile, _start(day), min(map(_start, turns), default=inf))


def _start(day: date) -> float:
    """The first moment of `day` in UTC, seconds since the epoch."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
