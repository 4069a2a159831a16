"""What an act on a record knows of it and of who acts: every row of this room says both."""

from __future__ import annotations

from datetime import datetime

import msgspec

from policies.vocabulary import InformationKind


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """The record an act speaks of: the ledger's `reference`, its public id, its originator.

    `carried`: whether a notice that names it may leave by webhook or mail.
    """

    reference: bytes
    record: str
    kind: InformationKind
    originator: str
    carried: bool


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts: for which organization, which officer (a person, or the client where there is none), when."""

    organization: str
    officer: str
    at: datetime
