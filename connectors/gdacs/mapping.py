"""From a GDACS event, and its CAP file where there is one, to a security alert: by way of a CAP message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.formats import cap
from connectors.formats.attributes import Declaration
from connectors.formats.cap_files import CapFile
from connectors.formats.cap_place import shapes_of
from connectors.formats.cap_record import AlertMapping, AlertReading
from connectors.formats.faults import Faults
from connectors.gdacs.event import HAZARDS, OF_A_SPOT, SEVERITIES, GdacsEvent
from connectors.records import Attribute, Reference, SecurityAlert
from policies.groups import FieldGroup
from policies.vocabulary import OrganizationType

SCHEME: Final = "GDACS"
_SENDER: Final = "gdacs.org"
# Urgency and certainty, shapes, instruction, its own identifier.
_OF_THE_FILE: Final = frozenset({FieldGroup.WHAT, FieldGroup.WHERE, FieldGroup.RESPONSE, FieldGroup.REFERENCES})
_TOLD: Final[Mapping[str, Declaration]] = {
    "alertlevel": Declaration("WHAT", label="Alert level"),
    "alertscore": Declaration("WHAT", label="Alert score"),
    "episodealertlevel": Declaration("WHAT", label="Alert level of the latest episode"),
    "severity": Declaration("WHAT", text=True, label="Severity as measured"),
    "vulnerability": Declaration("WHAT", label="Vulnerability"),
    "population": Declaration("AFFECTED", text=True, label="Population affected"),
    "temporary": Declaration("WHAT", label="Preliminary"),
    "iscurrent": Declaration("WHEN", label="Still going on"),
    "todate": Declaration("WHEN", label="Last observation"),
    "point": Declaration("WHERE", label="Middle of the area (longitude,latitude)"),
    "bbox": Declaration("WHERE", label="Frame of the map (west,south,east,north)"),
    "eventname": Declaration("NARRATIVE", text=True, label="Name of the event"),
    "episodeid": Declaration("REFERENCES", label="Episode"),
}


class EventMapping:
    """The mapping of one source's events."""

    def __init__(self, settings: SourceSettings, connector: str) -> None:
        reading = AlertReading(geocodes={"iso3": "COUNTRY"})
        self._alerts = AlertMapping(settings, reading, connector, OrganizationType.DATA_PROVIDER)

    def record(self, event: GdacsEvent, file: CapFile | None) -> SecurityAlert:
        """The event as a record; `file` None where it has none. Raises `Quarantined`.

        What a file that can't be used would have told (`_OF_THE_FILE`) is withheld.
        """
        faults = Faults()
        alert = None if file is None else file.alert
        version = hashlib.sha256(msgspec.json.encode((event, alert))).hexdigest()[:16]
        try:
            message = _message(event, alert)
        except (ValueError, OverflowError) as error:
            raise Quarantined("the time of its last change is out of range") from error
        record = self._alerts.record(message, version)
        broken = _OF_THE_FILE if file is not None and alert is None and not file.absent else frozenset()
        return msgspec.structs.replace(
            record,
            references=(*record.references, *_references(event, alert)),
            attributes=(*record.attributes, *_attributes(event, faults), *_shapes(alert, faults)),
            faults=record.faults | faults.groups | frozenset(event.faults) | broken,
        )


def _message(event: GdacsEvent, file: cap.Alert | None) -> cap.Alert:
    """The event in CAP's words; raises `ValueError` where its time is out of CAP's range.

    A word that is none of GDACS's stays as it is, so that the mapping withholds its group.
    """
    told = None if file is None else next(iter(file.infos), None)
    known = HAZARDS.get(event.event_type)
    level = None if event.alert_level is None else SEVERITIES.get(event.alert_level)
    info = cap.Info(
        language="en" if told is None else told.language,
        categories=(event.event_type if known is None else known[0].value,),
        event=event.event_type if known is None else known[1],
        severity=event.alert_level if level is None else level.value,
        urgency=None if told is None else told.urgency,
        certainty=None if told is None else told.certainty,
        response_types=() if told is None else told.response_types,
        instruction=None if told is None else told.instruction,
        onset=event.started,
        # GDACS tells no end: `todate` is the last observation, and a hazard that goes on would look over.
        expires=None,
        headline=event.title,
        description=event.description,
        web=event.report,
        areas=(_area(event),),
        sender_name=None,
        contact=None,
        audience=None,
        effective=None,
        event_codes=(),
        parameters=(),
        resources=(),
    )
    return cap.Alert(
        identifier=event.key,
        sender=_SENDER,
        sent=cap.time(event.modified.isoformat()),
        status="Actual" if file is None else file.status,
        msg_type="Alert" if file is None else file.msg_type,
        scope="Public" if file is None else file.scope,
        restriction=None if file is None else file.restriction,
        addresses=() if file is None else file.addresses,
        source=None,
        codes=(),
        note=None,
        references=(),
        incidents=None,
        infos=(info,),
    )


def _area(event: GdacsEvent) -> cap.Area:
    spot = event.point is not None and event.event_type in OF_A_SPOT
    return cap.Area(
        description=event.countries,
        polygons=(),
        circles=(f"{event.point[0]},{event.point[1]} 0",) if event.point is not None and spot else (),
        geocodes=tuple(cap.Named("iso3", code) for code in event.iso3),
        altitude=None,
        ceiling=None,
    )


def _references(event: GdacsEvent, file: cap.Alert | None) -> Iterator[Reference]:
    if event.glide is not None:
        yield Reference("GLIDE", event.glide)
    yield Reference("GDACS", f"{event.event_type} {event.event_id}")
    if file is not None:
        yield Reference("CAP", f"{file.sender},{file.identifier},{file.sent.isoformat()}")


def _attributes(event: GdacsEvent, faults: Faults) -> Iterator[Attribute]:
    for name, text in event.told:
        yield _TOLD[name].attribute(SCHEME, name, text)
    if event.point is not None and event.event_type not in OF_A_SPOT:
        point = faults.read(FieldGroup.WHERE, lambda: cap.position(",".join(event.point or ())))
        if point is not None:
            yield _TOLD["point"].attribute(SCHEME, "point", f"{point.longitude},{point.latitude}")


def _shapes(file: cap.Alert | None, faults: Faults) -> Iterator[Attribute]:
    """The shapes that the file has, each once: translations repeat them."""
    areas = () if file is None else tuple(dict.fromkeys(area for info in file.infos for area in info.areas))
    for area in areas:
        yield from shapes_of(area, faults)
