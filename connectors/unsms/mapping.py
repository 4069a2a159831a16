"""From one item of the feed to an incident report with its marking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.formats.attributes import Declaration, shortened
from connectors.formats.faults import Faults, native_key
from connectors.markings import Markings
from connectors.records import Actor, Attribute, Incident, RecordRef, Source, SourceCode
from connectors.unsms import wire
from connectors.unsms.handling import changes_of
from connectors.unsms.wire import Item
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Affected, Country, Moment, Party, Place, PlacePrecision, Position, Quantity, TimePrecision
from policies.vocabulary import (
    Impact,
    IncidentCategory,
    InformationCredibility,
    InformationKind,
    OrganizationType,
    RecordStatus,
    ReportStage,
    SourceReliability,
    SpecialCategory,
    Verification,
)

Value = TypeVar("Value")
Word = TypeVar("Word", bound=Enum)

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


class IncidentMapping:
    """The mapping of one source's incidents. `extensions`: the keys of items' `extensions`, each with its group."""

    def __init__(self, settings: SourceSettings, extensions: Mapping[str, Declaration]) -> None:
        self._settings = settings
        self._extensions = extensions
        self._markings = Markings(settings.marking)
        self._source = Source(settings.name, "unsms")

    def incident(self, raw: msgspec.Raw) -> Incident:
        """The item as a record; raises `Quarantined` where identity, state or marking can't be read."""
        item = wire.read_item(raw)
        native = native_key(_required(item, "id", str), "id")
        stage, verification = STATES[_required(item, "state", wire.State)]
        status = _required(item, "status", RecordStatus) if "status" in item else RecordStatus.ACTUAL
        category = _code(item)
        marking = self._marking(item, category)
        faults = Faults()

        def text(key: str, group: FieldGroup = FieldGroup.NARRATIVE) -> str | None:
            return faults.read(group, lambda: _value(item, key, str))

        cited = faults.read(FieldGroup.ORIGIN, lambda: _value(item, "cited_sources", tuple[str, ...]))
        return Incident(
            ref=RecordRef(self._settings.name, InformationKind.INCIDENT_REPORT, native),
            marking=marking,
            version=str(_required(item, "revision", int)),
            status=status,
            stage=stage,
            verification=verification,
            shared_at=_required(item, "shared_at", wire.Instant),
            originator=Party(type=OrganizationType.UN, id=marking.originator),
            source=self._source,
            category=None if category is None else CATEGORIES.get(category.code),
            source_category=None if category is None else SourceCode(SCHEME, category.code, category.label),
            impact=faults.read(FieldGroup.WHAT, lambda: _word(item, "impact", Impact)),
            credibility=faults.read(FieldGroup.WHAT, lambda: _value(item, "credibility", InformationCredibility)),
            reliability=faults.read(FieldGroup.ORIGIN, lambda: _value(item, "reliability", SourceReliability)),
            cited_sources=cited or (),
            occurred=faults.read(FieldGroup.WHEN, lambda: _occurred(item)),
            reported_at=faults.read(FieldGroup.WHEN, lambda: _reported(item)),
            place=faults.read(FieldGroup.WHERE, lambda: _place(item)),
            affected=faults.read(FieldGroup.AFFECTED, lambda: self._affected(item)),
            actor=faults.read(FieldGroup.ACTOR, lambda: self._actor(item)),
            title=text("title"),
            summary=text("summary"),
            narrative=text("narrative"),
            language=text("language"),
            response=text("response", FieldGroup.RESPONSE),
            plans=text("plans", FieldGroup.PLANS),
            attributes=tuple(self._attributes(item, faults)),
            faults=faults.groups | ({FieldGroup.WHAT} if category is None and "category" in item else frozenset()),
        )

    def _marking(self, item: Item, category: wire.Category | None) -> Marking:
        handling = _required(item, "handling", wire.Handling | None) if "handling" in item else None
        changes = {} if handling is None else changes_of(handling, self._settings)
        special = set(self._settings.marking.special)
        if category is None or category.code not in CATEGORIES:
            # The code could be one of the sensitive ones (rule 13).
            special.add(SpecialCategory.UNMAPPED_SENSITIVE_CODE)
        elif category.code == "SEXUAL_VIOLENCE":
            special.add(SpecialCategory.SEXUAL_VIOLENCE)
        location = _required(item, "location", wire.CountryOf | None) if "location" in item else None
        country = None if location is None else location.country.iso3
        return self._markings.of(country=country, **(changes | {"special": frozenset(special)}))

    def _party(self, party: wire.NamedParty) -> Party:
        known = self._settings.originators.get(party.name or "")
        kind = OrganizationType.__members__.get(party.type, OrganizationType.UNKNOWN)
        return Party(type=kind, id=known, name=party.name)

    def _affected(self, item: Item) -> Affected | None:
        counts = _value(item, "affected", wire.AffectedCounts)
        if counts is None:
            return None

        def quantity(count: int | None) -> Quantity | None:
            return None if count is None else Quantity.exactly(count)

        return Affected(
            organizations=tuple(self._party(party) for party in counts.organizations),
            killed=quantity(counts.killed),
            injured=quantity(counts.injured),
            kidnapped=quantity(counts.kidnapped),
            arrested=quantity(counts.arrested),
            fatalities=quantity(counts.fatalities),
        )

    def _actor(self, item: Item) -> Actor | None:
        parties = _value(item, "actors", tuple[wire.NamedParty, ...])
        return None if parties is None else Actor(tuple(self._party(party) for party in parties))

    def _attributes(self, item: Item, faults: Faults) -> Iterator[Attribute]:
        """When each state began, and the extensions that the operator declared."""
        for step in faults.read(FieldGroup.WHEN, lambda: _value(item, "states", tuple[wire.StateChange, ...])) or ():
            yield Attribute(f"state.{step.state}", step.at.isoformat(), FieldGroup.WHEN, SCHEME)
        extensions = _required(item, "extensions", dict[str, str | int | float | bool]) if "extensions" in item else {}
        for key, value in extensions.items():
            declaration = self._extensions.get(key)
            if declaration is None:
                raise Quarantined(
                    f"the extension `{shortened(key)}` is not declared: give it a group in `options.extensions`"
                )
            yield declaration.attribute(
                SCHEME, key, value if isinstance(value, str) else msgspec.json.encode(value).decode()
            )


