"""The enumerations of the field: SLT kinds, CAP 1.2, TLP 2.0, UN marking, SLS categories, SiND's scale of places.

Shared by records, policy and schema, so that one word means one thing everywhere. Sources: CAP 1.2 (OASIS, 2010),
TLP 2.0 (FIRST, 2022), ST/SGB/2007/6 (UN marking), S4 (the six kinds), S6 (the four reasons).
"""

from __future__ import annotations

from enum import Enum, IntEnum


class InformationKind(Enum):
    """The six kinds of information that S4 asks to be shared."""

    INCIDENT_REPORT = "INCIDENT_REPORT"
    SITUATION_REPORT = "SITUATION_REPORT"
    SECURITY_ALERT = "SECURITY_ALERT"
    SECURITY_PROCEDURE = "SECURITY_PROCEDURE"
    MITIGATION_MEASURE = "MITIGATION_MEASURE"
    LESSON_LEARNED = "LESSON_LEARNED"


class RecordStatus(Enum):
    """CAP 1.2 `status`: what a record is meant for."""

    ACTUAL = "ACTUAL"
    EXERCISE = "EXERCISE"
    SYSTEM = "SYSTEM"
    TEST = "TEST"
    DRAFT = "DRAFT"


class ReportStage(Enum):
    """How far a report has come."""

    FLASH = "FLASH"
    INITIAL = "INITIAL"
    UPDATE = "UPDATE"
    FINAL = "FINAL"


class Verification(Enum):
    """What the source's own checking has said of a report."""

    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    ENDORSED = "ENDORSED"
    REFUTED = "REFUTED"


class IncidentCategory(Enum):
    """Top level of the unified schema; the platform's own code stays beside it."""

    ATTACK = "ATTACK"
    CONFINE = "CONFINE"
    THEFT = "THEFT"
    THREAT = "THREAT"
    ACCIDENT = "ACCIDENT"
    OBSTRUCTION = "OBSTRUCTION"
    CIVIL_UNREST = "CIVIL_UNREST"
    HAZARD = "HAZARD"
    OTHER = "OTHER"


class Impact(IntEnum):
    """How grave the consequences were, in order."""

    NEAR_MISS = 1
    MINOR = 2
    MODERATE = 3
    SERIOUS = 4
    CRITICAL = 5


class SourceReliability(Enum):
    """The Admiralty scale's letter: how far the source can be relied on."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


class InformationCredibility(IntEnum):
    """The Admiralty scale's digit: how credible the information is, 1 confirmed to 6 cannot be judged."""

    CONFIRMED = 1
    PROBABLY_TRUE = 2
    POSSIBLY_TRUE = 3
    DOUBTFUL = 4
    IMPROBABLE = 5
    CANNOT_BE_JUDGED = 6


class OrganizationType(Enum):
    """What kind of organization a party is; what is left of a party that is generalised."""

    UN = "UN"
    INGO = "INGO"
    NNGO = "NNGO"
    IO = "IO"
    RED_CROSS_RED_CRESCENT = "RED_CROSS_RED_CRESCENT"
    GOVERNMENT = "GOVERNMENT"
    ARMED_GROUP = "ARMED_GROUP"
    CIVILIAN = "CIVILIAN"
    DATA_PROVIDER = "DATA_PROVIDER"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class AlertMessageType(Enum):
    """CAP 1.2 `msgType`."""

    ALERT = "ALERT"
    UPDATE = "UPDATE"
    CANCEL = "CANCEL"
    ACK = "ACK"
    ERROR = "ERROR"


class Urgency(Enum):
    """CAP 1.2 `urgency`."""

    IMMEDIATE = "IMMEDIATE"
    EXPECTED = "EXPECTED"
    FUTURE = "FUTURE"
    PAST = "PAST"
    UNKNOWN = "UNKNOWN"


class Severity(Enum):
    """CAP 1.2 `severity`."""

    EXTREME = "EXTREME"
    SEVERE = "SEVERE"
    MODERATE = "MODERATE"
    MINOR = "MINOR"
    UNKNOWN = "UNKNOWN"


class Certainty(Enum):
    """CAP 1.2 `certainty`."""

    OBSERVED = "OBSERVED"
    LIKELY = "LIKELY"
    POSSIBLE = "POSSIBLE"
    UNLIKELY = "UNLIKELY"
    UNKNOWN = "UNKNOWN"


