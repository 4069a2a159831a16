"""Profiles, markings and openings flattened to what a Cedar rule can read. Times are resolved to plain facts first.

No `may` stands here: who is allowed what is said in `policies/rules` alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from policies.clearance import DecisionKey
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction
from policies.openings import Declaration, Emergency, Grant, Opening
from policies.requester import Profile

# Free text that stands in a group of its own kind of value, such as a platform's extra field.
FREE_TEXT: Final = "FREE_TEXT"
# A declaration's own clean text, which stands in place of the record's RESPONSE.
ADVICE: Final = "ADVICE"


class Reached(NamedTuple):
    """What openings give one requester of one group (rules 9, 10, 11)."""

    granted: bool = False
    granted_exactly: bool = False
    imminent_risk: bool = False
    emergency: bool = False


NOTHING: Final = Reached()


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
        "test": profile.test,
    }


def slice_attributes(
    key: DecisionKey, name: str, now: float, *, text_identifies: bool = False, reached: Reached = NOTHING
) -> dict[str, object]:
    """`Slice` of `schema.cedarschema` for one field group by its name, for `FREE_TEXT`, or for `ADVICE`."""
    marking = key.marking
    restrictions = restrictions_on(marking, _governing(name), now)
    lifted = frozenset.intersection(*(item.lifted_for for item in restrictions)) if restrictions else frozenset()
    return {
        "originator": marking.originator,
        "group": name,
        "status": key.status.value,
        "audience": marking.audience.value,
        "public": marking.public,
        "tlp": marking.tlp.value,
        "unMarking": marking.un_marking.value,
        "named": sorted(marking.named),
        "releaseAreas": sorted(marking.release_areas),
        "level": key.level.value,
        "withdrawn": marking.withdrawn,
        "restricted": bool(restrictions),
        "liftedTo": sorted(lifted),
        "thirdParty": marking.third_party is not None,
        "thirdPartyConsent": marking.third_party_consent,
        "thirdPartyIsPartner": key.third_party_is_partner,
        "special": bool(marking.special),
        "plansShared": marking.plans_shared,
        "textIdentifies": text_identifies,
        "relayPermitted": marking.permitted_actions.relay_to_members,
        "statistics": marking.statistics,
        "emergencyAllowed": marking.emergency,
        "granted": reached.granted,
        "grantedExactly": reached.granted_exactly,
        "imminentRisk": reached.imminent_risk,
        "emergency": reached.emergency,
    }


def opening_attributes(opening: Opening, marking: Marking, name: str) -> dict[str, object]:
    """`Opening` of `schema.cedarschema`: one opening, seen for one field group or `ADVICE`."""
    return {
        "group": name,
        "opens": sorted(group.name for group in opening.groups) if isinstance(opening, Grant) else [],
        "to": [opening.to] if isinstance(opening, Grant | Emergency) else [],
        "areas": sorted(opening.areas) if isinstance(opening, Declaration) else [],
        "tlp": marking.tlp.value,
        "special": bool(marking.special),
        "thirdParty": marking.third_party is not None,
        "emergencyAllowed": marking.emergency,
    }


def restrictions_on(marking: Marking, group: FieldGroup | None, now: float) -> list[Restriction]:
    """The restrictions on `group` in force at `now`, in a fixed order; none on no group."""
    in_force = [item for item in marking.restrictions if group in item.groups and item.in_force(now)]
    return sorted(in_force, key=lambda item: (item.reason.value, sorted(item.lifted_for)))


def boundary_after(marking: Marking, now: float) -> float | None:
    """The next moment at which a restriction of the marking begins or ends."""
    times = (time for item in marking.restrictions for time in (item.since, item.until) if time is not None)
    return min((time for time in times if time > now), default=None)


def _governing(name: str) -> FieldGroup | None:
    """The group whose restrictions hold for a slice."""
    if name == ADVICE:
        return FieldGroup.RESPONSE
    return None if name == FREE_TEXT else FieldGroup[name]
