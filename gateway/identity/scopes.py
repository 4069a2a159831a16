"""The OAuth scopes. They only narrow what policy gives."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for at most."""

    INFORMATION_READ = "information:read"
    INFORMATION_SHARE = "information:share"
    ALERTS_READ = "alerts:read"
    CONSENT_DECIDE = "consent:decide"
    LEDGER_READ = "ledger:read"
    CLIENTS_MANAGE = "clients:manage"
