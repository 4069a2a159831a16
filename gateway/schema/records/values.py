"""Value types of the schema. Their fields carry the names of the values in `policies/values.py` and the records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import strawberry

from gateway.schema.enums import RedactionEffect, TotalRelation
from gateway.schema.scalars import GeoJSONPoint
from gateway.schema.shared import plain, shared
from policies.clearance import Redaction as Redacted
from policies.clearance import RedactionReason, Remedy
from policies.groups import Effect, FieldGroup
from policies.values import Place, PlacePrecision, TimePrecision
from policies.vocabulary import OrganizationType, SourceState, TrafficLight, UnMarking


@strawberry.type(description="An organization or another party, as far as it is shown.")
class Organization:
    """Organization."""

    id: strawberry.ID | None = plain("The gateway's id of the organization, where it knows it.")
    name: str | None = plain("Its name.")
    type: OrganizationType = plain("What kind of organization it is.")


@strawberry.type(description="The platform a record was read from; not a newspaper, which is a cited source.")
class Source:
    """Source."""

    name: str = plain("Its configured name.")
    connector: str = plain("The kind of connector that reads it.")


@strawberry.type(description="A platform's own code, verbatim.")
class SourceCode:
    """Source code."""

    scheme: str | None = shared(FieldGroup.ORIGIN, "Whose code it is.")
    code: str | None = shared(FieldGroup.WHAT, "The code.")
    label: str | None = shared(FieldGroup.WHAT, "The platform's own words for it.")


@strawberry.type(description="A country.")
class Country:
    """Country."""

    iso3: str = plain("ISO 3166-1 alpha-3.")
    name: str | None = plain("Its name as the source has it.")


@strawberry.type(description="An administrative area.")
class AdminArea:
    """Administrative area."""

    pcode: str = plain("P-code (COD-AB).")
    name: str | None = plain("Its name as the source has it.")


@strawberry.type(description="A span of time with its precision.")
class Occurrence:
    """Occurrence."""

    start: datetime = plain("Start of the span (UTC).")
    end: datetime = plain("End of the span, excluded; equal to the start where it is a moment (UTC).")
    precision: TimePrecision = plain("How exact it is.")


def _point(root: strawberry.Parent[Place]) -> GeoJSONPoint | None:
    return None if root.point is None else GeoJSONPoint.at(root.point)


def _longitude(root: strawberry.Parent[Place]) -> float | None:
    return None if root.point is None else root.point.longitude


def _latitude(root: strawberry.Parent[Place]) -> float | None:
    return None if root.point is None else root.point.latitude


@strawberry.type(description="A place, only as exact as it is known and shown.")
class Location:
    """Location."""

    country: Country | None = plain("Country.")
    admin1: AdminArea | None = plain("Province or state (admin-1).")
    admin2: AdminArea | None = plain("District (admin-2).")
    name: str | None = plain("Name of the place.")
    point: GeoJSONPoint | None = plain("Point, as GeoJSON (RFC 7946): longitude first.", _point)
    longitude: float | None = plain("Longitude of the point, degrees (WGS 84).", _longitude)
    latitude: float | None = plain("Latitude of the point, degrees (WGS 84).", _latitude)
    precision: PlacePrecision = plain("How exact the place is.")


@strawberry.type(description="A count, or the range it falls into.")
class Count:
    """Count."""

    value: int | None = plain("The count, where it is exact.")
    at_least: int = plain("Lower bound.")
    at_most: int | None = plain("Upper bound; null where there is none.")


@strawberry.type(description="Whom an incident touched.")
class Affected:
    """Affected."""

    organizations: list[Organization] = plain("Organizations affected.")
    killed: Count | None = plain("Staff killed.")
    injured: Count | None = plain("Staff injured.")
    kidnapped: Count | None = plain("Staff kidnapped.")
    arrested: Count | None = plain("Staff arrested.")
    fatalities: Count | None = plain("Fatalities of all, apart from staff counts.")


@strawberry.type(description="A person named in a report.")
class Person:
    """Person."""

    name: str | None = plain("Name.")
    role: str | None = plain("Role.")
    condition: str | None = plain("What became of the person.")


@strawberry.type(description="Who is said to have done it.")
class Actor:
    """Actor."""

    parties: list[Organization] = plain("The parties named.")


@strawberry.type(description="A pointer to something outside.")
class Reference:
    """Reference."""

    type: str = plain("What kind of pointer it is, such as GLIDE.")
    value: str = plain("The pointer.")


@strawberry.type(description="A field of the platform's own that has no place in the common schema.")
class Attribute:
    """Attribute."""

    scheme: str | None = plain("Whose field it is; null where the origin is not shown.")
    key: str = plain("The platform's name of the field.")
    label: str | None = plain("The platform's words for it.")
    value: str = plain("Its value.")


@strawberry.type(description="What a recipient may do, in the shape of FIRST IEP 2.0.")
class PermittedActions:
    """Permitted actions."""

    relay_to_members: bool = plain("Whether a platform may pass the record to its members.")
    attribution: bool = plain("Whether the originator may be named.")
    notify_on_use: bool = plain("Whether the originator is told of each use.")
    data_licence: str | None = plain("The data licence that goes with it.")


def _valid_until(root: strawberry.Parent[Any]) -> datetime | None:
    return None if root.valid_until is None else datetime.fromtimestamp(root.valid_until, UTC)


@strawberry.type(description="The handling terms that travel with a record.")
class Handling:
    """Handling."""

    tlp: TrafficLight = plain("TLP 2.0.")
    un_marking: UnMarking = plain("UN marking.")
    permitted_actions: PermittedActions = plain("What a recipient may do.")
    valid_until: datetime | None = plain("When these terms change; null where no change is set.", _valid_until)


class RedactionOf:
    """A redaction with the names of the kind's fields in its group."""

    def __init__(self, redaction: Redacted, fields: list[str]) -> None:
        self.group = redaction.group
        self.fields = fields
        self.effect = RedactionEffect.WITHHELD if redaction.effect is Effect.WITHHOLD else RedactionEffect.GENERALIZED
        self.reason = redaction.reason
        self.rules = list(redaction.rules)
        self.remedy = redaction.remedy


@strawberry.type(description="A group that is not shown as it is: the same whether or not there was a value.")
class Redaction:
    """Redaction."""

    group: FieldGroup = plain("The group.")
    fields: list[str] = plain("The fields of this kind of record in that group.")
    effect: RedactionEffect = plain("What was done.")
    reason: RedactionReason = plain("Why.")
    rules: list[str] = plain("The ids of the rules that decided.")
    remedy: Remedy = plain("What can be done about it.")


@strawberry.type(description="How a source answered: completeness as data.")
class SourceStatus:
    """Source status."""

    name: str = plain("The source's configured name.")
    state: SourceState = plain("How it answered.")
    as_of: datetime | None = plain("End of the last successful synchronisation, or of this reading (UTC).")
    embargoed_until: date | None = plain("The platform keeps back what happened after this day.")
    records: int = plain("How many of the records listed come from it, before paging.")


@strawberry.type(description="A number of records, counted in what the requester may see.")
class TotalCount:
    """Total count."""

    value: int = plain("The number.")
    relation: TotalRelation = plain("How it relates to the truth.")
