"""What a decision gives: a clearance for one requester and one marking."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from policies.groups import Effect, FieldGroup
from policies.marking import Marking, PermittedActions
from policies.openings import Openings
from policies.values import Precisions
from policies.vocabulary import ImplementationLevel, RecordStatus, TrafficLight, UnMarking


class RedactionReason(Enum):
    """Why a group is not shown as it is. It speaks of the rule and the marking, never of a value.

    The first five are the originator's own (S6); the originator may choose UNSPECIFIED.
    """

    INTERNAL_CONFIDENTIALITY = "INTERNAL_CONFIDENTIALITY"
    THIRD_PARTY = "THIRD_PARTY"
    STAFF_PRIVACY = "STAFF_PRIVACY"
    CREDIBILITY_AND_INTEGRITY = "CREDIBILITY_AND_INTEGRITY"
    UNSPECIFIED = "UNSPECIFIED"
    NOT_A_PARTNER = "NOT_A_PARTNER"
    HANDLING = "HANDLING"
    PURPOSE = "PURPOSE"
    PERSONS_PROTECTED = "PERSONS_PROTECTED"
    FREE_TEXT = "FREE_TEXT"
    OUTSIDE_APPROVED_AREAS = "OUTSIDE_APPROVED_AREAS"
    PLANS_NOT_OPEN = "PLANS_NOT_OPEN"
    SPECIAL_CATEGORY = "SPECIAL_CATEGORY"
    SOURCE_FAULT = "SOURCE_FAULT"
    DEFAULT_DENY = "DEFAULT_DENY"
    POLICY_ERROR = "POLICY_ERROR"


class Remedy(Enum):
    """What a requester can do about a redaction; it depends on the group only."""

    REQUEST_CONSENT = "REQUEST_CONSENT"
    REQUEST_CONSENT_OR_AREA_APPROVAL = "REQUEST_CONSENT_OR_AREA_APPROVAL"
    NONE = "NONE"


REMEDIES: Final[Mapping[FieldGroup, Remedy]] = {
    **dict.fromkeys(FieldGroup, Remedy.REQUEST_CONSENT),
    FieldGroup.WHERE: Remedy.REQUEST_CONSENT_OR_AREA_APPROVAL,
    FieldGroup.WHEN: Remedy.REQUEST_CONSENT_OR_AREA_APPROVAL,
    FieldGroup.PERSONS: Remedy.NONE,
}


class Redaction(msgspec.Struct, frozen=True):
    """One group that is not shown as it is: the same whether or not there was a value."""

    group: FieldGroup
    effect: Effect
    reason: RedactionReason
    rules: tuple[str, ...]

    @property
    def remedy(self) -> Remedy:
        """What the requester can do about it."""
        return REMEDIES[self.group]


class Handling(msgspec.Struct, frozen=True):
    """The handling terms that travel with a record (S5).

    `valid_until`: when the first of the openings ends by which this requester has it, seconds since the epoch, None
    where it rests on none. What was opened to others, or is restricted until some day, is not told.
    """

    tlp: TrafficLight
    un_marking: UnMarking
    permitted_actions: PermittedActions
    valid_until: float | None = None


class DecisionKey(NamedTuple):
    """What of a record a decision depends on, beside the requester, the time and the policy version.

    The relation of the requester to the release areas follows from the marking and the profile, so it is no part.
    `few_partners`: fewer than three partners share the record's areas, so what is generalised goes one step further.
    `status`: what the record is meant for; every listed record shows it.
    """

    marking: Marking
    level: ImplementationLevel = ImplementationLevel.REGULAR
    openings: Openings = Openings()
    few_partners: bool = False
    third_party_is_partner: bool = False
    status: RecordStatus = RecordStatus.ACTUAL


class Clearance(msgspec.Struct, frozen=True, kw_only=True):
    """A decision. `effects` has one effect a field group, in the order of `FieldGroup`.

    `free_text`: whether rule 7 lets free text in an otherwise shown group be shown. `advice`: a declaration's clean
    text that stands in place of the record's RESPONSE. `carried`: whether it may leave by export, webhook, subscription
    or replica. `openings`: ids of those that reach the requester. `valid_until`: the earliest boundary of anything it
    rests on, seconds since the epoch, None where there is none; for the memo only, never told.
    """

    listed: bool
    effects: tuple[Effect, ...]
    free_text: bool
    advice: str | None = None
    carried: bool = False
    openings: tuple[str, ...] = ()
    precision: Precisions
    redactions: tuple[Redaction, ...]
    handling: Handling
    obligations: tuple[str, ...]
    rules: tuple[str, ...]
    valid_until: float | None
    policy_version: str

    def effect(self, group: FieldGroup) -> Effect:
        """What happens to `group`."""
        return self.effects[group]
