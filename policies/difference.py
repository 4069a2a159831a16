"""What a change of rules would change: which requesters gain or lose what, on which classes of records.

Requesters and classes of records are those of `policies/rules/cast.toml`. Only what the changed rules speak of is
decided, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from policies.cases import TALLY, Asker, Book, decision_key, requester
from policies.clearance import Clearance, DecisionKey
from policies.decision import Act, CedarPolicy
from policies.groups import Effect, FieldGroup
from policies.requester import Requester
from policies.rulebook import actions_of, policy_documents, read_rules
from policies.vocabulary import Capacity

READING: Final = frozenset(
    {"read", "list", "reveal", "exact", "coarse", "carry", "relay", "consent", "imminentRisk", "emergency"}
)
_EVERYTHING: Final = READING | {TALLY, *(act.value for act in Act)}


class Difference(NamedTuple):
    """`requesters` gain (or lose) each of `what` on each class of `records`, all in plain words."""

    gains: bool
    requesters: Sequence[str]
    what: Sequence[str]
    records: Sequence[str]


class _Change(NamedTuple):
    gains: bool
    what: str


def differences(before: Mapping[str, str], after: Mapping[str, str], book: Book, now: float) -> Sequence[Difference]:
    """From the rules in `before` to those in `after` (texts by file name); none where nothing changes.

    Raises `InvalidRules` naming rule and fault.
    """
    old, new = CedarPolicy(read_rules(before)), CedarPolicy(read_rules(after))
    affected = _affected(before, after)
    if not affected:
        return ()
    found: dict[tuple[str, str], list[_Change]] = {}
    keys = {name: decision_key(book, record) for name, record in book.cast.records.items()}
    askers = {**{name: Asker(who=name) for name in book.cast.requesters}, **book.cast.askers}
    for name, asker in askers.items():
        who = requester(book, asker)
        for record, key in keys.items():
            changes: list[_Change] = []
            if affected & READING:
                changes += _read(old.decide(who, key, now), new.decide(who, key, now))
            # Nobody acts on behalf of another, and no rule on acts knows a person.
            if name in book.cast.requesters:
                changes += _acts(old, new, who, key, now, affected)
            if changes:
                found[name, record] = changes
    return _grouped(found)


def _affected(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[str]:
    """The actions that the changed rules are of; all of them where the schema changed."""

    def schema(texts: Mapping[str, str]) -> Mapping[str, str]:
        return {name: text for name, text in texts.items() if name.endswith(".cedarschema")}

    if schema(before) != schema(after):
        return _EVERYTHING
    old, new = policy_documents(before), policy_documents(after)
    changed = (
        policy
        for rule in old.keys() | new.keys()
        if _meaning(old.get(rule)) != _meaning(new.get(rule))
        for policy in (old.get(rule), new.get(rule))
        if policy is not None
    )
    return frozenset(action for policy in changed for action in actions_of(policy) or _EVERYTHING)


def _meaning(policy: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if policy is None else {part: body for part, body in policy.items() if part != "annotations"}


def _read(old: Clearance, new: Clearance) -> Iterator[_Change]:
    """What is shown more or less of a record."""
    if old.listed is not new.listed:
        yield _Change(new.listed, "the record")
    for group in FieldGroup:
        first, second = old.effect(group), new.effect(group)
        if first is not second and group is not FieldGroup.ENVELOPE:
            yield _Change(second < first, _step(group, min(first, second), max(first, second)))
    for had, has, what in (
        (old.free_text, new.free_text, "text in other groups"),
        (old.advice is not None, new.advice is not None, "a declaration's advice"),
        (old.carried, new.carried, "export"),
    ):
        if had is not has:
            yield _Change(has, what)


def _step(group: FieldGroup, better: Effect, worse: Effect) -> str:
    if better is Effect.GENERALIZE:
        return f"{group.name} in coarser form"
    return f"{group.name} exactly" if worse is Effect.GENERALIZE else group.name


def _acts(
    old: CedarPolicy, new: CedarPolicy, who: Requester, key: DecisionKey, now: float, affected: frozenset[str]
) -> Iterator[_Change]:
    """What may be done to a record more or less. All but counting it in fixed tables needs it to be listed."""
    if TALLY in affected:
        had, has = (policy.tally(who, key, now).allowed for policy in (old, new))
        if had is not has:
            yield _Change(has, "its count in fixed tables")
    acts = [act for act in Act if act.value in affected]
    listed = [policy.decide(who, key, now).listed for policy in (old, new)] if acts else []
    for act in acts:
        found: dict[tuple[bool, str], list[str]] = {}
        for capacity, facts, words in _facts(act, key):
            had, has = (
                known and policy.may(act, who, key, now, **facts).allowed
                for known, policy in zip(listed, (old, new), strict=True)
            )
            if had is not has:
                found.setdefault((has, words), []).append(capacity)
        for (has, words), capacities in found.items():
            # What needs no capacity is told without any.
            needed = "" if "" in capacities else f" as {' or '.join(capacities)}"
            yield _Change(has, f"`{act.value}`{needed}{words}")


def _facts(act: Act, key: DecisionKey) -> Iterator[tuple[str, Mapping[str, object], str]]:
    """The contexts in which an act is tried, as no capacity and as each alone: the capacity, the facts, more words."""
    for capacity in ("", *(item.value for item in Capacity)):
        capacities = [capacity] if capacity else []
        match act:
            case Act.DECLARE_IMMINENT_RISK:
                yield capacity, {"capacities": capacities, "areas": sorted(key.marking.release_areas)}, ""
            case Act.REQUEST_EMERGENCY_OPENING:
                yield capacity, {"capacities": capacities}, ""
            case Act.APPROVE_EMERGENCY_OPENING:
                yield capacity, {"capacities": capacities, "sameOfficer": False}, ""
                yield capacity, {"capacities": capacities, "sameOfficer": True}, ", by whoever asked for it"
            case _:
                if not capacity:
                    yield capacity, {}, ""


def _grouped(found: Mapping[tuple[str, str], Sequence[_Change]]) -> Sequence[Difference]:
    """One difference for all requesters and records that gain, or lose, the same."""
    by_requester: dict[tuple[str, bool, tuple[str, ...]], list[str]] = {}
    for (name, record), changes in found.items():
        for gains in (True, False):
            what = tuple(change.what for change in changes if change.gains is gains)
            if what:
                by_requester.setdefault((name, gains, what), []).append(record)
    together: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (name, gains, what), records in by_requester.items():
        together.setdefault((gains, what, tuple(records)), []).append(name)
    return [Difference(gains, names, what, records) for (gains, what, records), names in together.items()]
