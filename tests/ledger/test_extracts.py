"""An originator reads what was shown of its own, each to be checked against its leaf; a recall finds who has it."""

import asyncio
from datetime import timedelta
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from gateway.errors import BadInput, CursorInvalid, LedgerFault
from gateway.ledger.cursors import LedgerCursors
from gateway.ledger.entries import Disclosed, Entry, ShownAs, decode_shown
from gateway.ledger.extracts import disclosures, leaf_of, public_ids, reference_of
from gateway.ledger.ledger import SqlLedger
from gateway.ledger.proofs import prove_consistency, prove_inclusion
from gateway.ledger.recipients import recipients
from gateway.ledger.reference import reference
from gateway.ledger.tree import leaf_hash, verify_consistency, verify_inclusion
from gateway.store.engine import Store
from policies.groups import FieldGroup
from policies.vocabulary import Purpose
from tests.ledger.invented import LITTLE, WHOLE, entry
from tests.ledger.kept import NOON, Clock, committed, grown, sequencer

KEY = bytes(64)
RECORD = reference("plainfield-forms", "INCIDENT_REPORT", "0")


async def test_what_is_committed_to_is_what_the_originator_may_know(store: Store) -> None:
    clock = Clock(NOON + timedelta(microseconds=7))
    (made,) = await grown(store, clock, 1)
    (found,) = disclosures(store, "undss", 10)
    assert found.opened is not None
    assert sha256(found.opened.salt + found.opened.committed).digest() == found.commitment
    decoded = msgspec.msgpack.decode(found.opened.committed)
    assert decoded[:7] == [
        "slt-gateway disclosure v1",
        made.id,
        "2026-05-01T12:00:00.000007+00:00",
        "plainfield-relief",
        None,
        "SAFETY_AND_SECURITY",
        "2026-05-01",
    ]
    assert decoded[7] == [
        [["ENVELOPE"], ["4-restrictions"], b"".join(made.originators[1].shown[LITTLE])],
        [["ENVELOPE", "WHAT", "WHEN"], list(WHOLE.rules), b"".join(made.originators[1].shown[WHOLE])],
    ]


async def test_newest_first_by_pages_and_by_record(store: Store) -> None:
    made = await grown(store, Clock(), 5)
    page = disclosures(store, "undss", 2)
    assert [item.id for item in page] == [made[4].id, made[3].id]
    rest = disclosures(store, "undss", 10, before=page[-1].leaf_index)
    assert [item.id for item in rest] == [made[2].id, made[1].id, made[0].id]
    assert len(disclosures(store, "undss", 10, reference=RECORD)) == 5
    assert len(disclosures(store, "undss", 2, reference=RECORD)) == 2
    other = reference("plainfield-forms", "INCIDENT_REPORT", "1")
    assert len(disclosures(store, "hillside-aid", 10, reference=other)) == 5
    assert disclosures(store, "undss", 10, reference=other) == []
    assert disclosures(store, "nobody", 10) == []


async def test_bytes_across_two_references_are_no_record(store: Store) -> None:
    one, two = reference("a", "INCIDENT_REPORT", "1"), reference("a", "INCIDENT_REPORT", "2")
    item = msgspec.structs.replace(entry(), originators=(Disclosed(originator="undss", shown={WHOLE: [one, two]}),))
    await committed(store, [item])
    sequencer(store, Clock()).step()
    assert len(disclosures(store, "undss", 10, reference=two)) == 1
    assert disclosures(store, "undss", 10, reference=one[8:] + two[:8]) == []
    assert recipients(store, "undss", one[8:] + two[:8]) == []


async def test_a_disclosure_is_found_in_the_own_tree_only(store: Store) -> None:
    (made,) = await grown(store, Clock(), 1)
    assert leaf_of(store, "undss", made.id) == 0
    assert leaf_of(store, "plainfield-relief", made.id) is None
    assert leaf_of(store, "undss", "absent") is None


async def test_proofs_from_the_store_verify(store: Store) -> None:
    await grown(store, Clock(), 13)
    leaves = {item.leaf_index: leaf_hash(item.commitment) for item in disclosures(store, "undss", 100)}
    for size in range(1, 14):
        for index in range(size):
            proof = prove_inclusion(store, "undss", index, size)
            assert verify_inclusion(leaves[index], index, size, proof.path, proof.root)
            grew = prove_consistency(store, "undss", index + 1, size)
            assert grew.second_root == proof.root
            assert verify_consistency(index + 1, size, grew.path, grew.first_root, grew.second_root)
    for index, size in ((3, 3), (3, 14), (3, 0)):
        with pytest.raises(BadInput, match="`size`"):
            prove_inclusion(store, "undss", index, size)
    for first, second in ((0, 1), (2, 1), (1, 14)):
        with pytest.raises(BadInput, match="`first`"):
            prove_consistency(store, "undss", first, second)


