"""Situation reports."""

from __future__ import annotations

from typing import Annotated

from connectors.records.base import Record
from policies.groups import FieldGroup
from policies.values import Moment


class SituationReport(Record, frozen=True, kw_only=True):
    """A report on the situation of an area over a period (S4)."""

    period: Annotated[Moment | None, FieldGroup.WHEN] = None
    themes: Annotated[tuple[str, ...], FieldGroup.WHAT] = ()
    narrative: Annotated[str | None, FieldGroup.NARRATIVE] = None
    cited_sources: Annotated[tuple[str, ...], FieldGroup.ORIGIN] = ()
