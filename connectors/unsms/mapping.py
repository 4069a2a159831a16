"""From one item of the feed to an incident report with its marking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.formats.attributes import Declaration, shortened
from connectors.formats.faults import Faults, native_key
from connectors.markings import Markings
from connectors.records import Actor, Attribute, Incident, RecordRef, Source, SourceCode
from connectors.unsms import wire
from connectors.unsms.handling import changes_of
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Affected, Country, Moment, Party, Place, PlacePrecision, Position, Quantity, TimePrecision
from policies.vocabulary import (
    Impact,
    IncidentCategory,
    InformationKind,
    OrganizationType,
    ReportStage,
    SpecialCategory,
    Verification,
)

SCHEME: Final = "UNSMS"
STATES: Final[Mapping[str, tuple[ReportStage, Verification]]] = {
    "FLASH": (ReportStage.FLASH, Verification.UNVERIFIED),
    "VERIFIED": (ReportStage.UPDATE, Verification.VERIFIED),
    "ENDORSED": (ReportStage.FINAL, Verification.ENDORSED),
    "REFUTED": (ReportStage.FINAL, Verification.REFUTED),
}
CATEGORIES: Final[Mapping[str, IncidentCategory]] = {
    "ARMED_ATTACK": IncidentCategory.ATTACK,
    "AMBUSH": IncidentCategory.ATTACK,
    "SEXUAL_VIOLENCE": IncidentCategory.ATTACK,
    "ABDUCTION": IncidentCategory.CONFINE,
    "DETENTION": IncidentCategory.CONFINE,
    "ROBBERY": IncidentCategory.THEFT,
    "BURGLARY": IncidentCategory.THEFT,
    "INTIMIDATION": IncidentCategory.THREAT,
    "ROAD_TRAFFIC_ACCIDENT": IncidentCategory.ACCIDENT,
    "ACCESS_DENIAL": IncidentCategory.OBSTRUCTION,
    "DEMONSTRATION": IncidentCategory.CIVIL_UNREST,
    "RIOT": IncidentCategory.CIVIL_UNREST,
    "EXPLOSIVE_HAZARD": IncidentCategory.HAZARD,
    "NATURAL_HAZARD": IncidentCategory.HAZARD,
    "OTHER": IncidentCategory.OTHER,
}


# Numbered vocabularies are written by name in the feed.
IMPACTS: Final[Mapping[str, Impact]] = dict(Impact.__members__)
PRECISIONS: Final[Mapping[str, TimePrecision]] = dict(TimePrecision.__members__)
PLACE_PRECISIONS: Final[Mapping[str, PlacePrecision]] = dict(PlacePrecision.__members__)

# What items have in common is made once; what is kept of it is bounded.
_KEPT: Final = 4096


class IncidentMapping:
    """The mapping of one source's incidents. `extensions`: the keys of items' `extensions`, each with its group."""

    def __init__(self, settings: SourceSettings, extensions: Mapping[str, Declaration]) -> None:
        self._settings = settings
        self._extensions = extensions
        self._markings = Markings(settings.marking)
        self._source = Source(settings.name, "unsms")
        self._marking = lru_cache(_KEPT)(self._read_marking)
        self._party = lru_cache(_KEPT)(self._read_party)
        self._affected = lru_cache(_KEPT)(self._read_affected)
        self._actor = lru_cache(_KEPT)(self._read_actor)
        self._category = lru_cache(_KEPT)(_category)
        # By type as well: `1` is not `true`.
        self._extension = lru_cache(_KEPT, typed=True)(self._read_extension)
        self._day = lru_cache(_KEPT)(Moment.day)

    def incident(self, raw: msgspec.Raw) -> Incident:
        """The item as a record; raises `Quarantined` where identity, state or marking can't be read."""
        reading = wire.read_item(raw)
        item, faults = reading.item, reading.faults
        native = native_key(item.id, "id")
        stage, verification = STATES[item.state]
        category, code = self._category(item.category)
        marking = self._marking(bytes(item.handling), reading.country, None if code is None else code.code)
        try:
            occurred, reported, place = (
                self._occurred(item.occurred),
                _reported(item.reported_at),
                _place(item.location),
            )
        except (ValueError, OverflowError):
            found = Faults()
            found.note(*faults)
            occurred = found.read(FieldGroup.WHEN, lambda: self._occurred(item.occurred))
            reported = found.read(FieldGroup.WHEN, lambda: _reported(item.reported_at))
            place = found.read(FieldGroup.WHERE, lambda: _place(item.location))
            faults = found.groups
        return Incident(
            ref=RecordRef(self._source.name, InformationKind.INCIDENT_REPORT, native),
            marking=marking,
            version=str(item.revision),
            status=item.status,
            stage=stage,
            verification=verification,
            shared_at=_shared(item.shared_at),
            originator=Party(OrganizationType.UN, marking.originator),
            source=self._source,
            category=category,
            source_category=code,
            impact=None if item.impact is None else IMPACTS[item.impact],
            credibility=item.credibility,
            reliability=item.reliability,
            cited_sources=item.cited_sources or (),
            occurred=occurred,
            reported_at=reported,
            place=place,
            affected=self._affected(item.affected),
            actor=self._actor(item.actors),
            title=item.title,
            summary=item.summary,
            narrative=item.narrative,
            language=item.language,
            response=item.response,
            plans=item.plans,
            attributes=self._attributes(item),
            faults=faults,
        )

    def _read_marking(self, handling: bytes, country: str | None, code: str | None) -> Marking:
        """The marking of what an item says of handling, its country and the code of its category."""
        try:
            told = msgspec.json.decode(handling, type=wire.Handling | None)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Quarantined("`handling` can't be read") from error
        changes = {} if told is None else changes_of(told, self._settings)
        special = set(self._settings.marking.special)
        if code not in CATEGORIES:
            # The code could be one of the sensitive ones (rule 13).
            special.add(SpecialCategory.UNMAPPED_SENSITIVE_CODE)
        elif code == "SEXUAL_VIOLENCE":
            special.add(SpecialCategory.SEXUAL_VIOLENCE)
        return self._markings.of(country=country, **(changes | {"special": frozenset(special)}))

    def _read_party(self, kind: str, name: str | None) -> Party:
        known = self._settings.originators.get(name or "")
        return Party(type=OrganizationType.__members__.get(kind, OrganizationType.UNKNOWN), id=known, name=name)

    def _read_affected(self, counts: wire.AffectedCounts | None) -> Affected | None:
        if counts is None:
            return None
        return Affected(
            tuple([self._party(party.type, party.name) for party in counts.organizations]),
            _quantity(counts.killed),
            _quantity(counts.injured),
            _quantity(counts.kidnapped),
            _quantity(counts.arrested),
            _quantity(counts.fatalities),
        )

    def _read_actor(self, parties: tuple[wire.NamedParty, ...] | None) -> Actor | None:
        return None if parties is None else Actor(tuple([self._party(party.type, party.name) for party in parties]))

    def _occurred(self, occurred: wire.Occurred | None) -> Moment | None:
        if occurred is None:
            return None
        precision = PRECISIONS[occurred.precision]
        first = self._cell(occurred.start, precision)
        last = first if occurred.end is None else self._cell(occurred.end, precision)
        if last.end < first.end:
            raise ValueError("a span that ends before it starts")
        return first if last is first else Moment(first.start, last.end, precision)

    def _cell(self, at: datetime, precision: TimePrecision) -> Moment:
        instant = Moment.instant(at)
        return instant if precision is TimePrecision.INSTANT else self._day(instant.start.date(), precision)

    def _attributes(self, item: wire.Item) -> tuple[Attribute, ...]:
        """When each state began, and the extensions that the operator declared."""
        steps = [
            Attribute(f"state.{step.state}", step.at.isoformat(), FieldGroup.WHEN, SCHEME) for step in item.states or ()
        ]
        return (*steps, *[self._extension(key, value) for key, value in item.extensions.items()])

    def _read_extension(self, key: str, value: str | float | bool) -> Attribute:
        declaration = self._extensions.get(key)
        if declaration is None:
            raise Quarantined(
                f"the extension `{shortened(key)}` is not declared: give it a group in `options.extensions`"
            )
        return declaration.attribute(
            SCHEME, key, value if isinstance(value, str) else msgspec.json.encode(value).decode()
        )


def _category(category: wire.Category | None) -> tuple[IncidentCategory | None, SourceCode | None]:
    if category is None:
        return None, None
    return CATEGORIES.get(category.code), SourceCode(SCHEME, category.code, category.label)


def _shared(at: datetime) -> datetime:
    try:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except OverflowError as error:
        raise Quarantined("`shared_at` is beyond what times can hold") from error


def _quantity(count: int | None) -> Quantity | None:
    return None if count is None else Quantity.exactly(count)


def _reported(at: datetime | None) -> Moment | None:
    return None if at is None else Moment.instant(at)


def _place(location: wire.Location | None) -> Place | None:
    if location is None:
        return None
    if (location.longitude is None) != (location.latitude is None):
        raise ValueError("one coordinate without the other")
    return Place(
        Country(location.country.iso3, location.country.name),
        location.admin1,
        location.admin2,
        location.locality,
        None
        if location.longitude is None or location.latitude is None
        else Position(location.longitude, location.latitude),
        PLACE_PRECISIONS[location.precision],
    )