def _code(item: Item) -> wire.Category | None:
    """The category, None where it is absent or can't be read: then it counts as an unmapped code."""
    try:
        return _value(item, "category", wire.Category)
    except ValueError:
        return None


def _occurred(item: Item) -> Moment | None:
    occurred = _value(item, "occurred", wire.Occurred)
    if occurred is None:
        return None
    precision = TimePrecision[occurred.precision]
    first, last = _cell(occurred.start, precision), _cell(occurred.end or occurred.start, precision)
    if last.end < first.end:
        raise ValueError("a span that ends before it starts")
    return Moment(first.start, last.end, precision)


def _cell(at: datetime, precision: TimePrecision) -> Moment:
    instant = Moment.instant(at)
    return instant if precision is TimePrecision.INSTANT else Moment.day(instant.start.date(), precision)


def _reported(item: Item) -> Moment | None:
    at = _value(item, "reported_at", wire.Instant)
    return None if at is None else Moment.instant(at)


def _place(item: Item) -> Place | None:
    location = _value(item, "location", wire.Location)
    if location is None:
        return None
    if (location.longitude is None) != (location.latitude is None):
        raise ValueError("one coordinate without the other")
    return Place(
        country=Country(location.country.iso3, location.country.name),
        admin1=location.admin1,
        admin2=location.admin2,
        name=location.locality,
        point=None
        if location.longitude is None or location.latitude is None
        else Position(longitude=location.longitude, latitude=location.latitude),
        precision=PlacePrecision[location.precision],
    )


def _required(item: Item, key: str, value_type: Any) -> Any:  # msgspec's types are forms, not classes
    """The value of `key`; raises `Quarantined` naming the key where it is absent or can't be read."""
    try:
        return msgspec.json.decode(item[key], type=value_type)
    except KeyError as error:
        raise Quarantined(f"`{key}` is missing") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Quarantined(f"`{key}` can't be read") from error


def _value(item: Item, key: str, value_type: type[Value]) -> Value | None:
    """The value of `key`, None where it is absent or null; raises `ValueError` where it can't be read."""
    return None if key not in item else msgspec.json.decode(item[key], type=value_type | None)


def _word(item: Item, key: str, vocabulary: type[Word]) -> Word | None:
    """The member that the feed names; numbered vocabularies are written by name there."""
    word = _value(item, key, str)
    if word is None:
        return None
    if word not in vocabulary.__members__:
        raise ValueError("no word of the vocabulary")
    return vocabulary[word]
