"""What an organization sends becomes a record: its own, under its own name, marked as it says and no looser."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_type_hints

import msgspec

from connectors.records import RECORD_TYPES, Record, Source
from gateway.settings.sections import OWN_SOURCE
from gateway.sharing.records.fields import given_fields
from gateway.sharing.records.keys import record_ref
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Party
from policies.vocabulary import InformationKind, OrganizationCategory, OrganizationType, RecordStatus

_TYPES: Final[Mapping[OrganizationCategory, OrganizationType]] = {
    OrganizationCategory.UNSMS_ENTITY: OrganizationType.UN,
    OrganizationCategory.INGO: OrganizationType.INGO,
    OrganizationCategory.IO: OrganizationType.IO,
}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """One record as it was sent.

    `values`: by the record's field names, each of its type or of the same shape. `digest`: SHA-256 of all that was
    sent. `areas`: whether the release areas were said; else they follow from the place.
    """

    kind: InformationKind
    external_id: str
    idempotency_key: str
    digest: bytes
    status: RecordStatus
    values: Mapping[str, object]
    marking: Marking
    areas: bool


def drafted(given: Given, organization: str, name: str, category: OrganizationCategory, now: datetime) -> Record:
    """The record of `organization` that it becomes, if it is taken in; raises `msgspec.ValidationError`."""
    record_type = RECORD_TYPES[given.kind]
    hints = get_type_hints(record_type)
    known = {field.name for field in given_fields(given.kind)}
    values = {
        key: msgspec.convert(value, hints[key], from_attributes=True)
        for key, value in given.values.items()
        if key in known
    }
    record = record_type(
        ref=record_ref(organization, given.kind, given.external_id, given.status),
        marking=msgspec.structs.replace(given.marking, originator=organization),
        version="",
        shared_at=now,
        originator=Party(_TYPES[category], organization, name),
        source=Source(OWN_SOURCE, OWN_SOURCE),
        **values,
    )
    return record if given.areas else _released(record)


def _released(record: Record) -> Record:
    """The country becomes the release area, unless the marking restricts WHERE: then it would tell of it."""
    restricted = any(FieldGroup.WHERE in item.groups for item in record.marking.restrictions)
    country = None if record.place is None else record.place.country
    if restricted or country is None:
        return record
    marking = msgspec.structs.replace(record.marking, release_areas=frozenset({country.iso3}))
    return msgspec.structs.replace(record, marking=marking)
