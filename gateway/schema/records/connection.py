"""Relay connections of records, with totals and completeness as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import strawberry

from gateway.errors import BadInput
from gateway.federation.operation import Answer
from gateway.federation.viewed import Viewed
from gateway.schema.enums import TotalRelation
from gateway.schema.records.values import SourceStatus, TotalCount
from gateway.schema.shared import plain
from policies.vocabulary import SourceState

DEFAULT_PAGE = 50
LARGEST_PAGE = 1_000
Kind = TypeVar("Kind")


class Edges:
    """A page as connections read it: built from an answer, shaped by Relay's names."""

    def __init__(self, answer: Answer, *, backward: bool) -> None:
        chunk = answer.chunk
        self.nodes: Sequence[Viewed] = chunk.nodes
        self.edges = [Listed(viewed, cursor) for viewed, cursor in zip(chunk.nodes, answer.cursors, strict=True)]
        self.page_info = PageBounds(
            has_next_page=chunk.entered if backward else chunk.more,
            has_previous_page=chunk.more if backward else chunk.entered,
            start_cursor=answer.cursors[0] if answer.cursors else None,
            end_cursor=answer.cursors[-1] if answer.cursors else None,
        )
        self.sources = answer.reports
        complete = all(report.state is SourceState.OK for report in answer.reports)
        self.total_count = (
            None
            if chunk.total is None
            else Total(chunk.total, TotalRelation.EXACT if complete else TotalRelation.AT_LEAST)
        )


class Listed:
    """A record and its cursor."""

    def __init__(self, node: Viewed, cursor: str) -> None:
        self.node = node
        self.cursor = cursor


class Total:
    """A total and how it relates to the truth."""

    def __init__(self, value: int, relation: TotalRelation) -> None:
        self.value = value
        self.relation = relation


class PageBounds:
    """Relay's page information."""

    def __init__(
        self, *, has_next_page: bool, has_previous_page: bool, start_cursor: str | None, end_cursor: str | None
    ) -> None:
        self.has_next_page = has_next_page
        self.has_previous_page = has_previous_page
        self.start_cursor = start_cursor
        self.end_cursor = end_cursor


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    """Page information."""

    has_next_page: bool = plain("Whether the list goes on after this page.")
    has_previous_page: bool = plain("Whether there is something before this page.")
    start_cursor: str | None = plain("Cursor of the first record.")
    end_cursor: str | None = plain("Cursor of the last record.")


@strawberry.type(description="A record in a list.")
class Edge(Generic[Kind]):
    """An edge; named after its kind, as `IncidentEdge`."""

    node: Kind = plain("The record.")
    cursor: str = plain("Its cursor: opaque, good for this requester and this query only.")


@strawberry.type(description="A page of records of one kind from all sources.")
class Connection(Generic[Kind]):
    """A connection; named after its kind, as `IncidentConnection`."""

    edges: list[Edge[Kind]] = plain("The records with their cursors.")
    nodes: list[Kind] = plain("The records.")
    page_info: PageInfo = plain("Where this page stands.")
    total_count: TotalCount | None = plain("How many there are, before paging; asking for it reads every source whole.")
    sources: list[SourceStatus] = plain("How each source answered.")


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> tuple[int, str | None, bool]:
    """Size, cursor and direction of the page asked for; raises `BadInput` for what Relay does not allow together."""
    if last is not None and (first is not None or after is not None):
        raise BadInput("`last` does not go with `first` or `after`: page one way, with first/after or last/before")
    if before is not None and last is None:
        raise BadInput("`before` needs `last`: say how many records before it")
    count = last if last is not None else DEFAULT_PAGE if first is None else first
    name = "first" if last is None else "last"
    if not 0 <= count <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is {count}: give a number from 0 to {LARGEST_PAGE}")
    return count, before if last is not None else after, last is not None


def as_connection(answer: Answer, *, backward: bool) -> Any:
    """The answer as the connection types read it, by attribute."""
    return Edges(answer, backward=backward)
