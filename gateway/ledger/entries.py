"""What the ledger records of an answer or a refusal: rows per originator, so that extracts and proofs split cleanly."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import msgspec

from gateway.errors import LedgerFault
from gateway.ledger.reference import REFERENCE_BYTES
from gateway.notices.outbox import Notice
from policies.groups import FieldGroup
from policies.vocabulary import Purpose

_SALT_BYTES = 16


class ShownAs(NamedTuple):
    """How records were shown: the groups that were shown or generalised, and the rules that decided."""

    groups: tuple[FieldGroup, ...]
    rules: tuple[str, ...]


class Disclosed(msgspec.Struct, frozen=True, kw_only=True):
    """What one entry showed of one originator's records: references (16 bytes) by how they were shown.

    The salt makes a commitment to this row tell nothing of it.
    """

    originator: str
    shown: Mapping[ShownAs, Sequence[bytes]]
    salt: bytes = msgspec.field(default_factory=lambda: secrets.token_bytes(_SALT_BYTES))


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One answer or refusal.

    `at` carries its offset. `person`: who asked, where somebody had signed in. `document_hash` is SHA-256 of the
    operation's document, None where there was none to read. `outcome`: `ANSWERED`, or the code of the refusal.
    `originators`: one item each, none where nothing was shown. `records`: the reference of each record that was shown,
    by its public id. `notices` are written in the entry's transaction. Reading an entry back gives neither of these
    two.
    """

    at: datetime
    organization: str
    client: str
    purpose: Purpose
    operation: str
    outcome: str
    policy_version: str
    on_behalf_of: str | None = None
    person: str | None = None
    document_hash: bytes | None = None
    originators: tuple[Disclosed, ...] = ()
    records: Mapping[str, bytes] = {}
    notices: tuple[Notice, ...] = ()
    id: str = msgspec.field(default_factory=lambda: uuid4().hex)


def encode_shown(shown: Mapping[ShownAs, Sequence[bytes]]) -> bytes:
    """The `shown` column: MessagePack of `[names of groups, rules, references one after the other]` each.

    Raises `LedgerFault` for a reference of another length.
    """
    rows = []
    for (groups, rules), references in shown.items():
        if not {REFERENCE_BYTES}.issuperset(map(len, references)):
            raise LedgerFault(f"a reference that is not of {REFERENCE_BYTES} bytes: make it with `reference`")
        rows.append(([group.name for group in groups], rules, b"".join(references)))
    return msgspec.msgpack.encode(rows)


def decode_shown(encoded: bytes) -> dict[ShownAs, list[bytes]]:
    """The mapping that `encode_shown` encoded; raises `LedgerFault` for anything else.

    The first entries have numbers in the place of names: those of the groups as they are counted to this day.
    """
    try:
        rows = msgspec.msgpack.decode(encoded, type=list[tuple[tuple[str | int, ...], tuple[str, ...], bytes]])
        return {
            ShownAs(tuple(map(_group, groups)), rules): [
                references[start : start + REFERENCE_BYTES] for start in range(0, len(references), REFERENCE_BYTES)
            ]
            for groups, rules, references in rows
        }
    except (msgspec.DecodeError, KeyError, ValueError) as error:
        raise LedgerFault("a disclosure in the ledger can't be read: see whether the store was damaged") from error


def _group(written: str | int) -> FieldGroup:
    return FieldGroup[written] if isinstance(written, str) else FieldGroup(written)
