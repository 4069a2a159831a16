"""The tables, one module a subject. What a partnership, an approval or a level was stays on record.

Dates are days in UTC, `until` included; times carry their offset. Migrations live in `migrations/`.
"""

from gateway.store.tables.base import EPOCH_ROW, Epoch, Table
from gateway.store.tables.identity import Client, RevokedToken
from gateway.store.tables.ledger import LedgerDisclosure, LedgerEntry
from gateway.store.tables.partnership import WORLDWIDE, ApprovedArea, Area, Organization, Partnership, RiskLevel

__all__ = [
    "EPOCH_ROW",
    "WORLDWIDE",
    "ApprovedArea",
    "Area",
    "Client",
    "Epoch",
    "LedgerDisclosure",
    "LedgerEntry",
    "Organization",
    "Partnership",
    "RevokedToken",
    "RiskLevel",
    "Table",
]
