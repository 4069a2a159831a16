"""The schema's enumerations: the vocabulary's own, in the words of `enums.toml`, where every value is described."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import Enum
from importlib.resources import files
from typing import Any, Final

import strawberry

from gateway.federation.operation import ListOrder
from gateway.sharing.consent import ConsentRole
from gateway.store.tables import (
    ApplicationState,
    ChannelKind,
    CommitteeSide,
    ConsentState,
    FocalRole,
    NoticeKind,
    RecordsChoice,
    ReviewDecision,
    RiskLevel,
)
from policies.clearance import RedactionReason, Remedy
from policies.groups import Effect, FieldGroup
from policies.values import PlacePrecision, TimePrecision
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Audience,
    BreakerState,
    Capacity,
    Certainty,
    Impact,
    ImplementationLevel,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    OrganizationCategory,
    OrganizationType,
    PartnershipStatus,
    Purpose,
    RecordStatus,
    ReportStage,
    RestrictionReason,
    Severity,
    SourceReliability,
    SourceState,
    SpecialCategory,
    TrafficLight,
    UnMarking,
    Urgency,
    Verification,
)


class UndescribedValue(TypeError):
    """An enumeration value without description, or a description without value."""


class RedactionEffect(Enum):
    """What was done to a group."""

    GENERALIZED = "GENERALIZED"
    WITHHELD = "WITHHELD"


class TotalRelation(Enum):
    """How a total relates to the truth."""

    EXACT = "EXACT"
    AT_LEAST = "AT_LEAST"


class OrderDirection(Enum):
    """Which end of an order comes first."""

    ASC = "ASC"
    DESC = "DESC"


class UserErrorCode(Enum):
    """What kind of fault an input has."""

    NOT_FOUND = "NOT_FOUND"
    NOT_ALLOWED = "NOT_ALLOWED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    ALREADY_SHOWN = "ALREADY_SHOWN"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RECORD_WITHDRAWN = "RECORD_WITHDRAWN"
    ADDRESS_NOT_PERMITTED = "ADDRESS_NOT_PERMITTED"
    MAIL_NOT_OFFERED = "MAIL_NOT_OFFERED"


class ConsentDecision(Enum):
    """What an originator decides."""

    GRANT = "GRANT"
    REFUSE = "REFUSE"
    WITHDRAW = "WITHDRAW"


class EmergencyState(Enum):
    """Where an emergency opening stands."""

    REQUESTED = "REQUESTED"
    OPEN = "OPEN"
    ENDED = "ENDED"


# By their names in the schema.
ENUMERATIONS: Final[Mapping[str, type[Enum]]] = {
    "FieldGroup": FieldGroup,
    "InformationKind": InformationKind,
    "RecordStatus": RecordStatus,
    "ReportStage": ReportStage,
    "Verification": Verification,
    "IncidentCategory": IncidentCategory,
    "Impact": Impact,
    "SourceReliability": SourceReliability,
    "InformationCredibility": InformationCredibility,
    "OrganizationType": OrganizationType,
    "LocationPrecision": PlacePrecision,
    "TimePrecision": TimePrecision,
    "AlertMessageType": AlertMessageType,
    "Urgency": Urgency,
    "Severity": Severity,
    "Certainty": Certainty,
    "AlertCategory": AlertCategory,
    "TrafficLight": TrafficLight,
    "UnMarking": UnMarking,
    "Audience": Audience,
    "SpecialCategory": SpecialCategory,
    "RedactionReason": RedactionReason,
    "Remedy": Remedy,
    "RedactionEffect": RedactionEffect,
    "TotalRelation": TotalRelation,
    "SourceState": SourceState,
    "BreakerState": BreakerState,
    "OrganizationCategory": OrganizationCategory,
    "PartnershipStatus": PartnershipStatus,
    "Purpose": Purpose,
    "Capacity": Capacity,
    "IncidentOrderField": ListOrder,
    "OrderDirection": OrderDirection,
    "UserErrorCode": UserErrorCode,
    "RestrictionReason": RestrictionReason,
    "ConsentRole": ConsentRole,
    "ConsentDecision": ConsentDecision,
    "ConsentState": ConsentState,
    "EmergencyState": EmergencyState,
    "Effect": Effect,
    "NoticeKind": NoticeKind,
    "NoticeChannelKind": ChannelKind,
    "ApplicationState": ApplicationState,
    "CommitteeSide": CommitteeSide,
    "ReviewDecision": ReviewDecision,
    "FocalRole": FocalRole,
    "ImplementationLevel": ImplementationLevel,
    "RiskLevel": RiskLevel,
    "RecordsChoice": RecordsChoice,
}


def describe(words: Mapping[str, Any]) -> None:
    """Makes each of `ENUMERATIONS` a GraphQL enumeration; raises `UndescribedValue` for a value left out or unknown."""
    for name, vocabulary in ENUMERATIONS.items():
        values = words[name]["values"]
        different = set(vocabulary.__members__) ^ set(values)
        if different:
            raise UndescribedValue(f"`{name}` in enums.toml: describe exactly its values; see {sorted(different)}")
        made: Any = strawberry.enum(vocabulary, name=name, description=words[name]["description"])
        for value in made.__strawberry_definition__.values:
            value.description = values[value.name]


# Strawberry reads types when their modules are imported, and needs the enumerations by then.
describe(tomllib.loads((files("gateway.schema") / "enums.toml").read_text("utf-8")))
