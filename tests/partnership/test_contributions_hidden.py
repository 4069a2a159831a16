"""Figures betray no record: two ledgers that differ only in what a requester was not told give it equal figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.entries import Disclosed, Entry, ShownAs
from gateway.ledger.ledger import SqlLedger
from gateway.partnership.contributions import contributions, given_by_partner
from gateway.store.engine import Store, open_store
from gateway.store.migrate import migrate
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind, Purpose

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
WHO = "northwind-aid"
RECORDS = ("one", "two", "three", "four")
OTHERS = ("harbour-relief", "meridian-health", "cedarbridge")


def shown(to: str, records: Mapping[str, str], behalf: str | None = None, number: int = 0) -> Entry:
    """An answer to `to` that showed `records`, each with its originator; other `number`s are of other records."""
    references = {record: sha256(f"{number} {record}".encode()).digest()[:16] for record in records}
    how = ShownAs((FieldGroup.WHAT,), ("3-partners",))
    return Entry(
        at=AT,
        organization=to,
        client=f"{to}.client",
        purpose=Purpose.SAFETY_AND_SECURITY,
        operation="incidents",
        outcome="ANSWERED",
        policy_version="1",
        on_behalf_of=behalf,
        originators=tuple(
            Disclosed(
                originator=originator,
                shown={how: sorted(references[record] for record in records if records[record] == originator)},
            )
            for originator in sorted(set(records.values()))
        ),
        records={f"{number} {record}": reference for record, reference in references.items()},
    )


class Worlds:
    """Two ledgers."""

    def __init__(self, folder: Path) -> None:
        self.stores = [open_store(f"sqlite:///{folder}/{side}.sqlite3") for side in ("left", "right")]
        self._number = 0
        for store in self.stores:
            migrate(store)

    async def enter(self, left: Sequence[Entry], right: Sequence[Entry]) -> None:
        """Adds to what is there."""
        for store, entries in zip(self.stores, (left, right), strict=True):
            async with SqlLedger(store) as ledger:
                for entry in entries:
                    await ledger.commit(entry)

    def told(self, organization: str) -> list[object]:
        """What the organization is told in each."""
        return [
            (contributions(store, organization, SINCE, kind_of), given_by_partner(store, organization, SINCE))
            for store in self.stores
        ]

    def number(self) -> int:
        """A new one, so that an example's records are not those of the examples before it."""
        self._number += 1
        return self._number


def kind_of(public: str) -> InformationKind | None:
    return InformationKind.SECURITY_ALERT if public.endswith("four") else InformationKind.INCIDENT_REPORT


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    made = Worlds(tmp_path_factory.mktemp("worlds"))
    yield made
    for store in made.stores:
        store.close()


originators = st.fixed_dictionaries({record: st.sampled_from(OTHERS) for record in RECORDS})
unheard = st.lists(
    st.tuples(
        st.sampled_from(("plainfield-relief", "ocha")),
        st.dictionaries(st.sampled_from(("special", *RECORDS)), st.sampled_from(OTHERS), min_size=1),
        st.sampled_from((None, "stonebridge-aid")),
    ),
    max_size=3,
)


@settings(max_examples=25)
@given(sides=st.tuples(originators, originators), unheard_of=st.tuples(unheard, unheard), behalf=st.booleans())
async def test_whose_records_they_are_and_what_others_were_shown_changes_no_figure(
    worlds: Worlds, sides: Sequence[dict[str, str]], unheard_of: Sequence[Sequence[Any]], behalf: bool
) -> None:
    number = worlds.number()
    asks = ("common-ground-platform", WHO) if behalf else (WHO, None)
    left, right = (
        [
            shown(asks[0], records, asks[1], number),
            shown("ocha", {"own": WHO}, number=number),
            *(shown(to, others, behalf_of, number) for to, others, behalf_of in answers),
        ]
        for records, answers in zip(sides, unheard_of, strict=True)
    )
    await worlds.enter(left, right)
    first, second = worlds.told(WHO)
    assert first == second


async def test_a_record_that_the_secretariat_does_not_know_of_is_in_none_of_its_figures(tmp_path: Path) -> None:
    worlds = Worlds(tmp_path)
    hidden = shown("plainfield-relief", {"special": "harbour-relief"})
    seen = shown("ocha", {"one": "harbour-relief"})
    await worlds.enter([seen, hidden], [seen])
    first, second = worlds.told("ocha")
    assert first == second
    assert worlds.told("harbour-relief")[0] != worlds.told("harbour-relief")[1], "its originator is told"
    for store in worlds.stores:
        store.close()


async def test_records_are_counted_by_month_kind_and_partner_each_once(store: Store) -> None:
    records = dict.fromkeys(RECORDS, "harbour-relief")
    async with SqlLedger(store) as ledger:
        for _ in range(2):
            await ledger.commit(shown(WHO, records))
        await ledger.commit(shown("harbour-relief", records))
        await ledger.commit(shown("common-ground-platform", {"one": "harbour-relief"}, "cedarbridge"))
    assert contributions(store, "harbour-relief", SINCE, kind_of) == [
        ("2026-11", InformationKind.INCIDENT_REPORT, 3, 0),
        ("2026-11", InformationKind.SECURITY_ALERT, 1, 0),
    ]
    assert given_by_partner(store, "harbour-relief", SINCE) == [
        ("cedarbridge", 1),
        ("common-ground-platform", 1),
        (WHO, 4),
    ]
    assert contributions(store, "cedarbridge", SINCE, kind_of) == [("2026-11", InformationKind.INCIDENT_REPORT, 0, 1)]
    assert contributions(store, WHO, datetime(2026, 12, 1, tzinfo=UTC), kind_of) == []
