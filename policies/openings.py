"""Openings: what the originator, DSS or two officers opened beyond the marking (rules 9, 10 and 11).

Each is dated and recorded; whom one reaches is said by the rules, not here. Times are seconds since the epoch, the end
excluded, None: open.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from policies.groups import FieldGroup


class Grant(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """The originator's consent (rule 10): to whom (an organization's or a person's id), for which groups.

    `exact` False: in the coarser form only.
    """

    id: str
    to: str
    groups: frozenset[FieldGroup]
    exact: bool = True
    until: float | None = None


class Declaration(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """An imminent risk (rule 9), declared for areas (ISO 3166-1 alpha-3).

    `advice`: clean text that its author wrote in place of the record's own; `text_is_clean`: its author confirmed that
    the record's own advice names nobody and nothing that is not opened.
    """

    id: str
    areas: frozenset[str]
    until: float
    advice: str | None = None
    text_is_clean: bool = False


class Emergency(msgspec.Struct, frozen=True, cache_hash=True, kw_only=True):
    """An approved emergency opening (rule 11) for one organization, for a day at most."""

    id: str
    to: str
    until: float


Opening: TypeAlias = Grant | Declaration | Emergency


class Openings(msgspec.Struct, frozen=True, cache_hash=True):
    """Everything that was opened on one record, in the order in which it was; what is over may still be among it."""

    all: tuple[Opening, ...] = ()

    def in_force(self, now: float) -> tuple[Opening, ...]:
        """Those that have not ended at `now`."""
        return tuple(item for item in self.all if item.until is None or now < item.until)

    def boundary_after(self, now: float) -> float | None:
        """The next moment at which one of them ends."""
        return min((item.until for item in self.all if item.until is not None and item.until > now), default=None)
