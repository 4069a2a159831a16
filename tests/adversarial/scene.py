"""A world written by hand for the known channels: one record that is withheld, what lies beneath it, and others around.

Everything is `harbour-relief`'s; who asks is, unless said, `northwind-aid`, a partner in the area.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from connectors.contract import Capabilities
from connectors.records import (
    Actor,
    Attribute,
    Incident,
    Person,
    Record,
    RecordRef,
    Reference,
    SecurityAlert,
    Source,
    SourceCode,
)
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction
from policies.values import AdminArea, Affected, Country, Moment, Party, Place, PlacePrecision, Position, Quantity
from policies.vocabulary import (
    Audience,
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    OrganizationType,
    RestrictionReason,
    SourceReliability,
    TrafficLight,
)
from tests.adversarial.platform import Platform
from tests.adversarial.values import FIRST_DAY
from tests.adversarial.worlds import EVERY_FILTER, EVERY_KIND, EVERY_ORDER, SOURCES, World

ORIGINATOR: Final = "harbour-relief"
PARTNER: Final = "a partner in the area"
ELSEWHERE: Final = "a partner elsewhere"
CANARY: Final = "canary-4e1d"
EVERY_GROUP: Final = frozenset(FieldGroup) - {FieldGroup.ENVELOPE}
AFTERNOON: Final = Moment.instant(FIRST_DAY + timedelta(days=2, hours=15))
CLAIMS: Final = Capabilities(kinds=EVERY_KIND, filters=EVERY_FILTER, orders=EVERY_ORDER, lookup=True)

OPEN: Final = Marking(
    originator=ORIGINATOR,
    audience=Audience.PARTNERS,
    tlp=TrafficLight.GREEN,
    release_areas=frozenset({"SSD"}),
)
RESTRICTED: Final = Marking(
    originator=ORIGINATOR,
    audience=Audience.PARTNERS,
    tlp=TrafficLight.GREEN,
    release_areas=frozenset({"SSD"}),
    restrictions=frozenset({Restriction(groups=EVERY_GROUP, reason=RestrictionReason.STAFF_PRIVACY)}),
)
HIDDEN: Final = Marking(originator=ORIGINATOR, audience=Audience.ORIGINATOR, named=frozenset({CANARY}))

# Every field of an incident that is not in the envelope, filled.
BENEATH: Final[dict[str, Any]] = {
    "title": f"Ambush {CANARY}",
    "summary": f"Summary {CANARY}",
    "narrative": f"Narrative {CANARY}",
    "language": "fr",
    "originator": Party(OrganizationType.INGO, ORIGINATOR, CANARY),
    "source": Source("alpha", "memory"),
    "reported_at": AFTERNOON,
    "occurred": AFTERNOON,
    "place": Place(
        country=Country("SSD", CANARY),
        admin1=AdminArea("SS01", CANARY),
        admin2=AdminArea("SS0101", CANARY),
        name=CANARY,
        point=Position(31.123456, 9.654321),
        precision=PlacePrecision.POSITION,
    ),
    "references": (Reference("GLIDE", CANARY),),
    "category": IncidentCategory.ATTACK,
    "source_category": SourceCode(CANARY, CANARY, CANARY),
    "impact": Impact.CRITICAL,
    "affected": Affected((Party(OrganizationType.UN, None, CANARY),), Quantity.exactly(777), Quantity.exactly(778)),
    "persons": (Person(CANARY, CANARY, CANARY),),
    "actor": Actor((Party(OrganizationType.ARMED_GROUP, None, CANARY),)),
    "response": f"Response {CANARY}",
    "plans": f"Plans {CANARY}",
    "reliability": SourceReliability.A,
    "credibility": InformationCredibility.CONFIRMED,
    "cited_sources": (CANARY,),
    "attributes": (Attribute("mode", CANARY, FieldGroup.WHAT), Attribute("log", CANARY, FieldGroup.WHERE, text=True)),
}
ALERT_BENEATH: Final[dict[str, Any]] = {
    "title": f"Headline {CANARY}",
    "narrative": f"Description {CANARY}",
    "event": CANARY,
    "onset": AFTERNOON,
    "instruction": CANARY,
    "sender": CANARY,
    "place": BENEATH["place"],
}


def incident(native: str, marking: Marking, *, day: int = 2, platform: str = "alpha", **fields: Any) -> Record:
    """An incident that was shared `day` days after the first."""
    ref = RecordRef(platform, InformationKind.INCIDENT_REPORT, native)
    return Incident(ref=ref, marking=marking, version="1", shared_at=FIRST_DAY + timedelta(days=day), **fields)


def alert(native: str, marking: Marking, **fields: Any) -> Record:
    """An alert."""
    ref = RecordRef("alpha", InformationKind.SECURITY_ALERT, native)
    return SecurityAlert(ref=ref, marking=marking, version="1", shared_at=FIRST_DAY + timedelta(days=3), **fields)


def world(*rows: Record, page: int = 50, whispers: str = "") -> World:
    """The rows on the platforms that their references name."""
    return World(
        tuple(
            Platform(
                name=name,
                capabilities=CLAIMS,
                rows=tuple(row for row in rows if row.ref.source == name),
                page=page,
                quarantined=int(bool(whispers)),
                whispers=whispers,
            )
            for name in SOURCES
        )
    )


def neighbours() -> list[Record]:
    """Records that are shown, before and after the one in question."""
    return [
        incident(f"open-{number}", OPEN, day=number, platform=SOURCES[number % 3], category=IncidentCategory.THEFT)
        for number in range(1, 6)
    ]


FULL: Final = world(*neighbours(), incident("restricted", RESTRICTED, **BENEATH))
EMPTY: Final = world(*neighbours(), incident("restricted", RESTRICTED))
WITH_HIDDEN: Final = world(
    *neighbours(),
    incident("restricted", RESTRICTED, **BENEATH),
    incident("hidden-1", HIDDEN, day=4, **BENEATH),
    incident("hidden-2", HIDDEN, day=1, platform="bravo"),
    alert("hidden-3", HIDDEN, **ALERT_BENEATH),
)
