"""Recalls: who was shown it is told, once; also of what was under way, after a restart, and of what was refuted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connectors.records import Incident, RecordRef
from gateway.federation.sources.decide import Decider
from gateway.federation.sources.ids import RecordIds
from gateway.federation.sources.views import Views
from gateway.ledger.entries import Disclosed, Entry, ShownAs
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.reference import reference
from gateway.notices.inbox import Inbox
from gateway.partnership.directory import Directory
from gateway.sharing.recall import Recaller
from gateway.sharing.restrictions import set_restrictions, withdraw
from gateway.sharing.subject import Actor, Spoken
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.cases import read_cases
from policies.decision import CedarPolicy
from policies.groups import FieldGroup
from policies.marking import Restriction
from policies.requester import Requester
from policies.rulebook import read_rules, rule_files
from policies.vocabulary import InformationKind, Purpose, Verification
from tests.federation.builders import incident

SPOKEN = Spoken(
    reference=reference("forms", "INCIDENT_REPORT", "1"),
    record="the-public-id",
    kind=InformationKind.INCIDENT_REPORT,
    originator="hillside-aid",
    carried=True,
)
ENVELOPE_AND_WHAT = (FieldGroup.ENVELOPE, FieldGroup.WHAT)
ANSWER_SECONDS = 20.0


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    @property
    def by(self) -> Actor:
        return Actor(organization="hillside-aid", officer="an-officer", at=datetime.fromtimestamp(self.now, UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite3")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def shown(
    store: Store, clock: Clock, *organizations: str, groups: tuple[FieldGroup, ...] = ENVELOPE_AND_WHAT
) -> None:
    async with SqlLedger(store) as ledger:
        for organization in organizations:
            shown_as = {ShownAs(groups, ("3-partners",)): [SPOKEN.reference]}
            await ledger.commit(
                Entry(
                    at=datetime.fromtimestamp(clock.now, UTC),
                    organization=organization,
                    client="a-client",
                    purpose=Purpose.SAFETY_AND_SECURITY,
                    operation="incidents",
                    outcome="ANSWERED",
                    policy_version="1",
                    originators=(Disclosed(originator=SPOKEN.originator, shown=shown_as),),
                )
            )


def told(store: Store, organization: str) -> list[str]:
    return [notice.kind.value for notice in Inbox(store).page(organization, first=50).notices]


async def test_everyone_who_was_shown_it_is_told_once(store: Store, clock: Clock) -> None:
    await shown(store, clock, "northwind-aid", "meridian-health", "northwind-aid", "hillside-aid")
    withdraw(store, SPOKEN, "A mistake.", clock.by)
    withdraw(store, SPOKEN, "A mistake.", clock.by)
    recaller = Recaller(store, ANSWER_SECONDS, clock)
    for _ in range(3):
        recaller.sweep()
    assert told(store, "northwind-aid") == told(store, "meridian-health") == ["RECORD_WITHDRAWN"]
    assert told(store, "hillside-aid") == told(store, "juniper-trust") == []


async def test_an_answer_that_was_under_way_is_looked_for_again_by_whoever_runs_then(
    store: Store, clock: Clock
) -> None:
    withdraw(store, SPOKEN, "A mistake.", clock.by)
    Recaller(store, ANSWER_SECONDS, clock).sweep()
    await shown(store, clock, "northwind-aid")
    assert told(store, "northwind-aid") == []
    clock.now += ANSWER_SECONDS
    Recaller(store, ANSWER_SECONDS, clock).sweep()
    assert told(store, "northwind-aid") == ["RECORD_WITHDRAWN"]
    await shown(store, clock, "meridian-health")
    clock.now += ANSWER_SECONDS
    Recaller(store, ANSWER_SECONDS, clock).sweep()
    assert told(store, "meridian-health") == [], "it is done"


async def test_a_tightening_is_told_to_those_who_lost_something_they_had_seen(store: Store, clock: Clock) -> None:
    await shown(store, clock, "northwind-aid", "undss", "meridian-health")
    await shown(store, clock, "juniper-trust", groups=(FieldGroup.ENVELOPE,))
    recaller = Recaller(store, ANSWER_SECONDS, clock)
    for_all_but_two = Restriction(
        groups=frozenset({FieldGroup.WHAT}), lifted_for=frozenset({"undss", "meridian-health"})
    )
    set_restrictions(store, SPOKEN, [for_all_but_two], clock.by)
    recaller.sweep()
    assert told(store, "northwind-aid") == ["RECORD_RESTRICTED"]
    for untouched in ("undss", "meridian-health", "juniper-trust"):
        assert told(store, untouched) == []
    for_all_but_one = msgspec.structs.replace(for_all_but_two, lifted_for=frozenset({"undss"}))
    set_restrictions(store, SPOKEN, [for_all_but_one], clock.by)
    recaller.sweep()
    assert told(store, "meridian-health") == ["RECORD_RESTRICTED"]
    assert told(store, "northwind-aid") == ["RECORD_RESTRICTED"], "it lost nothing more"
    set_restrictions(store, SPOKEN, [], clock.by)
    recaller.sweep()
    assert told(store, "undss") == []


async def test_what_is_refuted_is_told_to_who_was_shown_it_before(store: Store, clock: Clock) -> None:
    await shown(store, clock, "northwind-aid")
    recaller = Recaller(store, ANSWER_SECONDS, clock)
    clock.now += 1
    recaller.refuted(SPOKEN)
    recaller.sweep()
    clock.now += 1
    await shown(store, clock, "meridian-health")
    recaller.refuted(SPOKEN)
    clock.now += ANSWER_SECONDS
    for again in (recaller, Recaller(store, ANSWER_SECONDS, clock)):
        again.refuted(SPOKEN)
        again.sweep()
    assert told(store, "northwind-aid") == ["RECORD_REFUTED"]
    assert told(store, "meridian-health") == [], "it was shown it as refuted"


def test_a_record_that_its_source_refuted_is_reported_whoever_reads_it() -> None:
    heard: list[Spoken] = []
    who = Requester(profile=read_cases().cast.requesters["an applicant"], client="test")
    directory = Directory(epoch=0, members={}, levels={}, clients={}, revoked=frozenset())
    views = Views(RecordIds({1: bytes(range(64))}, 1))
    decider = Decider(CedarPolicy(read_rules(rule_files())), views, directory, who, 0.0, heard.append)
    refuted: Incident = incident(verification=Verification.REFUTED)
    assert decider.views([refuted, incident(2)]) == [], "neither is listed for an applicant"
    ref = RecordRef("a-source", InformationKind.INCIDENT_REPORT, "1")
    assert [(item.record, item.originator) for item in heard] == [(views.ids.encode(ref)[0], "somebody")]
