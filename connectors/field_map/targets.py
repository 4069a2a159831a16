"""What of a record, its identity and its marking a platform's field can fill, and the words each takes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from policies.groups import FieldGroup
from policies.values import PlacePrecision
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Certainty,
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    OrganizationType,
    RecordStatus,
    ReportStage,
    RestrictionReason,
    Severity,
    SourceReliability,
    TrafficLight,
    UnMarking,
    Urgency,
    Verification,
)


class Answer(Enum):
    """What a platform says to a question of handling; its own words stand in `values`, and JSON's booleans are read."""

    YES = "YES"
    NO = "NO"


class Target(Enum):
    """Named as configuration names them."""

    KEY = "key"
    VERSION = "version"
    SHARED = "shared"
    STATUS = "status"
    STAGE = "stage"
    VERIFICATION = "verification"

    ORIGINATOR = "originator"
    ORIGINATOR_NAME = "originator_name"
    AUDIENCE = "audience"
    WITHHELD = "withheld"
    WITHHELD_REASON = "withheld_reason"
    THIRD_PARTY = "third_party"
    THIRD_PARTY_CONSENT = "third_party_consent"
    TLP = "tlp"
    UN_MARKING = "un_marking"
    RELAY = "relay"
    ATTRIBUTION = "attribution"
    NOTIFY_ON_USE = "notify_on_use"
    EMERGENCY = "emergency"
    STATISTICS = "statistics"

    TITLE = "title"
    SUMMARY = "summary"
    NARRATIVE = "narrative"
    REPORTED = "reported"
    CITED_SOURCE = "cited_source"
    COUNTRY = "country"
    COUNTRY_NAME = "country_name"
    ADMIN1 = "admin1"
    ADMIN1_NAME = "admin1_name"
    ADMIN2 = "admin2"
    ADMIN2_NAME = "admin2_name"
    LOCALITY = "locality"
    POSITION = "position"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    PLACE_PRECISION = "place_precision"

    CATEGORY = "category"
    CATEGORY_LABEL = "category_label"
    IMPACT = "impact"
    CREDIBILITY = "credibility"
    RELIABILITY = "reliability"
    OCCURRED = "occurred"
    KILLED = "killed"
    INJURED = "injured"
    KIDNAPPED = "kidnapped"
    ARRESTED = "arrested"
    FATALITIES = "fatalities"
    ORGANIZATION_TYPE = "organization_type"
    ORGANIZATION_NAME = "organization_name"
    ACTOR_TYPE = "actor_type"
    ACTOR_NAME = "actor_name"
    PERSON_NAME = "person_name"
    PERSON_ROLE = "person_role"
    PERSON_CONDITION = "person_condition"
    RESPONSE = "response"
    PLANS = "plans"

    MESSAGE_TYPE = "message_type"
    ALERT_CATEGORY = "alert_category"
    EVENT = "event"
    URGENCY = "urgency"
    SEVERITY = "severity"
    CERTAINTY = "certainty"
    EFFECTIVE = "effective"
    ONSET = "onset"
    EXPIRES = "expires"
    AREA_DESCRIPTION = "area_description"
    INSTRUCTION = "instruction"
    SENDER = "sender"


# What a row says of how it is to be handled, read into its marking.
HANDLING: Final = (
    *(Target.ORIGINATOR, Target.AUDIENCE, Target.WITHHELD, Target.WITHHELD_REASON),
    *(Target.THIRD_PARTY, Target.THIRD_PARTY_CONSENT, Target.TLP, Target.UN_MARKING),
    *(Target.RELAY, Target.ATTRIBUTION, Target.NOTIFY_ON_USE, Target.EMERGENCY, Target.STATISTICS),
)
VOCABULARIES: Final[Mapping[Target, type[Enum]]] = {
    Target.STATUS: RecordStatus,
    Target.STAGE: ReportStage,
    Target.VERIFICATION: Verification,
    Target.WITHHELD: FieldGroup,
    Target.WITHHELD_REASON: RestrictionReason,
    Target.THIRD_PARTY_CONSENT: Answer,
    Target.TLP: TrafficLight,
    Target.UN_MARKING: UnMarking,
    Target.RELAY: Answer,
    Target.ATTRIBUTION: Answer,
    Target.NOTIFY_ON_USE: Answer,
    Target.EMERGENCY: Answer,
    Target.STATISTICS: Answer,
    Target.PLACE_PRECISION: PlacePrecision,
    Target.CATEGORY: IncidentCategory,
    Target.IMPACT: Impact,
    Target.CREDIBILITY: InformationCredibility,
    Target.RELIABILITY: SourceReliability,
    Target.ORGANIZATION_TYPE: OrganizationType,
    Target.ACTOR_TYPE: OrganizationType,
    Target.MESSAGE_TYPE: AlertMessageType,
    Target.ALERT_CATEGORY: AlertCategory,
    Target.URGENCY: Urgency,
    Target.SEVERITY: Severity,
    Target.CERTAINTY: Certainty,
}

_OF_INCIDENTS: Final = frozenset(
    {
        *(Target.CATEGORY, Target.CATEGORY_LABEL, Target.IMPACT, Target.CREDIBILITY, Target.RELIABILITY),
        *(Target.OCCURRED, Target.CITED_SOURCE, Target.RESPONSE, Target.PLANS),
        *(Target.KILLED, Target.INJURED, Target.KIDNAPPED, Target.ARRESTED, Target.FATALITIES),
        *(Target.ORGANIZATION_TYPE, Target.ORGANIZATION_NAME, Target.ACTOR_TYPE, Target.ACTOR_NAME),
        *(Target.PERSON_NAME, Target.PERSON_ROLE, Target.PERSON_CONDITION),
    }
)
_OF_ALERTS: Final = frozenset(
    {
        *(Target.MESSAGE_TYPE, Target.ALERT_CATEGORY, Target.EVENT, Target.URGENCY, Target.SEVERITY),
        *(Target.CERTAINTY, Target.EFFECTIVE, Target.ONSET, Target.EXPIRES),
        *(Target.AREA_DESCRIPTION, Target.INSTRUCTION, Target.SENDER),
    }
)
# What the records of a kind have no place for.
FOREIGN: Final[Mapping[InformationKind, frozenset[Target]]] = {
    InformationKind.INCIDENT_REPORT: _OF_ALERTS,
    InformationKind.SECURITY_ALERT: _OF_INCIDENTS,
}
