"""Profiles and markings flattened to what a Cedar rule can read. Times are resolved to plain facts before the call.

No `may` stands here: who is allowed what is said in `policies/rules` alone.
"""

from __future__ import annotations

from typing import Final

from policies.clearance import DecisionKey
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction
from policies.requester import Profile

# Free text that stands in a group of its own kind of value, such as a platform's extra field.
FREE_TEXT: Final = "FREE_TEXT"


def profile_attributes(profile: Profile, person: str | None) -> dict[str, object]:
    """`Profile` of `schema.cedarschema`. Capacities and scopes are no part: they give no record."""
    return {
        "organization": profile.organization,
        "category": profile.category.value,
        "partnership": profile.partnership.value,
        "partnerWorldwide": profile.partner_areas is None,
        "partnerAreas": sorted(profile.partner_areas or ()),
        "approvedAreas": sorted(profile.approved_areas),
        "worldwideNeed": profile.worldwide,
        "purpose": profile.purpose.value,
        "person": person or "",
    }


def slice_attributes(
    key: DecisionKey, group: FieldGroup | None, now: float, *, text_identifies: bool
) -> dict[str, object]:
    """`Slice` of `schema.cedarschema` for one field group, or for free text (`group` None)."""
    marking = key.marking
    restrictions = [] if group is None else restrictions_on(marking, group, now)
    lifted = frozenset.intersection(*(item.lifted_for for item in restrictions)) if restrictions else frozenset()
    return {
        "originator": marking.originator,
        "group": FREE_TEXT if group is None else group.name,
        "audience": marking.audience.value,
        "public": marking.public,
        "tlp": marking.tlp.value,
        "unMarking": marking.un_marking.value,
        "named": sorted(marking.named),
        "releaseAreas": sorted(marking.release_areas),
        "level": key.level.value,
        "restricted": bool(restrictions),
        "liftedTo": sorted(lifted),
        "thirdParty": marking.third_party is not None,
        "thirdPartyConsent": marking.third_party_consent,
        "special": bool(marking.special),
        "plansShared": marking.plans_shared,
        "textIdentifies": text_identifies,
    }


def restrictions_on(marking: Marking, group: FieldGroup, now: float) -> list[Restriction]:
    """The restrictions on `group` in force at `now`, in a fixed order."""
    in_force = [item for item in marking.restrictions if group in item.groups and item.in_force(now)]
    return sorted(in_force, key=lambda item: (item.reason.value, sorted(item.lifted_for)))


def boundary_after(marking: Marking, now: float) -> float | None:
    """The next moment at which a restriction of the marking begins or ends."""
    times = (time for item in marking.restrictions for time in (item.since, item.until) if time is not None)
    return min((time for time in times if time > now), default=None)
