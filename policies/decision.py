"""Decisions: what a requester may have of a record with a given marking.

Total: an erring rule, an answer other than a clean Allow, an unknown attribute — each withholds, and an error of the
whole is "not listed". Decisions are memoised; records share markings, so most cost one look-up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import cedarpy

from policies.clearance import Clearance, DecisionKey, Handling, Redaction, RedactionReason
from policies.groups import IDENTIFYING_GROUPS, TEXT_GROUPS, Effect, FieldGroup
from policies.requester import Profile, Requester
from policies.rulebook import RESTRICTION, Rulebook
from policies.slices import boundary_after, profile_attributes, restrictions_on, slice_attributes
from policies.values import Precisions

log = logging.getLogger("slt.policy")

DEFAULT_DENY: Final = "DEFAULT_DENY"
POLICY_ERROR: Final = "POLICY_ERROR"
MEMO_SIZE: Final = 100_000


class Policy(Protocol):
    """What decides."""

    version: str

    def decide(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        """Total; `now` in seconds since the epoch."""
        ...


class _Verdict(NamedTuple):
    allowed: bool
    rules: tuple[str, ...]


class _Judgement(NamedTuple):
    """One party's decision before redactions are worded: the effect and deciding rules a group."""

    listed: bool
    effects: Mapping[FieldGroup, tuple[Effect, tuple[str, ...]]]
    free_text: bool
    rules: tuple[str, ...]


