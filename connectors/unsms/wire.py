"""The feed's wire format, as `openapi.json` has it. Items stay raw here: the mapping reads them group by group."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import msgspec

from connectors.client import decode_json
from connectors.errors import Quarantined
from connectors.formats.attributes import shortened
from policies.values import AdminArea

Instant: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
Iso3: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
State: TypeAlias = Literal["FLASH", "VERIFIED", "ENDORSED", "REFUTED"]
Item: TypeAlias = dict[str, msgspec.Raw]


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


# Every key an incident may have: another one is refused by name.
INCIDENT_KEYS = frozenset(
    {
        "id", "revision", "state", "states", "status", "shared_at", "reported_at", "title", "summary", "narrative",
        "language", "category", "impact", "occurred", "location", "affected", "actors", "response", "plans",
        "reliability", "credibility", "cited_sources", "handling", "extensions",
    }
)  # fmt: skip


def read_item(raw: msgspec.Raw) -> Item:
    """An item's keys with their raw values; raises `Quarantined` where it is no object or has an undeclared key."""
    try:
        item = msgspec.json.decode(raw, type=Item)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Quarantined("the item is no JSON object") from error
    unknown = item.keys() - INCIDENT_KEYS
    if unknown:
        raise Quarantined(
            f"the key `{shortened(min(unknown))}` is none of the contract's: nothing is dropped in silence"
        )
    return item


def incident_page(body: bytes) -> IncidentPage:
    """One page of the list; raises `Unusable`."""
    return decode_json(body, IncidentPage)


def changes_page(body: bytes) -> ChangesPage:
    """One page of the changes; raises `Unusable`."""
    return decode_json(body, ChangesPage)
