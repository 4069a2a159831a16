"""A list operation as the schema hands it to the federation: what is asked, in which order, which part of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

import msgspec

from gateway.federation.viewed import Chunk, SourceReport, Viewed
from policies.condition import Condition
from policies.groups import FieldGroup
from policies.vocabulary import InformationKind


class ListOrder(Enum):
    """By what a list is ordered; the value is the view's attribute."""

    SHARED = "shared_at"
    OCCURRED = "occurred"
    REPORTED = "reported_at"
    IMPACT = "impact"


class ListOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One list of one kind.

    `condition` resolves the filter against the time of the first page (seconds since the epoch); `canonical` is the
    filter as it was asked, the same bytes for the same question. `count` is how many records a page has, `backward`
    whether it is taken from the end (`last`, `before`). `exhaustive`: totals were asked for, so nothing stops early.
    `groups`: the field groups that the selection reads.
    """

    kind: InformationKind
    condition: Callable[[float], Condition | None]
    canonical: bytes
    order: ListOrder
    descending: bool
    count: int
    backward: bool
    cursor: str | None
    exhaustive: bool
    groups: frozenset[FieldGroup]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One page of an answer: its records, what makes the cursor of one, and how every source answered up to here."""

    chunk: Chunk
    cursor_of: Callable[[Viewed], str]
    reports: Sequence[SourceReport]
