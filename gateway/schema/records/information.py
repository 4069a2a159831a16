"""The interfaces that all six kinds share, and their fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from gateway.federation.answer.title import title
from gateway.federation.viewed import Viewed
from gateway.schema.records.values import (
    AdminArea,
    Attribute,
    Country,
    Handling,
    Occurrence,
    Organization,
    Redaction,
    RedactionOf,
    Source,
)
from gateway.schema.shared import shared
from policies.groups import Effect, FieldGroup
from policies.vocabulary import InformationKind, RecordStatus, ReportStage, Verification

Listed = strawberry.Parent[Viewed]


def _kind(root: Listed) -> InformationKind:
    return root.kind


def _id(root: Listed) -> strawberry.ID:
    return strawberry.ID(root.id)


def _handling(root: Listed) -> Handling:
    handling: Any = root.clearance.handling
    return handling


def _title(root: Listed) -> str:
    return title(root.view)


def _place_part(part: str) -> Any:
    def resolve(root: Listed) -> Any:
        place: Any = getattr(root.view, "place", None)
        return None if place is None else getattr(place, part)

    return resolve


def _country(root: Listed) -> Country | None:
    return _place_part("country")(root)


def _admin1(root: Listed) -> AdminArea | None:
    return _place_part("admin1")(root)


def _admin2(root: Listed) -> AdminArea | None:
    return _place_part("admin2")(root)


def _attributes(
    root: Listed,
    keys: Annotated[list[str] | None, strawberry.argument(description="Only fields with these names.")] = None,
) -> list[Attribute]:
    items: Any = root.view
    # The scheme tells which platform a field is from, so it goes with ORIGIN.
    origin = root.clearance.effects[FieldGroup.ORIGIN] is Effect.SHOW
    return [
        Attribute(scheme=item.scheme if origin else None, key=item.key, label=item.label, value=item.value)  # type: ignore[call-arg]
        for item in items.attributes
        if keys is None or item.key in keys
    ]


def _redactions(root: Listed) -> list[Redaction]:
    # The kinds are made of this module's interface.
    from gateway.schema.records.kinds import fields_by_group

    names = fields_by_group(root.kind)
    made: Any = [RedactionOf(item, names.get(item.group, [])) for item in root.clearance.redactions]
    return made


def of_kind(kind: InformationKind) -> classmethod[Any, Any, bool]:
    """The type test of the schema type that stands for `kind`."""

    def is_type_of(cls: type, source: Any, info: Any) -> bool:  # noqa: ARG001 - graphql-core's signature
        return isinstance(source, Viewed) and source.kind is kind

    return classmethod(is_type_of)


@strawberry.federation.interface(description="Anything with an id (Relay).")
class Node:
    """Node."""

    id: strawberry.ID = shared(
        FieldGroup.ENVELOPE,
        "Opaque, of one length, the same for every requester, so that it can be quoted.",
        _id,
    )


@strawberry.federation.interface(
    keys=["id"],
    description=(
        "What an organization shares for the safety and security of staff, operations and assets. "
        "An Apollo Federation entity, so that others can add fields to all six kinds."
    ),
)
class SecurityInformation(Node):
    """Security information."""

    id: strawberry.ID = shared(
        FieldGroup.ENVELOPE,
        "Opaque, of one length, the same for every requester, so that it can be quoted.",
        _id,
    )
    kind: InformationKind = shared(FieldGroup.ENVELOPE, "Which of the six kinds it is.", _kind)
    status: RecordStatus = shared(FieldGroup.ENVELOPE, "What it is meant for.")
    stage: ReportStage = shared(FieldGroup.ENVELOPE, "How far the report has come.")
    verification: Verification = shared(FieldGroup.ENVELOPE, "What the source's own checking says.")
    shared_at: datetime = shared(FieldGroup.ENVELOPE, "When it was shared (UTC).")
    handling: Handling = shared(FieldGroup.ENVELOPE, "The handling terms that go with it.", _handling)
    redactions: list[Redaction] = shared(
        FieldGroup.ENVELOPE, "What is not shown as it is, why, and what can be done.", _redactions
    )
    title: str | None = shared(
        FieldGroup.NARRATIVE, "The originator's title where that is shown, else one composed from what is.", _title
    )
    summary: str | None = shared(FieldGroup.NARRATIVE, "Summary.")
    language: str | None = shared(FieldGroup.NARRATIVE, "Language of the text (BCP 47).")
    originator: Organization | None = shared(FieldGroup.ORIGIN, "Whose record it is.")
    source: Source | None = shared(FieldGroup.ORIGIN, "The platform it was read from.")
    reported_at: Occurrence | None = shared(FieldGroup.WHEN, "When it was reported.")
    country: Country | None = shared(FieldGroup.WHERE, "Country.", _country)
    admin1: AdminArea | None = shared(FieldGroup.WHERE, "Province or state (admin-1).", _admin1)
    admin2: AdminArea | None = shared(FieldGroup.WHERE, "District (admin-2).", _admin2)
    attributes: list[Attribute] = shared(
        FieldGroup.ENVELOPE,
        "The platform's own fields, each shown where its own group is; `keys` narrows them.",
        _attributes,
    )
