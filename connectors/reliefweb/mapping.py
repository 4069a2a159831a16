"""From one report of ReliefWeb to a situation report or a lesson learned, with its marking."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.formats.faults import native_key
from connectors.markings import Markings
from connectors.records import LessonLearned, Record, RecordRef, SituationReport, Source
from connectors.reliefweb.options import ReliefWebOptions
from connectors.reliefweb.report import Area, Publisher, Report, kept
from connectors.reliefweb.wire import Item
from policies.groups import FieldGroup
from policies.marking import Marking
from policies.values import Party
from policies.vocabulary import InformationKind, OrganizationType, ReportStage

_DIGEST_BYTES: Final = 12


class ReportMapping:
    """The mapping of one source's reports."""

    def __init__(self, settings: SourceSettings, options: ReliefWebOptions) -> None:
        self._options = options
        self._originators = settings.originators
        self._markings = Markings(settings.marking)
        self._source = Source(settings.name, "reliefweb")
        self._where_is_restricted = any(FieldGroup.WHERE in item.groups for item in settings.marking.restrictions)

    def record(self, kind: InformationKind, item: Item) -> Record:
        """The report as a record of `kind`; raises `Quarantined` where its identity, owner or order can't be read."""
        native = native_key(str(item.id) if item.id.__class__ is int else item.id, "id")
        if not isinstance(item.fields, dict):
            raise Quarantined("`fields` is missing or no object: nothing of the report is told")
        report = Report(item.fields)
        self._refuse_format(kind, report)
        publishers = report.publishers()
        owner = next((publisher for publisher in publishers if self._known(publisher)), None)
        marking = self._marking(report.areas(), None if owner is None else self._known(owner))
        common: dict[str, Any] = {
            "ref": RecordRef(self._source.name, kind, native),
            "marking": marking,
            "version": _version(item),
            "stage": ReportStage.FINAL,
            "shared_at": report.created(),
            "title": report.title(),
            "summary": report.summary(),
            "language": report.language(),
            "originator": self._party(owner, marking),
            "source": self._source,
            "reported_at": report.original(),
            "place": report.place(),
            "references": report.references(),
        }
        body, themes, attributes = report.body(), report.themes(), report.attributes()
        names = tuple(publisher.name for publisher in publishers)
        if kind is InformationKind.SITUATION_REPORT:
            common |= {"narrative": body, "themes": themes, "cited_sources": names}
            return SituationReport(**common, attributes=tuple(attributes), faults=report.faults.groups)
        about = self._options.about
        common |= {"lesson": body, "about": tuple(dict.fromkeys(about[name] for name in themes if name in about))}
        attributes += [*kept("theme", themes, FieldGroup.WHAT), *kept("source", names, FieldGroup.ORIGIN)]
        return LessonLearned(**common, attributes=tuple(attributes), faults=report.faults.groups)

    def _refuse_format(self, kind: InformationKind, report: Report) -> None:
        """ReliefWeb's filters on names may match words of a name; a report of another format is of another kind."""
        formats = report.formats()
        if formats and set(formats).isdisjoint(self._options.kinds[kind].formats):
            raise Quarantined("`format` is none of those that were asked for")

    def _marking(self, areas: Sequence[Area], originator: str | None) -> Marking:
        """The source's own, for every country that the report is about; where one is unknown, its own areas too."""
        changes: dict[str, object] = {} if originator is None else {"originator": originator}
        codes = {area.code for area in areas}
        if codes and None not in codes and not self._where_is_restricted:
            changes["release_areas"] = frozenset(codes)
        return self._markings.of(country=None, **changes)

    def _known(self, publisher: Publisher) -> str | None:
        """The gateway's id of an organization, by either of its names."""
        return self._originators.get(publisher.name) or self._originators.get(publisher.shortname or "")

    def _party(self, owner: Publisher | None, marking: Marking) -> Party:
        """The source that answers for the report; of sources that nobody knows, the configured originator does."""
        if owner is None:
            return Party(id=marking.originator)
        kind = None if owner.type is None else self._options.organization_types.get(owner.type.name)
        return Party(type=kind or OrganizationType.UNKNOWN, id=marking.originator, name=owner.name)


def _version(item: Item) -> str:
    """A digest of the report: editors correct reports, and not every correction moves `date.changed`."""
    encoded = msgspec.json.encode(item.fields, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).hexdigest()