async def test_public_ids_are_written_once_by_every_process(store: Store) -> None:
    ids = {f"id-{number}": reference("a", "INCIDENT_REPORT", str(number)) for number in range(5)}
    for _ in range(2):  # two processes
        async with SqlLedger(store) as ledger:
            await asyncio.gather(
                *(ledger.commit(msgspec.structs.replace(entry(), records=records)) for records in (ids, ids, {}))
            )
    assert public_ids(store, ids.values()) == {value: key for key, value in ids.items()}
    assert reference_of(store, "id-3") == ids["id-3"]
    assert reference_of(store, "id-9") is None
    assert public_ids(store, [RECORD]) == {}


def shown(organization: str, hours: int, groups: tuple[FieldGroup, ...], behalf: str | None = None) -> Entry:
    return msgspec.structs.replace(
        entry(organization),
        at=NOON + timedelta(hours=hours),
        on_behalf_of=behalf,
        purpose=Purpose.SAFETY_AND_SECURITY,
        originators=(Disclosed(originator="undss", shown={ShownAs(groups, ("3-partners",)): [RECORD]}),),
    )


async def test_a_recall_reaches_everyone_who_was_shown_the_record(store: Store) -> None:
    where, what = (FieldGroup.ENVELOPE, FieldGroup.WHERE), (FieldGroup.ENVELOPE, FieldGroup.WHAT)
    await committed(
        store,
        [
            shown("hillside-aid", 0, where),
            shown("hillside-aid", 3, what),
            shown("harbour-relief", 1, what, "hillside-aid"),
            shown("valley-aid", 2, ()),
            shown("undss", 1, where),
        ],
    )
    found = {(item.organization, item.on_behalf_of): item for item in recipients(store, "undss", RECORD)}
    assert list(found) == [("harbour-relief", "hillside-aid"), ("hillside-aid", None), ("valley-aid", None)]
    assert found["hillside-aid", None].groups == {FieldGroup.ENVELOPE, FieldGroup.WHERE, FieldGroup.WHAT}
    assert [(at - NOON) // timedelta(hours=1) for at in found["hillside-aid", None].times] == [0, 3]

    def names(**bounds: Any) -> list[str]:
        return [item.organization for item in recipients(store, "undss", RECORD, **bounds)]

    assert names(groups=[FieldGroup.WHERE]) == ["hillside-aid"]
    assert names(since=NOON + timedelta(hours=2)) == ["hillside-aid", "valley-aid"]
    assert names(until=NOON) == ["hillside-aid"]
    assert names(since=NOON + timedelta(hours=3), groups=[FieldGroup.WHERE]) == []
    assert recipients(store, "hillside-aid", RECORD) == []


def test_cursors_are_of_one_length_and_good_for_one_list_only() -> None:
    own = LedgerCursors(KEY, "undss", "disclosures")
    made = [own.encode(place) for place in (0, 1, 10**12)]
    assert [own.decode(cursor) for cursor in made] == [0, 1, 10**12]
    assert len({len(cursor) for cursor in made}) == 1
    for other in (
        LedgerCursors(KEY, "hillside-aid", "disclosures"),
        LedgerCursors(KEY, "undss", "treeHeads"),
        LedgerCursors(KEY, "undss", "disclosures", "x"),
        LedgerCursors(b"k" * 64, "undss", "disclosures"),
    ):
        with pytest.raises(CursorInvalid):
            other.decode(made[0])
    for nothing in ("", "x", "ü", made[0][:-4], made[0][::-1]):
        with pytest.raises(CursorInvalid):
            own.decode(nothing)


def test_the_first_entries_name_their_groups_by_number() -> None:
    encoded = msgspec.msgpack.encode([((0, 1, 2), WHOLE.rules, RECORD)])
    assert decode_shown(encoded) == {WHOLE: [RECORD]}
    for damaged in ([((99,), (), b"")], [(("NOBODY",), (), b"")], [1]):
        with pytest.raises(LedgerFault, match="damaged"):
            decode_shown(msgspec.msgpack.encode(damaged))
