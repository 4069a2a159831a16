"""The schema's enumerations: the vocabulary's, each value described."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

import strawberry

from gateway.federation.operation import ListOrder
from policies.clearance import RedactionReason, Remedy
from policies.groups import FieldGroup
from policies.values import PlacePrecision, TimePrecision
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Audience,
    Capacity,
    Certainty,
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    OrganizationCategory,
    OrganizationType,
    PartnershipStatus,
    Purpose,
    RecordStatus,
    ReportStage,
    Severity,
    SourceReliability,
    SourceState,
    TrafficLight,
    UnMarking,
    Urgency,
    Verification,
)

EnumType = TypeVar("EnumType", bound=type[Enum])


class UndescribedValue(TypeError):
    """An enumeration value without description; every value of the schema has one."""


def described(vocabulary: EnumType, description: str, values: dict[str, str], *, name: str | None = None) -> EnumType:
    """`vocabulary` as a GraphQL enumeration, values by name; raises `UndescribedValue` for one left out or unknown."""
    different = set(vocabulary.__members__) ^ set(values)
    if different:
        raise UndescribedValue(f"`{vocabulary.__name__}`: describe exactly its values; see {sorted(different)}")
    made = strawberry.enum(vocabulary, name=name, description=description)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]  # set by strawberry.enum
        value.description = values[value.name]
    return made


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


described(
    FieldGroup,
    "The unit in which a record is shown, generalised or withheld. Every field of a record belongs to exactly one.",
    {
        "ENVELOPE": "Id, kind, status, stage, sharing time, verification, handling, redactions, links. Always shown.",
        "WHAT": "Category, impact, credibility; an alert's event, urgency, severity and certainty.",
        "WHEN": "When it happened and when it was reported.",
        "WHERE": "Where it happened.",
        "NARRATIVE": "Title, summary, narrative and their language.",
        "AFFECTED": "Organizations affected and the counts of those harmed.",
        "PERSONS": "Persons named in the report.",
        "ACTOR": "Who is said to have done it.",
        "ORIGIN": "Who shared it, through which platform, how reliable, and what it cites.",
        "RESPONSE": "What was done, or is advised.",
        "PLANS": "Operational plans.",
        "REFERENCES": "Pointers to something outside.",
    },
)
described(
    InformationKind,
    "The six kinds of information that the SLT framework asks to be shared.",
    {
        "INCIDENT_REPORT": "A report of one incident.",
        "SITUATION_REPORT": "A report on the situation of an area over a period.",
        "SECURITY_ALERT": "A warning, in the terms of CAP 1.2.",
        "SECURITY_PROCEDURE": "A procedure that staff are to follow.",
        "MITIGATION_MEASURE": "A mitigation or emergency measure.",
        "LESSON_LEARNED": "What an organization learned.",
    },
)
described(
    RecordStatus,
    "What a record is meant for, as in CAP 1.2.",
    {
        "ACTUAL": "To be acted on.",
        "EXERCISE": "Part of an exercise.",
        "SYSTEM": "A message between systems.",
        "TEST": "A test; nothing happened.",
        "DRAFT": "Not yet finished.",
    },
)
described(
    ReportStage,
    "How far a report has come.",
    {
        "FLASH": "The first word, unchecked.",
        "INITIAL": "A first report.",
        "UPDATE": "A later report that replaces an earlier one.",
        "FINAL": "The last report expected.",
    },
)
described(
    Verification,
    "What the source's own checking has said of a report.",
    {
        "UNVERIFIED": "Not checked, or not said.",
        "VERIFIED": "Checked by the source.",
        "ENDORSED": "Checked and endorsed by the authority responsible for it.",
        "REFUTED": "Checked and found not to be so.",
    },
)
described(
    IncidentCategory,
    "What happened, at the top level; the platform's own code stands beside it in sourceCategory.",
    {
        "ATTACK": "An attack with weapons or explosives, or an assault.",
        "CONFINE": "Kidnapping, detention, arrest, or being held.",
        "THEFT": "Robbery, looting, burglary or theft.",
        "THREAT": "A threat or intimidation.",
        "ACCIDENT": "An accident.",
        "OBSTRUCTION": "Access denied, delayed or obstructed.",
        "CIVIL_UNREST": "Demonstration, riot or strike.",
        "HAZARD": "A natural or technological hazard.",
        "OTHER": "Anything else, and codes that are not mapped.",
    },
)
described(
    Impact,
    "How grave the consequences were.",
    {
        "NEAR_MISS": "It nearly happened.",
        "MINOR": "No harm to persons, little to assets.",
        "MODERATE": "Some harm or loss.",
        "SERIOUS": "Serious injury, abduction or heavy loss.",
        "CRITICAL": "Death, or loss of an operation.",
    },
)
described(
    SourceReliability,
    "How far the source can be relied on: the Admiralty scale's letter.",
    {
        "A": "Completely reliable.",
        "B": "Usually reliable.",
        "C": "Fairly reliable.",
        "D": "Not usually reliable.",
        "E": "Unreliable.",
        "F": "Reliability cannot be judged.",
    },
)
described(
    InformationCredibility,
    "How credible the information is: the Admiralty scale's digit.",
    {
        "CONFIRMED": "1: confirmed by other sources.",
        "PROBABLY_TRUE": "2: probably true.",
        "POSSIBLY_TRUE": "3: possibly true.",
        "DOUBTFUL": "4: doubtful.",
        "IMPROBABLE": "5: improbable.",
        "CANNOT_BE_JUDGED": "6: truth cannot be judged.",
    },
)
described(
    OrganizationType,
    "What kind of organization or actor a party is.",
    {
        "UN": "A United Nations entity.",
        "INGO": "An international non-governmental organization.",
        "NNGO": "A national or local non-governmental organization.",
        "IO": "An international organization.",
        "RED_CROSS_RED_CRESCENT": "A part of the Red Cross and Red Crescent Movement.",
        "GOVERNMENT": "State authorities and forces.",
        "ARMED_GROUP": "An armed group that is not part of a state.",
        "CIVILIAN": "Civilians, organized or not.",
        "DATA_PROVIDER": "An organization that collects and publishes data.",
        "OTHER": "Another kind.",
        "UNKNOWN": "Not known, or not said.",
    },
)
described(
    PlacePrecision,
    "How exact a place is.",
    {
        "POSITION": "A point.",
        "KM_25": "Within some 25 km of a point.",
        "LINEAR_FEATURE": "Somewhere along a road, river or border.",
        "ADMIN2": "A district (admin-2).",
        "ADMIN1": "A province or state (admin-1).",
        "COUNTRY": "A country.",
    },
    name="LocationPrecision",
)
described(
    TimePrecision,
    "How exact a time is.",
    {
        "INSTANT": "A moment.",
        "DAY": "A day (UTC).",
        "WEEK": "A week that starts on Monday (ISO 8601).",
        "MONTH": "A month.",
        "YEAR": "A year.",
    },
)
described(
    AlertMessageType,
    "CAP 1.2 msgType.",
    {
        "ALERT": "A first alert.",
        "UPDATE": "Replaces earlier alerts.",
        "CANCEL": "Cancels earlier alerts.",
        "ACK": "Acknowledges an alert.",
        "ERROR": "Rejects an alert.",
    },
)
described(
    Urgency,
    "CAP 1.2 urgency: how soon to act.",
    {
        "IMMEDIATE": "At once.",
        "EXPECTED": "Within the next hour.",
        "FUTURE": "In the near future.",
        "PAST": "No longer needed.",
        "UNKNOWN": "Not known.",
    },
)
described(
    Severity,
    "CAP 1.2 severity: how grave the threat is.",
    {
        "EXTREME": "Extraordinary threat to life or property.",
        "SEVERE": "Significant threat.",
        "MODERATE": "Possible threat.",
        "MINOR": "Minimal or no known threat.",
        "UNKNOWN": "Not known.",
    },
)
described(
    Certainty,
    "CAP 1.2 certainty: how sure it is.",
    {
        "OBSERVED": "It has happened or is going on.",
        "LIKELY": "More likely than not.",
        "POSSIBLE": "Possible but not likely.",
        "UNLIKELY": "Not expected.",
        "UNKNOWN": "Not known.",
    },
)
described(
    AlertCategory,
    "CAP 1.2 category.",
    {
        "GEO": "Geophysical.",
        "MET": "Meteorological.",
        "SAFETY": "General emergency and public safety.",
        "SECURITY": "Law enforcement, military, private and local security.",
        "RESCUE": "Rescue and recovery.",
        "FIRE": "Fire suppression and rescue.",
        "HEALTH": "Medical and public health.",
        "ENV": "Pollution and other environment.",
        "TRANSPORT": "Public and private transport.",
        "INFRA": "Utilities, telecommunication and other infrastructure.",
        "CBRNE": "Chemical, biological, radiological, nuclear or explosive threat.",
        "OTHER": "Other.",
    },
)
described(
    TrafficLight,
    "TLP 2.0: how far a recipient may pass a record on. It is never by itself a reason to show anything.",
    {
        "CLEAR": "No limit.",
        "GREEN": "Within the community of partners.",
        "AMBER": "Within the recipient organization and its members who need to know.",
        "AMBER_STRICT": "Within the recipient organization only.",
        "RED": "For the named recipients' eyes only.",
    },
)
described(
    UnMarking,
    "The UN's classification levels (ST/SGB/2007/6).",
    {
        "UNCLASSIFIED": "Unclassified.",
        "CONFIDENTIAL": "Confidential.",
        "STRICTLY_CONFIDENTIAL": "Strictly confidential.",
    },
)
described(
    Audience,
    "For whom the originator meant a record.",
    {
        "ORIGINATOR": "Nobody but the originator.",
        "UNSMS": "The UN Security Management System.",
        "NAMED": "The organizations the originator names.",
        "PARTNERS_IN_AREA": "Partners approved for the record's areas.",
        "PARTNERS": "All partners.",
        "PUBLIC": "Everyone.",
    },
)
described(
    RedactionReason,
    "Why a group is not shown as it is. It speaks of the rule, never of a value.",
    {
        "INTERNAL_CONFIDENTIALITY": "The originator: internal confidentiality.",
        "THIRD_PARTY": "Information of a third party whose consent is not recorded.",
        "STAFF_PRIVACY": "The originator: privacy of its staff.",
        "CREDIBILITY_AND_INTEGRITY": "The originator: its own credibility and integrity.",
        "UNSPECIFIED": "The originator gives no reason.",
        "NOT_A_PARTNER": "Only for partners whose agreement is in force.",
        "HANDLING": "The record's TLP or UN marking.",
        "PURPOSE": "The request serves another purpose than safety and security.",
        "PERSONS_PROTECTED": "Who a person is stays with the originator.",
        "FREE_TEXT": "Free text could give away a group that is not shown.",
        "OUTSIDE_APPROVED_AREAS": "Outside the areas for which the organization is approved.",
        "PLANS_NOT_OPEN": "Plans open at enhanced level, in the area, where the originator allowed it.",
        "SPECIAL_CATEGORY": "A special category.",
        "SOURCE_FAULT": "The source gave a value that could not be read.",
        "DEFAULT_DENY": "No rule allows it.",
        "POLICY_ERROR": "A rule could not be evaluated, so nothing is shown.",
    },
)
described(
    Remedy,
    "What a requester can do about a redaction; it depends on the group only.",
    {
        "REQUEST_CONSENT": "Ask the originator for consent.",
        "REQUEST_CONSENT_OR_AREA_APPROVAL": "Ask for approval of the area, or the originator for consent.",
        "NONE": "Nothing.",
    },
)
described(
    RedactionEffect,
    "What was done to a group.",
    {"GENERALIZED": "Given in a coarser form.", "WITHHELD": "Not given."},
)
described(
    TotalRelation,
    "How a total relates to the number of records the requester may see.",
    {
        "EXACT": "It is that number.",
        "AT_LEAST": "There may be more: a source failed or was not read to its end.",
    },
)
described(
    SourceState,
    "How a source answered.",
    {
        "OK": "It answered in full.",
        "PARTIAL": "It answered, and was not read to its end.",
        "TIMEOUT": "It did not answer in time.",
        "AUTH_FAILED": "It refused the gateway's credentials.",
        "RATE_LIMITED": "It asked for patience.",
        "BROKEN": "It could not be reached, or its answer could not be read.",
    },
)
described(
    OrganizationCategory,
    "Who can be a partner.",
    {
        "UNSMS_ENTITY": "A member of the UN Security Management System.",
        "INGO": "An international non-governmental organization.",
        "IO": "An international organization.",
    },
)
described(
    PartnershipStatus,
    "The life of a partnership.",
    {
        "APPLICANT": "Has applied.",
        "UNDER_REVIEW": "Is being reviewed by the Oversight Committee.",
        "APPROVED": "Approved; its memorandum is not yet in force.",
        "IN_FORCE": "Its memorandum of understanding is in force.",
        "SUSPENDED": "Suspended, or its memorandum has expired.",
        "WITHDRAWN": "Withdrawn.",
    },
)
described(
    Purpose,
    "What shared information is used for; the framework allows safety and security only.",
    {
        "SAFETY_AND_SECURITY": "Safety and security of staff, operations and assets.",
        "REPORTING": "The secretariat's reporting.",
        "OTHER": "Anything else.",
    },
)
described(
    Capacity,
    "A task that a person or client holds. By itself it opens no record.",
    {
        "OBSERVER": "Observer.",
        "CO_CHAIR": "Co-chair of the Oversight Committee.",
        "SECRETARIAT": "Secretariat of the Oversight Committee.",
        "SIOC": "Security Information and Operations Centre.",
        "FOCAL_POINT": "Focal point.",
        "SECURITY_COORDINATOR": "SLT security coordinator.",
        "ANALYST": "Security analyst.",
        "PLATFORM": "Security coordination platform.",
    },
)
described(
    ListOrder,
    "By what a list of incidents is ordered.",
    {
        "SHARED": "The day the record was shared; the default, newest first.",
        "OCCURRED": "When it happened, as far as the requester sees it.",
        "REPORTED": "When it was reported, as far as the requester sees it.",
        "IMPACT": "Impact.",
    },
    name="IncidentOrderField",
)
described(
    OrderDirection,
    "Which end of an order comes first.",
    {"ASC": "Smallest or oldest first.", "DESC": "Greatest or newest first."},
)
