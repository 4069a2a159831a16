"""Security procedures."""

from __future__ import annotations

from typing import Annotated

from connectors.records.base import Record
from policies.groups import FieldGroup
from policies.values import Moment


class SecurityProcedure(Record, frozen=True, kw_only=True):
    """A procedure that staff are to follow (S4)."""

    subject: Annotated[str | None, FieldGroup.WHAT] = None
    valid: Annotated[Moment | None, FieldGroup.WHEN] = None
    text: Annotated[str | None, FieldGroup.NARRATIVE] = None
