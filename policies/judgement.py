"""One party's judgement of a marking: what Cedar says of each group, before two parties meet and redactions are worded.

Three rounds: what openings reach this party (only where there are any), the structured groups, and then free text,
which depends on what the other groups came to (rule 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from policies.clearance import DecisionKey
from policies.groups import GENERALIZABLE_GROUPS, IDENTIFYING_GROUPS, TEXT_GROUPS, Effect, FieldGroup
from policies.openings import Declaration, Emergency, Grant, Opening
from policies.requester import Profile
from policies.rulebook import Rulebook
from policies.slices import (
    ADVICE,
    FREE_TEXT,
    NOTHING,
    Reached,
    opening_attributes,
    profile_attributes,
    slice_attributes,
)
from policies.verdict import Question, Verdict, ask

_STRUCTURED: Final = tuple(group for group in FieldGroup if group not in TEXT_GROUPS)
_REVEAL: Final = ("exact", "coarse")
_ACTIONS: Final[Mapping[type, str]] = {Grant: "consent", Declaration: "imminentRisk", Emergency: "emergency"}


class Judgement(NamedTuple):
    """One party's decision. `effects`: effect and deciding rules a group; `openings`: those that reach the party."""

    listed: bool
    effects: Mapping[FieldGroup, tuple[Effect, tuple[str, ...]]]
    free_text: bool
    advice: str | None
    carried: bool
    openings: tuple[Opening, ...]
    rules: tuple[str, ...]


def judge(book: Rulebook, party: Profile, person: str | None, key: DecisionKey, now: float) -> Judgement:
    """What `party` may have of a record with `key`; total, as every refusal and error withholds."""
    requester = profile_attributes(party, person)
    reached, openings, advice = _openings(book, requester, key, now)

    def slice_of(name: str, *, text_identifies: bool = False) -> dict[str, object]:
        given = reached.get(name, NOTHING)
        return slice_attributes(key, name, now, text_identifies=text_identifies, reached=given)

    first = ask(
        book,
        requester,
        {group.name: slice_of(group.name) for group in _STRUCTURED},
        [
            Question("list", "ENVELOPE"),
            Question("carry", "ENVELOPE"),
            *(Question(action, group.name) for group in _STRUCTURED for action in _REVEAL),
        ],
    )
    effects = {
        group: _effect(group, first[Question("exact", group.name)], first[Question("coarse", group.name)])
        for group in _STRUCTURED
    }
    hidden = {group for group in IDENTIFYING_GROUPS if effects[group][0] is not Effect.SHOW}
    # Rules 9 and 11 open four groups: what else is text stays as it was without them.
    hidden_else = _hidden_without(book, requester, reached, key, now) if _in_danger(reached) else hidden
    identifies = bool(hidden - key.marking.text_free_of)
    identifies_else = bool(hidden_else - key.marking.text_free_of)
    confirmed = any(isinstance(item, Declaration) and item.text_is_clean for item in openings)
    texts = {
        FieldGroup.NARRATIVE.name: identifies_else,
        FieldGroup.RESPONSE.name: identifies and not confirmed,
        FieldGroup.PLANS.name: identifies_else,
        FREE_TEXT: identifies_else,
        **({} if advice is None else {ADVICE: False}),
    }
    second = ask(
        book,
        requester,
        {name: slice_of(name, text_identifies=identifying) for name, identifying in texts.items()},
        [Question("exact", name) for name in texts],
    )
    # Text has no coarser form: it is shown or it is not.
    for group in sorted(TEXT_GROUPS):
        verdict = second[Question("exact", group.name)]
        effects[group] = (Effect.SHOW, ()) if verdict.allowed else (Effect.WITHHOLD, verdict.rules)
    if advice is not None:
        if effects[FieldGroup.RESPONSE][0] is not Effect.SHOW and second[Question("exact", ADVICE)].allowed:
            effects[FieldGroup.RESPONSE] = (Effect.SHOW, ())
        else:
            advice = None
    listing = first[Question("list", "ENVELOPE")]
    return Judgement(
        listed=listing.allowed,
        effects=effects,
        free_text=second[Question("exact", FREE_TEXT)].allowed,
        advice=advice,
        carried=first[Question("carry", "ENVELOPE")].allowed,
        openings=openings,
        rules=listing.rules,
    )


def _in_danger(reached: Mapping[str, Reached]) -> bool:
    """Whether a declaration or an emergency opening reaches the party."""
    return any(given.imminent_risk or given.emergency for given in reached.values())


def _hidden_without(
    book: Rulebook, requester: Mapping[str, object], reached: Mapping[str, Reached], key: DecisionKey, now: float
) -> set[FieldGroup]:
    """The identifying groups that are not shown as they are without declarations and emergency openings."""
    names = [group.name for group in IDENTIFYING_GROUPS]
    granted = {name: reached.get(name, NOTHING)._replace(imminent_risk=False, emergency=False) for name in names}
    slices = {name: slice_attributes(key, name, now, reached=granted[name]) for name in names}
    verdicts = ask(book, requester, slices, [Question(action, name) for name in names for action in _REVEAL])
    return {FieldGroup[question.resource] for question, verdict in verdicts.items() if not verdict.allowed}


def _openings(
    book: Rulebook, requester: Mapping[str, object], key: DecisionKey, now: float
) -> tuple[Mapping[str, Reached], tuple[Opening, ...], str | None]:
    """What reaches the party by group name, which openings do, and the advice of the last declaration among them."""
    in_force = key.openings.in_force(now)
    if not in_force:
        return {}, (), None
    names = [*(group.name for group in FieldGroup), ADVICE]
    resources, questions = {}, []
    for number, opening in enumerate(in_force):
        for name in names:
            resources[f"{number}/{name}"] = opening_attributes(opening, key.marking, name)
            questions.append(Question(_ACTIONS[type(opening)], f"{number}/{name}"))
    verdicts = ask(book, requester, resources, questions, kind="Opening")
    reached: dict[str, Reached] = {}
    reaching: list[Opening] = []
    advice = None
    for number, opening in enumerate(in_force):
        given = [name for name in names if verdicts[Question(_ACTIONS[type(opening)], f"{number}/{name}")].allowed]
        for name in given:
            reached[name] = _with(reached.get(name, NOTHING), opening, name)
        if given:
            reaching.append(opening)
        if ADVICE in given and isinstance(opening, Declaration):
            advice = opening.advice or advice
    return reached, tuple(reaching), advice


def _with(reached: Reached, opening: Opening, name: str) -> Reached:
    match opening:
        case Grant():
            # The envelope of a record that is granted in part is as it is.
            exactly = reached.granted_exactly or opening.exact or name == FieldGroup.ENVELOPE.name
            return reached._replace(granted=True, granted_exactly=exactly)
        case Declaration():
            return reached._replace(imminent_risk=True)
        case Emergency():
            return reached._replace(emergency=True)


def _effect(group: FieldGroup, exact: Verdict, coarse: Verdict) -> tuple[Effect, tuple[str, ...]]:
    """SHOW where both are allowed, GENERALIZE where only the coarse form is and there is one; else WITHHOLD."""
    if not coarse.allowed:
        return Effect.WITHHOLD, coarse.rules
    if exact.allowed:
        return Effect.SHOW, ()
    return (Effect.GENERALIZE if group in GENERALIZABLE_GROUPS else Effect.WITHHOLD), exact.rules
