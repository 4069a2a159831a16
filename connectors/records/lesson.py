"""Lessons learned."""

from __future__ import annotations

from typing import Annotated

from connectors.records.base import Record
from policies.groups import FieldGroup
from policies.vocabulary import IncidentCategory


class LessonLearned(Record, frozen=True, kw_only=True):
    """What an organization learned and lets others learn from (S3, S4)."""

    about: Annotated[tuple[IncidentCategory, ...], FieldGroup.WHAT] = ()
    lesson: Annotated[str | None, FieldGroup.NARRATIVE] = None
    recommendation: Annotated[str | None, FieldGroup.RESPONSE] = None
