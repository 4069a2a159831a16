"""What a test client may ask: the fields of records, of which the rules give it its own tests. Any other is closed.

A new field of the root is closed to test clients until it is named here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.errors import Forbidden

OPEN: Final = frozenset(
    {
        "__schema",
        "__type",
        "__typename",
        "_entities",
        "_service",
        "explain",
        "incident",
        "incidents",
        "lessonsLearned",
        "mitigationMeasures",
        "node",
        "nodes",
        "securityAlerts",
        "securityProcedures",
        "setRestrictions",
        "shareIncident",
        "shareIncidents",
        "shareLessonLearned",
        "shareLessonsLearned",
        "shareMitigationMeasure",
        "shareMitigationMeasures",
        "shareSecurityAlert",
        "shareSecurityAlerts",
        "shareSecurityProcedure",
        "shareSecurityProcedures",
        "shareSituationReport",
        "shareSituationReports",
        "situationReports",
        "viewer",
        "withdraw",
    }
)


def check_open(fields: Iterable[str]) -> None:
    """Raises `Forbidden` for root fields that a test client may not ask for."""
    closed = sorted(set(fields) - OPEN)
    if closed:
        raise Forbidden(
            f"`{closed[0]}` is closed to test clients: they share and read tests of their own organization; register a "
            "client once it is admitted"
        )
