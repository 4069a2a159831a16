"""Mitigation and emergency measures."""

from __future__ import annotations

from typing import Annotated

from connectors.records.base import Record
from policies.groups import FieldGroup
from policies.values import Moment
from policies.vocabulary import IncidentCategory


class MitigationMeasure(Record, frozen=True, kw_only=True):
    """A mitigation or emergency measure (S4)."""

    against: Annotated[tuple[IncidentCategory, ...], FieldGroup.WHAT] = ()
    valid: Annotated[Moment | None, FieldGroup.WHEN] = None
    measure: Annotated[str | None, FieldGroup.RESPONSE] = None
    plans: Annotated[str | None, FieldGroup.PLANS] = None
