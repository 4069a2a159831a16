"""Queries of what is written to be read, newest shared first."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from gateway.identity.scopes import Scope
from gateway.schema.paging import window
from gateway.schema.records.connection import Connection
from gateway.schema.records.documents import LessonLearned, MitigationMeasure, SecurityProcedure, SituationReport
from gateway.schema.records.information_filter import InformationFilter
from gateway.schema.records.listing import After, Before, First, Last, listed
from policies.vocabulary import InformationKind

Asked = Annotated[
    InformationFilter | None, strawberry.argument(description="Which; records with status ACTUAL unless said.")
]


@strawberry.type(description="What is written to be read.")
class DocumentQueries:
    """Fields of the root."""

    @strawberry.field(description="Situation reports of all sources as one list, newest shared first.")
    async def situation_reports(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SituationReport]:
        """The union of the sources' situation reports."""
        page = window(first, after, last, before)
        return await listed(
            info, InformationKind.SITUATION_REPORT, "information:read", filter, InformationFilter(), page
        )

    @strawberry.field(description="Security procedures of all sources as one list, newest shared first.")
    async def security_procedures(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SecurityProcedure]:
        """The union of the sources' security procedures."""
        page = window(first, after, last, before)
        return await listed(
            info, InformationKind.SECURITY_PROCEDURE, "information:read", filter, InformationFilter(), page
        )

    @strawberry.field(description="Mitigation measures of all sources as one list, newest shared first.")
    async def mitigation_measures(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MitigationMeasure]:
        """The union of the sources' mitigation measures."""
        page = window(first, after, last, before)
        return await listed(
            info, InformationKind.MITIGATION_MEASURE, "information:read", filter, InformationFilter(), page
        )

    @strawberry.field(description="Lessons learned of all sources as one list, newest shared first.")
    async def lessons_learned(
        self,
        info: Info,
        filter: Asked = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LessonLearned]:
        """The union of the sources' lessons learned."""
        return await _listed(info, InformationKind.LESSON_LEARNED, filter, window(first, after, last, before))


async def _listed(
    info: Info, kind: InformationKind, asked: InformationFilter | None, page: tuple[int, str | None, bool]
) -> Any:
    return await listed(info, kind, Scope.INFORMATION_READ, asked, InformationFilter(), page)
