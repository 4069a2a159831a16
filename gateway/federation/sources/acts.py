"""What may be done to one record, and what others receive of it: looked up, listed for the requester first, decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from connectors.records import Record
from gateway.federation.sources.decide import Decider
from gateway.federation.viewed import Viewed
from policies.clearance import Clearance
from policies.decision import Act, Policy
from policies.requester import Requester
from policies.verdict import Verdict
from policies.vocabulary import TrafficLight


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is listed for the requester, and whether it may do what it asked for.

    `areas`: the record's release areas (ISO 3166-1 alpha-3). `carried`: whether a notice to others that names it may
    leave by webhook or mail (TLP:RED leaves by neither). `listed_for`: which of the others that were asked about have
    the record listed.
    """

    viewed: Viewed
    verdict: Verdict
    areas: frozenset[str]
    carried: bool
    listed_for: frozenset[str]


def subject(
    record: Record | None,
    act: Act,
    who: Requester,
    decider: Decider,
    policy: Policy,
    now: float,
    facts: Callable[[frozenset[str]], dict[str, object]],
    others: Sequence[Requester],
) -> Subject | None:
    """What of `record` an act may know; None alike where it is not listed for `who` or not there.

    `facts` gives the action's context, from the record's release areas.
    """
    viewed = None if record is None else next(iter(decider.views([record])), None)
    if record is None or viewed is None:
        return None
    key = decider.key(record)
    areas = key.marking.release_areas
    return Subject(
        viewed=viewed,
        verdict=policy.may(act, who, key, now, **facts(areas)),
        areas=areas,
        carried=key.marking.tlp is not TrafficLight.RED,
        listed_for=frozenset(other.profile.organization for other in others if policy.decide(other, key, now).listed),
    )


def received(
    record: Record | None, who: Requester, other: Requester, decider: Decider, policy: Policy, now: float
) -> Clearance | None:
    """What `other` receives of a record, for its originator `who`; None for everyone else, and where there is none."""
    if record is None or not decider.views([record]):
        return None
    key = decider.key(record)
    if not policy.may(Act.EXPLAIN_FOR, who, key, now).allowed:
        return None
    return policy.decide(other, key, now)
