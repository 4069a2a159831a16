"""From a CAP 1.2 message to a security alert with its marking.

CAP's `scope` only narrows: what is Public gets the source's alert marking, what is Restricted no wider audience than
the source's default and never a public one, and what is Private only the addressed organizations that the source's
configuration knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, TypeVar

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.formats import cap
from connectors.formats.attributes import Declaration, shortened
from connectors.formats.cap_place import Geography, geography
from connectors.formats.faults import Faults, native_key
from connectors.formats.handling import marking_changes
from connectors.markings import Markings, by_name, narrower
from connectors.records import Attribute, RecordRef, Reference, SecurityAlert, Source
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Moment, Party
from policies.vocabulary import (
    AlertCategory,
    AlertMessageType,
    Audience,
    Certainty,
    InformationKind,
    OrganizationType,
    RecordStatus,
    ReportStage,
    Severity,
    TrafficLight,
    Urgency,
)

Member = TypeVar("Member", Urgency, Severity, Certainty, AlertCategory, AlertMessageType)

_ANY_OTHER: Final = "*"
PARAMETER_SCHEME: Final = "CAP parameter"
ELEMENT_SCHEME: Final = "CAP 1.2"
_STAGES: Final = {AlertMessageType.UPDATE: ReportStage.UPDATE, AlertMessageType.CANCEL: ReportStage.FINAL}


class AlertReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a source's alerts are read.

    `languages`: which `info` block gives the record's texts, by preference; the first block where none fits.
    `parameters`: the `valueName`s of parameters, each with its group, `*` for all others; without `*` an alert with
    another one is quarantined. `geocodes`: which `valueName`s hold ISO 3166-1 alpha-3 codes or P-codes; others are kept
    as attributes of WHERE. `persons`: whether `contact`, which names people, is kept (in PERSONS).
    """

    languages: tuple[str, ...] = ("en",)
    parameters: dict[str, Declaration] = msgspec.field(default_factory=dict)
    geocodes: dict[str, Literal["COUNTRY", "ADMIN1", "ADMIN2"]] = msgspec.field(default_factory=dict)
    persons: bool = False

    def public(self, default: Marking) -> Marking:
        """The marking of what is Public, of a source whose marking is `default`."""
        return default

    def declaration(self, parameter: str) -> Declaration:
        """How a parameter is kept; raises `Quarantined` where it is not declared."""
        declared = self.parameters.get(parameter) or self.parameters.get(_ANY_OTHER)
        if declared is None:
            raise Quarantined(
                f"the parameter `{shortened(parameter)}` is not declared: give it a group in `parameters`"
            )
        return declared


