"""What an organization may register by itself: scopes and purpose follow its agreement, and a capacity never comes.

Capacities are given by the operator. The purpose is the one that S5 allows: no agreement has another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.identity.scopes import Scope
from policies.vocabulary import PartnershipStatus, Purpose

PURPOSE: Final = Purpose.SAFETY_AND_SECURITY

# Before admission: read what is public and its own, apply, look into its own ledger.
_OWN: Final = (Scope.INFORMATION_READ, Scope.ALERTS_READ, Scope.LEDGER_READ, Scope.CLIENTS_MANAGE)
_SCOPES: Final[Mapping[PartnershipStatus, tuple[Scope, ...]]] = {
    PartnershipStatus.APPLICANT: _OWN,
    PartnershipStatus.UNDER_REVIEW: _OWN,
    PartnershipStatus.APPROVED: _OWN,
    PartnershipStatus.IN_FORCE: tuple(Scope),
    PartnershipStatus.SUSPENDED: _OWN,
    PartnershipStatus.WITHDRAWN: (),
}


def scopes_within(status: PartnershipStatus) -> tuple[Scope, ...]:
    """The scopes that a new client can have at most; they narrow what the standing gives, and never widen it."""
    return _SCOPES[status]
