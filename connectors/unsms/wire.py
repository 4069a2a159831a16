"""The feed's wire format, as `openapi.json` has it. What of an item can't be read is told by its groups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec

from connectors.client import decode_json
from connectors.errors import Quarantined
from connectors.formats.attributes import shortened
from policies.groups import FieldGroup
from policies.values import AdminArea
from policies.vocabulary import InformationCredibility, RecordStatus, SourceReliability

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Iso3: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
State: TypeAlias = Literal["FLASH", "VERIFIED", "ENDORSED", "REFUTED"]


class IncidentPage(msgspec.Struct, frozen=True):
    """`GET /v1/incidents`. `next_cursor` is null on the last page; `watermark` is where `changes` would go on."""

    items: list[msgspec.Raw]
    watermark: str
    as_of: Instant
    next_cursor: str | None = None


class ChangesPage(msgspec.Struct, frozen=True):
    """`GET /v1/incidents/changes`. Each page's `watermark` covers what came up to it; `more` tells to go on."""

    items: list[msgspec.Raw]
    watermark: str
    more: bool


class Tombstone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An incident that is gone."""

    id: str
    deleted_at: Instant
    tombstone: Literal[True]


class StateChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of flash → verified → endorsed, or refuted."""

    state: State
    at: Instant


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The feed's own code and its label."""

    code: str
    label: str | None = None


class Occurred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When: a time or a span, or the cell of `precision` that holds it."""

    start: Instant
    precision: Literal["INSTANT", "DAY", "WEEK", "MONTH", "YEAR"]
    end: Instant | None = None


class CountryCode(msgspec.Struct, frozen=True):
    """The country alone: the release area depends on it, so it is read before the rest."""

    iso3: Iso3


class CountryOf(msgspec.Struct, frozen=True):
    """What a location must have to be marked."""

    country: CountryCode


class NamedCountry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A country by ISO 3166-1 alpha-3, and its name."""

    iso3: Iso3
    name: str | None = None


class Location(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where, as exactly as `precision` says; WGS 84 degrees."""

    country: NamedCountry
    precision: Literal["POSITION", "KM_25", "LINEAR_FEATURE", "ADMIN2", "ADMIN1", "COUNTRY"]
    admin1: AdminArea | None = None
    admin2: AdminArea | None = None
    locality: str | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None


class NamedParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organization or actor as the feed names it."""

    type: str
    name: str | None = None


class AffectedCounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom it touched; a count that is not known is absent."""

    organizations: tuple[NamedParty, ...] = ()
    killed: Count | None = None
    injured: Count | None = None
    kidnapped: Count | None = None
    arrested: Count | None = None
    fatalities: Count | None = None


class ThirdParty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the originator had it from, and whether that party's consent to share is on record."""

    organization: str
    consent_recorded: bool = False


class HandlingRestriction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A limit on field groups with its reason (S6); `lifted_for` names organizations."""

    groups: tuple[str, ...]
    reason: str
    lifted_for: tuple[str, ...] = ()
    since: Instant | None = None
    until: Instant | None = None


class Handling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An item's own marking; what is absent is as the source's default marking has it."""

    originator: str | None = None
    un_marking: str | None = None
    tlp: str | None = None
    audience: str | None = None
    named: tuple[str, ...] | None = None
    release_areas: tuple[Iso3, ...] | None = None
    restrictions: tuple[HandlingRestriction, ...] | None = None
    third_party: ThirdParty | None = None
    permitted_actions: dict[str, bool | str] | None = None
    text_free_of: tuple[str, ...] | None = None
    plans_shared: bool | None = None
    statistics: bool | None = None
    emergency: bool | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incident. `handling` stays raw: many items have the same, which is then read once."""

    id: str
    revision: int
    state: State
    shared_at: Instant
    status: RecordStatus = RecordStatus.ACTUAL
    states: tuple[StateChange, ...] | None = None
    reported_at: Instant | None = None
    title: str | None = None
    summary: str | None = None
    narrative: str | None = None
    language: str | None = None
    category: Category | None = None
    impact: Literal["NEAR_MISS", "MINOR", "MODERATE", "SERIOUS", "CRITICAL"] | None = None
    occurred: Occurred | None = None
    location: Location | None = None
    affected: AffectedCounts | None = None
    actors: tuple[NamedParty, ...] | None = None
    response: str | None = None
    plans: str | None = None
    reliability: SourceReliability | None = None
    credibility: InformationCredibility | None = None
    cited_sources: tuple[str, ...] | None = None
    handling: msgspec.Raw = msgspec.Raw(b"null")
    extensions: dict[str, str | int | float | bool] = msgspec.field(default_factory=dict)


# What is withheld where the value of a key can't be read. Without a group the item is quarantined.
_GROUPS: Final[Mapping[str, FieldGroup]] = {
    **dict.fromkeys(("category", "impact", "credibility"), FieldGroup.WHAT),
    **dict.fromkeys(("states", "reported_at", "occurred"), FieldGroup.WHEN),
    **dict.fromkeys(("title", "summary", "narrative", "language"), FieldGroup.NARRATIVE),
    **dict.fromkeys(("reliability", "cited_sources"), FieldGroup.ORIGIN),
    "location": FieldGroup.WHERE,
    "affected": FieldGroup.AFFECTED,
    "actors": FieldGroup.ACTOR,
    "response": FieldGroup.RESPONSE,
    "plans": FieldGroup.PLANS,
}
_ITEM: Final = msgspec.json.Decoder(Item)
_FIELDS: Final = {field.name: field for field in msgspec.structs.fields(Item)}
INCIDENT_KEYS: Final = frozenset(_FIELDS)


class Reading(msgspec.Struct, frozen=True):
    """An item, the country that its release area depends on, and the groups of values that could not be read."""

    item: Item
    country: str | None
    faults: frozenset[FieldGroup] = frozenset()


def read_item(raw: msgspec.Raw) -> Reading:
    """One item; raises `Quarantined` where it is no object, has an undeclared key, or no identity or marking."""
    try:
        item = _ITEM.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_by_keys(raw)
    return Reading(item, None if item.location is None else item.location.country.iso3)


def _read_by_keys(raw: msgspec.Raw) -> Reading:
    """An item of which something can't be read: its keys one by one."""
    try:
        keys = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Quarantined("the item is no JSON object") from error
    unknown = keys.keys() - INCIDENT_KEYS
    if unknown:
        raise Quarantined(
            f"the key `{shortened(min(unknown))}` is none of the contract's: nothing is dropped in silence"
        )
    values: dict[str, Any] = {}
    faults: set[FieldGroup] = set()
    for name, field in _FIELDS.items():
        if name in keys:
            try:
                values[name] = msgspec.json.decode(keys[name], type=field.type)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if name not in _GROUPS:
                    raise Quarantined(f"`{name}` can't be read") from error
                faults.add(_GROUPS[name])
        elif field.required:
            raise Quarantined(f"`{name}` is missing")
    return Reading(Item(**values), _country(keys.get("location")), frozenset(faults))


def _country(location: msgspec.Raw | None) -> str | None:
    try:
        read = None if location is None else msgspec.json.decode(location, type=CountryOf | None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Quarantined("`location` can't be read") from error
    return None if read is None else read.country.iso3


def incident_page(body: bytes) -> IncidentPage:
    """One page of the list; raises `Unusable`."""
    return decode_json(body, IncidentPage)


def changes_page(body: bytes) -> ChangesPage:
    """One page of the changes; raises `Unusable`."""
    return decode_json(body, ChangesPage)