class AlertCategory(Enum):
    """CAP 1.2 `category`."""

    GEO = "GEO"
    MET = "MET"
    SAFETY = "SAFETY"
    SECURITY = "SECURITY"
    RESCUE = "RESCUE"
    FIRE = "FIRE"
    HEALTH = "HEALTH"
    ENV = "ENV"
    TRANSPORT = "TRANSPORT"
    INFRA = "INFRA"
    CBRNE = "CBRNE"
    OTHER = "OTHER"


class TrafficLight(Enum):
    """TLP 2.0: how far a recipient may pass a record on. Never by itself a reason to show anything."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER_STRICT"
    RED = "RED"


class UnMarking(Enum):
    """ST/SGB/2007/6: the UN's classification levels."""

    UNCLASSIFIED = "UNCLASSIFIED"
    CONFIDENTIAL = "CONFIDENTIAL"
    STRICTLY_CONFIDENTIAL = "STRICTLY_CONFIDENTIAL"


class Audience(Enum):
    """For whom the originator meant a record."""

    ORIGINATOR = "ORIGINATOR"
    UNSMS = "UNSMS"
    NAMED = "NAMED"
    PARTNERS_IN_AREA = "PARTNERS_IN_AREA"
    PARTNERS = "PARTNERS"
    PUBLIC = "PUBLIC"


class SpecialCategory(Enum):
    """Records listed only for the originator and those it names (rule 13)."""

    SEXUAL_VIOLENCE = "SEXUAL_VIOLENCE"
    UNMAPPED_SENSITIVE_CODE = "UNMAPPED_SENSITIVE_CODE"
    OPERATOR_LISTED = "OPERATOR_LISTED"


class RestrictionReason(Enum):
    """Why a partner limits what it shares: the four reasons of S6, or none given."""

    INTERNAL_CONFIDENTIALITY = "INTERNAL_CONFIDENTIALITY"
    THIRD_PARTY = "THIRD_PARTY"
    STAFF_PRIVACY = "STAFF_PRIVACY"
    CREDIBILITY_AND_INTEGRITY = "CREDIBILITY_AND_INTEGRITY"
    UNSPECIFIED = "UNSPECIFIED"


class OrganizationCategory(Enum):
    """S1: who can be a partner."""

    UNSMS_ENTITY = "UNSMS_ENTITY"
    INGO = "INGO"
    IO = "IO"


class PartnershipStatus(Enum):
    """S2: the life of a partnership. Only IN_FORCE reads what is shared with partners."""

    APPLICANT = "APPLICANT"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    IN_FORCE = "IN_FORCE"
    SUSPENDED = "SUSPENDED"
    WITHDRAWN = "WITHDRAWN"


class Purpose(Enum):
    """What shared information is used for; S5 allows the first only."""

    SAFETY_AND_SECURITY = "SAFETY_AND_SECURITY"
    REPORTING = "REPORTING"
    OTHER = "OTHER"


class ImplementationLevel(Enum):
    """S8: regular in low and medium-risk areas, enhanced in high and very-high-risk areas."""

    REGULAR = "REGULAR"
    ENHANCED = "ENHANCED"


class Capacity(Enum):
    """A task a person or client holds. Alone it gives no record, only the operations of the task."""

    OBSERVER = "OBSERVER"
    CO_CHAIR = "CO_CHAIR"
    SECRETARIAT = "SECRETARIAT"
    SIOC = "SIOC"
    FOCAL_POINT = "FOCAL_POINT"
    SECURITY_COORDINATOR = "SECURITY_COORDINATOR"
    ANALYST = "ANALYST"
    PLATFORM = "PLATFORM"


class SourceState(Enum):
    """Completeness as data: how a source answered."""

    OK = "OK"
    PARTIAL = "PARTIAL"
    TIMEOUT = "TIMEOUT"
    AUTH_FAILED = "AUTH_FAILED"
    RATE_LIMITED = "RATE_LIMITED"
    BROKEN = "BROKEN"


class BreakerState(Enum):
    """How a source's circuit breaker stands. `PROBING`: one request is under way to see whether it has recovered."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    PROBING = "PROBING"
