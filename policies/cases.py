"""The cases beside the rules: what a requester has to be given of a marking, and by which rule.

A case file (`policies/rules/*.cases.toml`) is a table that a person of the trade can read and dispute. `cast.toml`
holds the requesters by name and the marking that every case changes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec

from policies.clearance import Clearance, DecisionKey
from policies.decision import Policy
from policies.groups import Effect, FieldGroup
from policies.marking import Marking, Restriction
from policies.requester import Profile, Requester
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import ImplementationLevel


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table. `show`, `generalize` and `withhold` name groups; `because` the rules that decide."""

    says: str
    who: str
    listed: bool
    marking: dict[str, Any] = {}
    level: ImplementationLevel = ImplementationLevel.REGULAR
    person: str | None = None
    on_behalf_of: str | None = None
    show: tuple[str, ...] = ()
    generalize: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    rule: str = ""


class Cast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes part, and the marking that cases start from."""

    requesters: dict[str, Profile]
    marking: dict[str, Any]


class Book(msgspec.Struct, frozen=True):
    """All cases with their cast."""

    cast: Cast
    cases: Sequence[Case]


def read_cases() -> Book:
    """The installed cases, each with the file it stands in as its `rule`; raises `msgspec.ValidationError`."""
    folder = files("policies") / "rules"
    cast = msgspec.toml.decode((folder / "cast.toml").read_bytes(), type=Cast)
    cases = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith(".cases.toml"):
            rows = tomllib.loads(item.read_text("utf-8"))["case"]
            cases += [msgspec.convert({**row, "rule": item.name.removesuffix(".cases.toml")}, Case) for row in rows]
    return Book(cast, cases)


def decide(book: Book, case: Case, policy: Policy, now: float) -> Clearance:
    """What `policy` gives in `case`."""
    who = Requester(
        profile=book.cast.requesters[case.who],
        on_behalf_of=None if case.on_behalf_of is None else book.cast.requesters[case.on_behalf_of],
        client="case",
        person=case.person,
    )
    marking = marking_of({**book.cast.marking, **case.marking})
    return policy.decide(who, DecisionKey(marking, case.level), now)


def faults(book: Book, case: Case, policy: Policy, now: float) -> Sequence[str]:
    """How the decision differs from what the case expects; nothing where it does not."""
    clearance = decide(book, case, policy, now)
    found = []
    if clearance.listed is not case.listed:
        found.append(f"listed is {clearance.listed}")
    for effect, names in (
        (Effect.SHOW, case.show),
        (Effect.GENERALIZE, case.generalize),
        (Effect.WITHHOLD, case.withhold),
    ):
        found += [
            f"{group.name} is {clearance.effect(group).name}, not {effect.name}"
            for group in _groups(names)
            if clearance.effect(group) is not effect
        ]
    deciding = {*clearance.rules, *(rule for item in clearance.redactions for rule in item.rules)}
    found += [f"`{rule}` did not decide" for rule in case.because if rule not in deciding]
    return found


def marking_of(data: Mapping[str, Any]) -> Marking:
    """A marking as a case writes it: enumerations by name."""
    plain = dict(data)
    if "restrictions" in plain:
        plain["restrictions"] = frozenset(
            msgspec.convert({**item, "groups": list(_groups(item["groups"]))}, Restriction)
            for item in plain["restrictions"]
        )
    if "text_free_of" in plain:
        plain["text_free_of"] = list(_groups(plain["text_free_of"]))
    if "floor" in plain:
        where, when = plain["floor"]
        plain["floor"] = Precisions(PlacePrecision[where], TimePrecision[when])
    restrictions = plain.pop("restrictions", frozenset())
    floor = plain.pop("floor", Precisions())
    return msgspec.structs.replace(msgspec.convert(plain, Marking), restrictions=restrictions, floor=floor)


def _groups(names: Sequence[str]) -> Sequence[FieldGroup]:
    """Groups by name; `ALL` stands for every one."""
    return tuple(FieldGroup) if "ALL" in names else tuple(FieldGroup[name] for name in names)
