"""Single views for the examples of the answer's room."""

from __future__ import annotations

import msgspec

from connectors.records import Incident, RecordRef
from gateway.federation.viewed import Viewed
from policies.groups import Effect, FieldGroup
from policies.marking import Marking
from policies.values import Moment
from policies.vocabulary import IncidentCategory, InformationKind
from tests.federation.records import EVERYTHING, START, viewed


def incident(number: int = 1, **fields: object) -> Incident:
    base = Incident(
        ref=RecordRef("a-source", InformationKind.INCIDENT_REPORT, str(number)),
        marking=Marking(originator="somebody"),
        version="1",
        shared_at=START,
        category=IncidentCategory.ATTACK,
    )
    return msgspec.structs.replace(base, **fields)


def withheld_category() -> Viewed:
    effects = tuple(Effect.WITHHOLD if group is FieldGroup.WHAT else Effect.SHOW for group in FieldGroup)
    return viewed(incident(), msgspec.structs.replace(EVERYTHING, effects=effects))


def occurring(moment: Moment) -> Viewed:
    return viewed(incident(occurred=moment), EVERYTHING)
