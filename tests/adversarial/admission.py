"""Everybody who can ask: the cast of the rules' own cases, admitted and registered as an operator would."""

from __future__ import annotations

from typing import Final

from gateway.identity.clients import register_client, register_test_client
from gateway.identity.scopes import Scope
from gateway.partnership.admission import add_organization, approve_area, set_area_level, set_partnership
from gateway.store.engine import Store
from gateway.store.tables import WORLDWIDE
from policies.cases import read_cases
from policies.requester import Profile
from policies.vocabulary import Capacity, ImplementationLevel, OrganizationCategory, PartnershipStatus

LEVELS: Final = {"SSD": ImplementationLevel.ENHANCED, "SDN": ImplementationLevel.REGULAR}
OFFICERS: Final = ("a partner in the area", "DSS in the area", "the originator")
APPROVER: Final = "undss"


def admit(store: Store) -> None:
    """Enters every requester of `policies/rules/cast.toml`; each gets one client, labelled as the cast calls it.

    Where two requesters are one organization in two standings, the second becomes an organization of its own.
    """
    cast = read_cases().cast.requesters
    known = {APPROVER: next(profile for profile in cast.values() if profile.organization == APPROVER)}
    _enter(store, APPROVER, known[APPROVER])
    for label, profile in cast.items():
        id_ = organization_of(profile, known)
        if id_ not in known:
            _enter(store, id_, profile)
            known[id_] = profile
        if profile.test:
            register_test_client(store, id_, label)
        else:
            register_client(store, id_, label, list(Scope), profile.purpose, profile.capacities)
    # Capacities give operations, no records: each of these asks with all of them.
    for label in OFFICERS:
        profile = cast[label]
        register_client(
            store, profile.organization, f"an officer, {label}", list(Scope), profile.purpose, list(Capacity)
        )
    for area, level in LEVELS.items():
        set_area_level(store, area, level, set_by=APPROVER)
    narrow = next(iter(known))
    register_client(store, narrow, "alerts only", [Scope.ALERTS_READ], known[narrow].purpose)


def organization_of(profile: Profile, known: dict[str, Profile]) -> str:
    """The id under which `profile` is admitted beside those `known`."""
    other = known.get(profile.organization)
    if other is None or _standing(other) == _standing(profile):
        return profile.organization
    return f"{profile.organization}-{profile.partnership.value.lower().replace('_', '-')}"


def _standing(profile: Profile) -> tuple[object, ...]:
    return (profile.partnership, profile.partner_areas, profile.approved_areas, profile.worldwide)


def _enter(store: Store, id_: str, profile: Profile) -> None:
    add_organization(store, id_, id_.replace("-", " ").title(), profile.category)
    member = profile.category is OrganizationCategory.UNSMS_ENTITY
    if not member or profile.partnership is not PartnershipStatus.IN_FORCE:
        set_partnership(store, id_, profile.partnership, areas=profile.partner_areas)
    for area in (*sorted(profile.approved_areas), *([WORLDWIDE] if profile.worldwide else [])):
        approve_area(store, id_, area, approved_by=APPROVER)
