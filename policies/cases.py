"""The cases beside the rules: what a requester has to be given of a marking, and by which rule.

A case file (`policies/rules/*.cases.toml`) is a table that a person of the trade can read and dispute. `cast.toml`
holds the requesters by name and the marking that every case changes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import msgspec

from policies.clearance import Clearance, DecisionKey
from policies.decision import Act, CedarPolicy, Policy
from policies.groups import Effect, FieldGroup
from policies.marking import Marking, Restriction
from policies.openings import Declaration, Emergency, Grant, Opening, Openings
from policies.requester import Profile, Requester
from policies.values import PlacePrecision, Precisions, TimePrecision
from policies.vocabulary import ImplementationLevel, RecordStatus

# The one operation that is not done to a single record: counting it in fixed tables (rule 12).
TALLY: Final = "tally"
# The moment at which cases are decided, in seconds since the epoch.
NOW: Final = 1_000.0


class Opened(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Openings as a case writes them: grants by `to` and `groups`, declarations by `areas`, emergencies by `to`.

    `until` is in seconds since the epoch; cases are decided at `NOW`.
    """

    to: str | None = None
    groups: tuple[str, ...] = ()
    exact: bool = True
    areas: tuple[str, ...] = ()
    advice: str | None = None
    text_is_clean: bool = False
    until: float = 2_000.0


class RecordClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record as a decision sees it: how its marking differs from the cast's, its status, level and openings."""

    marking: dict[str, Any] = {}
    status: RecordStatus = RecordStatus.ACTUAL
    level: ImplementationLevel = ImplementationLevel.REGULAR
    few_partners: bool = False
    third_party_is_partner: bool = False
    grants: tuple[Opened, ...] = ()
    declarations: tuple[Opened, ...] = ()
    emergencies: tuple[Opened, ...] = ()


class Asker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the cast who asks, as a person or on behalf of another where it says so."""

    who: str
    person: str | None = None
    on_behalf_of: str | None = None
    authorized: tuple[str, ...] | None = None


class Case(RecordClass, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table.

    Of what a record shows: `listed`, then `show`, `generalize` and `withhold` name groups, `free_text` whether text in
    another group is shown, `carried` whether it may leave by export. Of what may be done to it: `operation` and
    `allowed`, with `facts`, the action's context. `because` names rules that have to decide.
    """

    says: str
    who: str
    person: str | None = None
    on_behalf_of: str | None = None
    authorized: tuple[str, ...] | None = None
    listed: bool | None = None
    show: tuple[str, ...] = ()
    generalize: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    precision: tuple[str, str] | None = None
    advice: str | None = None
    free_text: bool | None = None
    carried: bool | None = None
    operation: str | None = None
    allowed: bool | None = None
    facts: dict[str, Any] = {}
    because: tuple[str, ...] = ()
    rule: str = ""

    @property
    def refuses(self) -> bool:
        """Whether it is a case of something not being given."""
        if self.operation is not None:
            return not self.allowed
        return not self.listed or self.carried is False or bool(self.withhold or self.generalize)


class Cast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes part, and the marking that cases start from.

    For `policies.difference`: `askers` beyond those who ask for themselves, and the classes of `records` by name.
    """

    requesters: dict[str, Profile]
    marking: dict[str, Any]
    askers: dict[str, Asker] = {}
    records: dict[str, RecordClass] = {}


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


def requester(book: Book, case: Asker | Case) -> Requester:
    """Who asks; a member has authorised its platform everywhere unless areas are named."""
    return Requester(
        profile=book.cast.requesters[case.who],
        on_behalf_of=None if case.on_behalf_of is None else book.cast.requesters[case.on_behalf_of],
        authorized_areas=None if case.authorized is None else frozenset(case.authorized),
        client="case",
        person=case.person,
    )


def decision_key(book: Book, case: RecordClass) -> DecisionKey:
    """The record as a decision sees it."""
    opened: list[Opening] = [
        Grant(
            id=f"grant {number}",
            to=item.to or "",
            groups=frozenset(_groups(item.groups)),
            exact=item.exact,
            until=item.until,
        )
        for number, item in enumerate(case.grants)
    ]
    opened += [
        Declaration(
            id=f"declaration {number}",
            areas=frozenset(item.areas),
            until=item.until,
            advice=item.advice,
            text_is_clean=item.text_is_clean,
        )
        for number, item in enumerate(case.declarations)
    ]
    opened += [
        Emergency(id=f"emergency {number}", to=item.to or "", until=item.until)
        for number, item in enumerate(case.emergencies)
    ]
    marking = marking_of({**book.cast.marking, **case.marking})
    return DecisionKey(
        marking,
        case.level,
        Openings(tuple(opened)),
        case.few_partners,
        case.third_party_is_partner,
        case.status,
    )


def decide(book: Book, case: Case, policy: Policy, now: float) -> Clearance:
    """What `policy` gives in `case`."""
    return policy.decide(requester(book, case), decision_key(book, case), now)


def faults(book: Book, case: Case, policy: CedarPolicy, now: float) -> Sequence[str]:
    """How the decision differs from what the case expects; nothing where it does not."""
    if case.operation is not None:
        return _operation_faults(book, case, policy, now)
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
    precision = (clearance.precision.where.name, clearance.precision.when.name)
    if case.precision is not None and precision != case.precision:
        found.append(f"precision is {precision}")
    if clearance.advice != case.advice:
        found.append(f"advice is {clearance.advice!r}")
    if case.free_text is not None and clearance.free_text is not case.free_text:
        found.append(f"free text is {clearance.free_text}")
    if case.carried is not None and clearance.carried is not case.carried:
        found.append(f"carried is {clearance.carried}")
    deciding = {*clearance.rules, *(rule for item in clearance.redactions for rule in item.rules)}
    found += [f"`{rule}` did not decide" for rule in case.because if rule not in deciding]
    return found


def _operation_faults(book: Book, case: Case, policy: CedarPolicy, now: float) -> Sequence[str]:
    who, key = requester(book, case), decision_key(book, case)
    if case.operation == TALLY:
        verdict = policy.tally(who, key, now)
    else:
        verdict = policy.may(Act(case.operation), who, key, now, **case.facts)
    found = [] if verdict.allowed is case.allowed else [f"`{case.operation}` is {verdict.allowed}"]
    return [*found, *(f"`{rule}` did not decide" for rule in case.because if rule not in verdict.rules)]


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
