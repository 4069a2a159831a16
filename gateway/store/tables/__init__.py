"""The tables, one module a subject. What a partnership, an approval or a level was stays on record.

Dates are days in UTC, `until` included; times carry their offset. Migrations live in `migrations/`.
"""

from gateway.store.tables.base import EPOCH_ROW, Epoch, Table
from gateway.store.tables.identity import Client, RevokedToken
from gateway.store.tables.ledger import (
    PROGRESS_ROW,
    LedgerDisclosure,
    LedgerEntry,
    LedgerHead,
    LedgerLeaf,
    LedgerNode,
    LedgerProgress,
    LedgerRecord,
)
from gateway.store.tables.notices import ChannelKind, Notice, NoticeChannel, NoticeDelivery, NoticeKind
from gateway.store.tables.partnership import WORLDWIDE, ApprovedArea, Area, Organization, Partnership, RiskLevel
from gateway.store.tables.sharing import (
    ConsentGrant,
    ConsentRequest,
    ConsentState,
    EmergencyOpening,
    ImminentRisk,
    Recall,
    RecordRestrictions,
    Withdrawal,
)

__all__ = [
    "EPOCH_ROW",
    "PROGRESS_ROW",
    "WORLDWIDE",
    "ApprovedArea",
    "Area",
    "ChannelKind",
    "Client",
    "ConsentGrant",
    "ConsentRequest",
    "ConsentState",
    "EmergencyOpening",
    "Epoch",
    "ImminentRisk",
    "LedgerDisclosure",
    "LedgerEntry",
    "LedgerHead",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerProgress",
    "LedgerRecord",
    "Notice",
    "NoticeChannel",
    "NoticeDelivery",
    "NoticeKind",
    "Organization",
    "Partnership",
    "Recall",
    "RecordRestrictions",
    "RevokedToken",
    "RiskLevel",
    "Table",
    "Withdrawal",
]
