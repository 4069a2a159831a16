"""Entries as rows of the store's tables."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from gateway.errors import LedgerFault
from gateway.ledger.entries import Entry, encode_shown
from gateway.notices.outbox import notice_rows

Row = dict[str, Any]  # a row's values are of its columns' types

ENTRY_COLUMNS: Final = (
    "id",
    "at",
    "organization",
    "on_behalf_of",
    "client",
    "person",
    "purpose",
    "operation",
    "document_hash",
    "outcome",
    "policy_version",
)
DISCLOSURE_COLUMNS: Final = ("entry_id", "originator", "salt", "shown")


class Rows(NamedTuple):
    """Everything that one entry writes in one transaction. `records`: reference by public id, as the entry has them."""

    entry: Row
    disclosures: list[Row]
    notices: list[Row]
    records: dict[str, bytes]


def rows_of(entry: Entry) -> Rows:
    """The rows; raises `LedgerFault` for an entry that can't be recorded."""
    if entry.at.utcoffset() is None:
        raise LedgerFault("an entry's `at` carries no offset: give it one, such as UTC")
    try:
        notices = notice_rows(entry.notices)
    except ValueError as error:
        raise LedgerFault("a notice of an entry can't be recorded: see its time") from error
    return Rows(
        entry={
            "id": entry.id,
            "at": entry.at,
            "organization": entry.organization,
            "on_behalf_of": entry.on_behalf_of,
            "client": entry.client,
            "person": entry.person,
            "purpose": entry.purpose,
            "operation": _text(entry.operation),
            "document_hash": entry.document_hash,
            "outcome": entry.outcome,
            "policy_version": entry.policy_version,
        },
        disclosures=[
            {"entry_id": entry.id, "originator": item.originator, "salt": item.salt, "shown": encode_shown(item.shown)}
            for item in entry.originators
        ],
        notices=notices,
        records=dict(entry.records),
    )


def _text(value: str) -> str:
    """`value`, which came from outside and has to be text that can be stored."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise LedgerFault("an entry's `operation` is no well-formed text: name the operation") from error
    return value
