"""The configuration: one TOML file, the environment above it, secrets by reference only.

Everything that is wrong is told at once, each with the setting's path, what is wrong and what to do. An unknown key is
refused, and the nearest known one named.
"""

from gateway.settings.load import load, parse
from gateway.settings.sections import (
    GatewaySection,
    IdentitySection,
    IssuerRole,
    KeysSection,
    LedgerSection,
    LimitsSection,
    MailSection,
    NoticesSection,
    OtherKey,
    Settings,
    SourceEntry,
    StatementIssuer,
    StoreSection,
    TelemetrySection,
    TrustedIssuer,
)

__all__ = [
    "GatewaySection",
    "IdentitySection",
    "IssuerRole",
    "KeysSection",
    "LedgerSection",
    "LimitsSection",
    "MailSection",
    "NoticesSection",
    "OtherKey",
    "Settings",
    "SourceEntry",
    "StatementIssuer",
    "StoreSection",
    "TelemetrySection",
    "TrustedIssuer",
    "load",
    "parse",
]
