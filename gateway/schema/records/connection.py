"""Relay connections of records, with totals and completeness as data."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import strawberry

from gateway.federation.operation import Answer
from gateway.schema.enums import TotalRelation
from gateway.schema.paging import Page, PageInfo
from gateway.schema.records.values import SourceStatus, TotalCount
from gateway.schema.shared import plain
from policies.vocabulary import SourceState

Kind = TypeVar("Kind")


class Total(NamedTuple):
    """A total and how it relates to the truth."""

    value: int
    relation: TotalRelation


class AnswerPage(Page):
    """A page of records, built from an answer."""

    def __init__(self, answer: Answer, *, backward: bool) -> None:
        chunk = answer.chunk
        after, before = (chunk.entered, chunk.more) if backward else (chunk.more, chunk.entered)
        super().__init__(chunk.nodes, answer.cursor_of, more=after, entered=before)
        self.sources = answer.reports
        complete = all(report.state is SourceState.OK for report in answer.reports)
        relation = TotalRelation.EXACT if complete else TotalRelation.AT_LEAST
        self.total_count = None if chunk.total is None else Total(chunk.total, relation)


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


def as_connection(answer: Answer, *, backward: bool) -> Any:
    """The answer as the connection types read it, by attribute."""
    return AnswerPage(answer, backward=backward)