class CapOptions(AlertReading, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Alerts beside other kinds of one source. `marking`: changes to the source's marking for alerts."""

    marking: dict[str, object] = msgspec.field(default_factory=dict)

    def public(self, default: Marking) -> Marking:
        """The source's marking with the changes; raises `Unconfigured`."""
        return msgspec.structs.replace(default, **marking_changes(default, self.marking))


class AlertMapping:
    """The mapping of one source's alerts. Raises `Unconfigured` for a wrong marking."""

    def __init__(
        self, settings: SourceSettings, options: AlertReading, connector: str, originator_type: OrganizationType
    ) -> None:
        self._settings = settings
        self._options = options
        self._source = Source(settings.name, connector)
        self._originator = Party(type=originator_type, id=settings.marking.originator)
        changed = options.public(settings.marking)
        self._public = Markings(changed)
        self._restricted = Markings(_no_wider(changed, settings.marking))

    def record(self, alert: cap.Alert, version: str) -> SecurityAlert:
        """The alert as a record; raises `Quarantined` where identity, status or marking can't be read."""
        faults = Faults()
        info = self._chosen(alert.infos)
        where = geography(_alike(info, alert.infos), self._options.geocodes, faults)
        status = by_name(alert.status, RecordStatus)
        if not isinstance(status, RecordStatus):
            raise Quarantined("`status` is none of CAP 1.2's: whether it is an exercise can't be told")
        message_type = faults.read(FieldGroup.WHAT, lambda: _member(alert.msg_type, AlertMessageType))
        marking = self._marking(alert, where)
        common = SecurityAlert(
            ref=RecordRef(
                self._settings.name, InformationKind.SECURITY_ALERT, native_key(alert.identifier, "identifier")
            ),
            marking=marking,
            version=version,
            status=status,
            stage=ReportStage.INITIAL if message_type is None else _STAGES.get(message_type, ReportStage.INITIAL),
            shared_at=alert.sent,
            originator=self._originator,
            source=self._source,
            reported_at=Moment.instant(alert.sent),
            references=tuple(_references(alert, faults)),
            attributes=tuple(dict.fromkeys(self._attributes(alert, info, where))),
            msg_type=message_type,
            sender=alert.sender,
            place=where.place,
        )
        record = common if info is None else _with_info(common, info, where, faults)
        return msgspec.structs.replace(record, faults=faults.groups)

    def _chosen(self, infos: tuple[cap.Info, ...]) -> cap.Info | None:
        for language in self._options.languages:
            for info in infos:
                if _speaks(info, language):
                    return info
        return infos[0] if infos else None

    def _marking(self, alert: cap.Alert, where: Geography) -> Marking:
        match alert.scope:
            case "Public":
                return _released(self._public, where.countries)
            case "Restricted":
                return _released(self._restricted, where.countries)
            case "Private":
                # Only where partners could have had it at all may an address open it, and then to no other.
                if self._restricted.default.audience not in (Audience.PARTNERS, Audience.PUBLIC):
                    return _released(self._restricted, where.countries, audience=Audience.ORIGINATOR)
                known = self._settings.originators
                named = frozenset(known[address] for address in alert.addresses if address in known)
                return _released(self._restricted, where.countries, audience=Audience.NAMED, named=named)
            case _:
                raise Quarantined("`scope` is none of CAP 1.2's: for whom it is can't be told")

    def _attributes(self, alert: cap.Alert, chosen: cap.Info | None, where: Geography) -> Iterator[Attribute]:
        """What has no field of ours, each element in its group; translations of texts under their language."""
        yield from _elements(
            ("source", alert.source, FieldGroup.ORIGIN, True),
            ("restriction", alert.restriction, FieldGroup.NARRATIVE, True),
            ("note", alert.note, FieldGroup.NARRATIVE, True),
            ("incidents", alert.incidents, FieldGroup.REFERENCES, True),
            *(("code", code, FieldGroup.WHAT, True) for code in alert.codes),
        )
        yield from where.attributes
        for info in alert.infos:
            for parameter in info.parameters:
                declaration = self._options.declaration(parameter.name)
                yield declaration.attribute(PARAMETER_SCHEME, parameter.name, parameter.value)
            for code in info.event_codes:
                yield Attribute(code.name, code.value, FieldGroup.WHAT, "CAP eventCode")
            yield from _elements(
                ("senderName", info.sender_name, FieldGroup.ORIGIN, True),
                ("audience", info.audience, FieldGroup.NARRATIVE, True),
                ("contact", info.contact if self._options.persons else None, FieldGroup.PERSONS, True),
                *(("responseType", response, FieldGroup.RESPONSE, False) for response in info.response_types),
                *(("resourceDesc", item.description, FieldGroup.NARRATIVE, True) for item in info.resources),
            )
            if info is not chosen:
                yield from _elements(
                    ("event", info.event, FieldGroup.WHAT, True),
                    ("headline", info.headline, FieldGroup.NARRATIVE, True),
                    ("description", info.description, FieldGroup.NARRATIVE, True),
                    ("instruction", info.instruction, FieldGroup.RESPONSE, True),
                    *(("areaDesc", area.description, FieldGroup.NARRATIVE, True) for area in info.areas),
                    label=info.language,
                )


def _alike(chosen: cap.Info | None, infos: tuple[cap.Info, ...]) -> tuple[cap.Info, ...]:
    """The blocks in the chosen one's language: together they name all areas, and each translation repeats them."""
    return tuple(
        info for info in infos if chosen is not None and info.language.casefold() == chosen.language.casefold()
    )


def _with_info(record: SecurityAlert, info: cap.Info, where: Geography, faults: Faults) -> SecurityAlert:
    def what(text: str | None, vocabulary: type[Member]) -> Member | None:
        return None if text is None else faults.read(FieldGroup.WHAT, lambda: _member(text, vocabulary))

    def when(text: str | None) -> Moment | None:
        return None if text is None else faults.read(FieldGroup.WHEN, lambda: Moment.instant(cap.time(text)))

    return msgspec.structs.replace(
        record,
        title=info.headline,
        language=info.language,
        categories=tuple(item for item in (what(text, AlertCategory) for text in info.categories) if item is not None),
        event=info.event,
        urgency=what(info.urgency, Urgency),
        severity=what(info.severity, Severity),
        certainty=what(info.certainty, Certainty),
        effective=when(info.effective),
        onset=when(info.onset),
        expires=when(info.expires),
        narrative=info.description,
        area_description=where.description,
        instruction=info.instruction,
    )


def _references(alert: cap.Alert, faults: Faults) -> Iterator[Reference]:
    for text in alert.references:
        if faults.read(FieldGroup.REFERENCES, lambda text=text: cap.reference(text)) is not None:  # type: ignore[misc] # a bound default
            yield Reference("CAP", text)
    for info in alert.infos:
        if info.web is not None:
            yield Reference("web", info.web)
        for resource in info.resources:
            if resource.uri is not None:
                yield Reference("resource", resource.uri)


def _elements(*elements: tuple[str, str | None, FieldGroup, bool], label: str | None = None) -> Iterator[Attribute]:
    for key, value, group, text in elements:
        if value is not None:
            yield Attribute(key=key, value=value, group=group, scheme=ELEMENT_SCHEME, label=label, text=text)


def _member(text: str, vocabulary: type[Member]) -> Member:
    member = by_name(text, vocabulary)
    if not isinstance(member, vocabulary):
        raise ValueError("not one of CAP 1.2's values")
    return member


def _speaks(info: cap.Info, language: str) -> bool:
    """Whether the block's language (RFC 3066) is `language` or one of its regions."""
    tag, wanted = info.language.casefold(), language.casefold()
    return tag == wanted or tag.startswith(wanted + "-")


def _no_wider(changed: Marking, default: Marking) -> Marking:
    """`changed`, with audience, TLP, UN marking, actions and restrictions no wider than `default` has them.

    Nor is what a sender restricts ever public, whatever the source's marking says.
    """
    tlp, un_marking = list(TrafficLight), list(type(default.un_marking))
    return msgspec.structs.replace(
        changed,
        audience=narrower(narrower(changed.audience, default.audience), Audience.PARTNERS),
        named=default.named,
        tlp=max(changed.tlp, default.tlp, TrafficLight.GREEN, key=tlp.index),
        un_marking=max(changed.un_marking, default.un_marking, key=un_marking.index),
        restrictions=changed.restrictions | default.restrictions,
        permitted_actions=default.permitted_actions,
    )


def _released(markings: Markings, countries: frozenset[str], **changes: object) -> Marking:
    """The marking for an alert on `countries`; several are its release areas together, unless WHERE is restricted."""
    if len(countries) == 1:
        return markings.of(country=next(iter(countries)), **changes)
    restricted = any(FieldGroup.WHERE in item.groups for item in markings.default.restrictions)
    if countries and not restricted:
        changes["release_areas"] = countries
    return markings.of(country=None, **changes)