class CedarPolicy:
    """`Policy` over a rulebook."""

    def __init__(self, rulebook: Rulebook, memo_size: int = MEMO_SIZE) -> None:
        self.version = rulebook.version
        self._rulebook = rulebook
        self._memo: dict[tuple[Profile, Profile | None, str | None, DecisionKey], Clearance] = {}
        self._memo_size = memo_size

    def decide(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        """The clearance of `who` for a record with `key`; the meet of both parties' where one asks for another."""
        memo_key = (who.profile, who.on_behalf_of, who.person, key)
        known = self._memo.get(memo_key)
        if known is not None and (known.valid_until is None or now < known.valid_until):
            return known
        clearance = self._meet(who, key, now)
        if len(self._memo) >= self._memo_size:
            self._memo.clear()
        self._memo[memo_key] = clearance
        return clearance

    def _meet(self, who: Requester, key: DecisionKey, now: float) -> Clearance:
        judgements = [self._judge(party, who.person, key, now) for party in who.parties]
        listed = all(judgement.listed for judgement in judgements)
        effects: list[Effect] = []
        redactions: list[Redaction] = []
        for group in FieldGroup:
            effect = max(judgement.effects[group][0] for judgement in judgements) if listed else Effect.WITHHOLD
            effects.append(effect)
            if listed and effect is not Effect.SHOW:
                rules = tuple(
                    dict.fromkeys(
                        rule
                        for judgement in judgements
                        if judgement.effects[group][0] is effect
                        for rule in judgement.effects[group][1]
                    )
                )
                redactions.append(Redaction(group, effect, self._reason(key, group, rules, now), rules))
        marking = key.marking
        boundaries = [time for time in (boundary_after(marking, now), key.openings.valid_until) if time is not None]
        valid_until = min(boundaries, default=None)
        return Clearance(
            listed=listed,
            effects=tuple(effects),
            free_text=listed and all(judgement.free_text for judgement in judgements),
            precision=marking.floor if listed else Precisions(),
            redactions=tuple(redactions),
            handling=Handling(marking.tlp, marking.un_marking, marking.permitted_actions, valid_until),
            obligations=("NOTIFY_ORIGINATOR",) if listed and marking.permitted_actions.notify_on_use else (),
            rules=tuple(dict.fromkeys(rule for judgement in judgements for rule in judgement.rules)),
            valid_until=valid_until,
            policy_version=self.version,
        )

    def _judge(self, party: Profile, person: str | None, key: DecisionKey, now: float) -> _Judgement:
        """One party's decision, in two rounds: free text depends on what the other groups came to (rule 7)."""
        structured = [group for group in FieldGroup if group not in TEXT_GROUPS]
        questions: list[tuple[str, FieldGroup | None]] = [("list", FieldGroup.ENVELOPE)]
        questions += [(action, group) for group in structured for action in ("exact", "coarse")]
        first = self._ask(party, person, key, now, questions, text_identifies=False)
        listing = first["list", FieldGroup.ENVELOPE]
        effects = {group: _effect(first["exact", group], first["coarse", group]) for group in structured}
        hidden = {group for group in IDENTIFYING_GROUPS if effects[group][0] is not Effect.SHOW}
        identifies = bool(hidden - key.marking.text_free_of)
        texts: list[FieldGroup | None] = [*sorted(TEXT_GROUPS), None]
        questions = [(action, group) for group in texts for action in ("exact", "coarse")]
        second = self._ask(party, person, key, now, questions, text_identifies=identifies)
        # Text has no coarser form: it is shown or it is not.
        for group in sorted(TEXT_GROUPS):
            exact = second["exact", group]
            effects[group] = (Effect.SHOW, ()) if exact.allowed else (Effect.WITHHOLD, exact.rules)
        return _Judgement(listing.allowed, effects, second["exact", None].allowed, listing.rules)

    def _ask(
        self,
        party: Profile,
        person: str | None,
        key: DecisionKey,
        now: float,
        questions: Sequence[tuple[str, FieldGroup | None]],
        *,
        text_identifies: bool,
    ) -> dict[tuple[str, FieldGroup | None], _Verdict]:
        refused = {question: _Verdict(False, (POLICY_ERROR,)) for question in questions}
        asker = {"type": "Profile", "id": "requester"}
        entities: list[dict[str, object]] = [
            {"uid": asker, "attrs": profile_attributes(party, person), "parents": []},
        ]
        for group in dict.fromkeys(group for _, group in questions):
            attributes = slice_attributes(key, group, now, text_identifies=text_identifies)
            entities.append({"uid": {"type": "Slice", "id": _name(group)}, "attrs": attributes, "parents": []})
        requests = [
            {
                "principal": asker,
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Slice", "id": _name(group)},
                "context": {},
            }
            for action, group in questions
        ]
        book = self._rulebook
        try:
            known = cedarpy.Entities.from_json_str(json.dumps(entities), book.schema)
            answers = cedarpy.is_authorized_batch(requests, book.policies, known, book.schema)
        except ValueError:
            log.error("POLICY_ERROR: the attributes of a decision do not fit the schema; nothing is shown")
            return refused
        return {**refused, **{question: _verdict(answer) for question, answer in zip(questions, answers, strict=True)}}

    def _reason(self, key: DecisionKey, group: FieldGroup, rules: Sequence[str], now: float) -> RedactionReason:
        """The reason told for a redaction: the first deciding rule's, in the order of the rules."""
        if POLICY_ERROR in rules:
            return RedactionReason.POLICY_ERROR
        for rule in sorted(rules, key=_rule_order):
            kind = self._rulebook.rules[rule].redaction if rule in self._rulebook.rules else None
            if kind == RESTRICTION:
                restrictions = restrictions_on(key.marking, group, now)
                return RedactionReason(restrictions[0].reason.value) if restrictions else RedactionReason.UNSPECIFIED
            if kind is not None:
                return RedactionReason(kind)
        return RedactionReason.DEFAULT_DENY


def _name(group: FieldGroup | None) -> str:
    return "FREE_TEXT" if group is None else group.name


def _verdict(answer: cedarpy.AuthzResult) -> _Verdict:
    """A clean Allow or a refusal: Cedar skips a forbid whose condition errs, and then its Allow is not clean."""
    if answer.diagnostics.errors or answer.decision is cedarpy.Decision.NoDecision:
        log.error("POLICY_ERROR: a rule erred or gave no decision; nothing is shown")
        return _Verdict(False, (POLICY_ERROR,))
    rules = tuple(sorted(answer.diagnostics.reasons, key=_rule_order))
    return _Verdict(answer.allowed, rules or (DEFAULT_DENY,))


def _effect(exact: _Verdict, coarse: _Verdict) -> tuple[Effect, tuple[str, ...]]:
    """SHOW where both are allowed, GENERALIZE where only the coarse form is; else WITHHOLD."""
    if not coarse.allowed:
        return Effect.WITHHOLD, coarse.rules
    return (Effect.SHOW, ()) if exact.allowed else (Effect.GENERALIZE, exact.rules)


def _rule_order(rule: str) -> tuple[int, str]:
    """Rules by their number, so that `13-special` follows `8-plans`."""
    number = rule.partition("-")[0]
    return (int(number) if number.isdigit() else 1_000, rule)
