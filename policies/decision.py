"""Decisions: what a requester may have of a record with a given marking, and what it may do to it.

Total: an erring rule, an answer other than a clean Allow, an unknown attribute — each withholds, and an error of the
whole is "not listed". Decisions are memoised; records share markings, so most cost one look-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, Protocol

from policies.clearance import Clearance, DecisionKey, Handling, Redaction, RedactionReason
from policies.groups import Effect, FieldGroup
from policies.judgement import Judgement, judge
from policies.requester import Profile, Requester
from policies.rulebook import RESTRICTION, Rulebook
from policies.slices import boundary_after, profile_attributes, restrictions_on, slice_attributes
from policies.values import Precisions
from policies.verdict import POLICY_ERROR, Question, Verdict, ask, rule_order

MEMO_SIZE: Final = 100_000
_ENVELOPE: Final = FieldGroup.ENVELOPE.name


class Act(Enum):
    """What may be done to a record; the value is the action's name in Cedar.

    Only `SHARE` is done to one that is not there yet, every other to one that is listed for the requester.
    """

    SHARE = "share"
    WITHDRAW = "withdraw"
    RESTRICT = "restrict"
    DECIDE_CONSENT = "decideConsent"
    EXPLAIN_FOR = "explainFor"
    AUDIT = "audit"
    REQUEST_CONSENT = "requestConsent"
    DECLARE_IMMINENT_RISK = "declareImminentRisk"
    REQUEST_EMERGENCY_OPENING = "requestEmergencyOpening"
    APPROVE_EMERGENCY_OPENING = "approveEmergencyOpening"


class Policy(Protocol):
    """What decides."""

    version: str

    def decide(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        """Total; `now` in seconds since the epoch."""
        ...

    def may(self, act: Act, who: Requester, key: DecisionKey, now: float, **facts: object) -> Verdict:
        """Total; whether `who` may do `act` to a record that is listed for it."""
        ...


class CedarPolicy:
    """`Policy` over a rulebook."""

    def __init__(self, rulebook: Rulebook, memo_size: int = MEMO_SIZE) -> None:
        self.version = rulebook.version
        self.rulebook = rulebook
        self._memo: dict[tuple[object, ...], Clearance] = {}
        self._memo_size = memo_size

    def decide(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        """The clearance of `who` for a record with `key`; the meet of both parties' where one asks for another."""
        memo_key = (who.profile, who.on_behalf_of, who.authorized_areas, who.person, key)
        known = self._memo.get(memo_key)
        if known is not None and (known.valid_until is None or now < known.valid_until):
            return known
        clearance = self._meet(who, key, now)
        if len(self._memo) >= self._memo_size:
            self._memo.clear()
        self._memo[memo_key] = clearance
        return clearance

    def may(self, act: Act, who: Requester, key: DecisionKey, now: float, **facts: object) -> Verdict:
        """Whether the rules let `who` do `act`; `facts` are the action's context, by the names of the schema.

        Nobody does anything on behalf of somebody else.
        """
        if who.on_behalf_of is not None:
            return Verdict(False, ())
        return self._ask_record(act.value, who.profile, who.person, key, now, facts)

    def tally(self, who: Requester, key: DecisionKey, now: float) -> Verdict:
        """Whether a record may be counted in the fixed tables of rule 12, listed or not."""
        return self._ask_record("tally", who.profile, who.person, key, now, {})

    def _ask_record(
        self,
        action: str,
        party: Profile,
        person: str | None,
        key: DecisionKey,
        now: float,
        context: Mapping[str, object],
    ) -> Verdict:
        question = Question(action, _ENVELOPE)
        record = {_ENVELOPE: slice_attributes(key, _ENVELOPE, now)}
        requester = profile_attributes(party, person)
        return ask(self.rulebook, requester, record, [question], context=context)[question]

    def _relayed(self, who: Requester, key: DecisionKey, now: float) -> Verdict:
        """Whether a platform may pass the record to the member it asks for (rule 5); nobody is asked for: it may."""
        if who.on_behalf_of is None:
            return Verdict(True, ())
        context = {
            "authorizedEverywhere": who.authorized_areas is None,
            "authorizedAreas": sorted(who.authorized_areas or ()),
        }
        return self._ask_record("relay", who.profile, who.person, key, now, context)

    def _meet(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        judgements = [judge(self.rulebook, party, who.person, key, now) for party in who.parties]
        relayed = self._relayed(who, key, now)
        listed = relayed.allowed and all(judgement.listed for judgement in judgements)
        effects: list[Effect] = []
        redactions: list[Redaction] = []
        for group in FieldGroup:
            effect = max(judgement.effects[group][0] for judgement in judgements) if listed else Effect.WITHHOLD
            effects.append(effect)
            if listed and effect is not Effect.SHOW:
                rules = _deciding(judgements, group, effect)
                redactions.append(Redaction(group, effect, self._reason(key, group, rules, now), rules))
        marking = key.marking
        reaching = dict.fromkeys(opening for judgement in judgements for opening in judgement.openings)
        boundaries = (boundary_after(marking, now), key.openings.boundary_after(now))
        return Clearance(
            listed=listed,
            effects=tuple(effects),
            free_text=listed and all(judgement.free_text for judgement in judgements),
            advice=next((item.advice for item in judgements if item.advice is not None), None) if listed else None,
            carried=listed and all(judgement.carried for judgement in judgements),
            openings=tuple(opening.id for opening in reaching) if listed else (),
            precision=(marking.floor.further() if key.few_partners else marking.floor) if listed else Precisions(),
            redactions=tuple(redactions),
            handling=Handling(
                marking.tlp,
                marking.un_marking,
                marking.permitted_actions,
                min((item.until for item in reaching if item.until is not None), default=None),
            ),
            obligations=("NOTIFY_ORIGINATOR",) if listed and marking.permitted_actions.notify_on_use else (),
            rules=tuple(dict.fromkeys((*(rule for item in judgements for rule in item.rules), *relayed.rules))),
            valid_until=min((time for time in boundaries if time is not None), default=None),
            policy_version=self.version,
        )

    def _reason(self, key: DecisionKey, group: FieldGroup, rules: Sequence[str], now: float) -> RedactionReason:
        """The reason told for a redaction: the first deciding rule's, in the order of the rules."""
        if POLICY_ERROR in rules:
            return RedactionReason.POLICY_ERROR
        for rule in sorted(rules, key=rule_order):
            kind = self.rulebook.rules[rule].redaction if rule in self.rulebook.rules else None
            if kind == RESTRICTION:
                restrictions = restrictions_on(key.marking, group, now)
                return RedactionReason(restrictions[0].reason.value) if restrictions else RedactionReason.UNSPECIFIED
            if kind is not None:
                return RedactionReason(kind)
        return RedactionReason.DEFAULT_DENY


def _deciding(judgements: Sequence[Judgement], group: FieldGroup, effect: Effect) -> tuple[str, ...]:
    """The rules of those parties whose effect is the one that counts."""
    return tuple(
        dict.fromkeys(
            rule
            for judgement in judgements
            if judgement.effects[group][0] is effect
            for rule in judgement.effects[group][1]
        )
    )
