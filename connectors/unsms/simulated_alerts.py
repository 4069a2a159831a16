"""Invented security alerts as CAP 1.2 files: languages, shapes, scopes, an exercise, an Update and a Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from connectors.formats.cap import NAMESPACE
from connectors.simulation.events import Event

SENDER: Final = "alerts@unsms.example"
_SEVERITIES: Final = ("Extreme", "Severe", "Moderate", "Minor")
_CERTAINTIES: Final = ("Observed", "Likely", "Possible")
_EVENTS: Final = (
    ("Armed clashes", "Affrontements armés"),
    ("Civil unrest", "Troubles civils"),
    ("Explosive ordnance", "Engins explosifs"),
    ("Flooding", "Inondations"),
    ("Roadblocks", "Barrages routiers"),
)


class AlertFile(msgspec.Struct, frozen=True):
    """One file of the index."""

    identifier: str
    updated: datetime
    body: bytes


def alert_files(told: Sequence[Event], count: int) -> list[AlertFile]:
    """`count` alerts in force, one for each of the newest events, and two more that later ones supersede.

    Of every eight, one is Restricted, one an exercise, one told first in French, one a circle, one a polygon, one for
    two admin-2 areas. The first two are an Update and a Cancel, each with the alert it refers to.
    """
    files: list[AlertFile] = []
    for turn, event in enumerate(told[:count]):
        identifier, sent = f"UNSMS-{event.number:06d}", event.shared_at
        references = None
        if turn < 2:
            earlier = sent - timedelta(hours=2)
            files.append(_file(f"{identifier}-0", earlier, event, turn=7, msg_type="Alert"))
            references = f"{SENDER},{identifier}-0,{_time(earlier)}"
        message = ("Update", "Cancel")[turn] if turn < 2 else "Alert"
        files.append(_file(identifier, sent, event, turn=turn % 8, msg_type=message, references=references))
    return files


def _file(
    identifier: str, sent: datetime, event: Event, *, turn: int, msg_type: str, references: str | None = None
) -> AlertFile:
    alert = Element("alert", xmlns=NAMESPACE)
    _texts(
        alert,
        identifier=identifier,
        sender=SENDER,
        sent=_time(sent),
        status="Exercise" if turn == 3 else "Actual",
        msgType=msg_type,
        scope="Restricted" if turn == 2 else "Public",
    )
    if turn == 2:
        _texts(alert, restriction="Security focal points")
    if references is not None:
        _texts(alert, references=references)
    english, french = _EVENTS[event.number % len(_EVENTS)]
    where = event.place.admin1.name
    texts = [("en", english, f"{english} reported in {where}", "Avoid the area and keep to agreed routes.")]
    if turn == 4:
        texts.insert(0, ("fr", french, f"{french} : {where}", "Évitez la zone et suivez les itinéraires convenus."))
    for language, name, headline, instruction in texts:
        _info(alert, event, turn, sent, (language, name, headline, instruction))
    return AlertFile(identifier, sent, tostring(alert, encoding="UTF-8", xml_declaration=True))


def _info(alert: Element, event: Event, turn: int, sent: datetime, words: tuple[str, str, str, str]) -> None:
    language, name, headline, instruction = words
    place = event.place
    info = SubElement(alert, "info")
    _texts(
        info,
        language=language,
        category="Security",
        event=name,
        urgency="Immediate" if event.number % 2 else "Expected",
        severity=_SEVERITIES[event.number % len(_SEVERITIES)],
        certainty=_CERTAINTIES[event.number % len(_CERTAINTIES)],
        onset=_time(sent),
        expires=_time(sent + timedelta(days=3)),
        senderName="Simulated security operations room",
        headline=headline,
        description=f"{headline}. Partners with staff in {place.admin2.name} are asked to check on them.",
        instruction=instruction,
        contact="Duty Officer Invented",
    )
    for key, value in (("UNDSS:ThreatCategory", "Armed Conflict"), ("UNDSS:SecurityLevel", str(1 + event.number % 6))):
        _texts(SubElement(info, "parameter"), valueName=key, value=value)
    area = SubElement(info, "area")
    _texts(area, areaDesc=f"{place.admin2.name}, {place.admin1.name}, {place.country.name}")
    # CAP writes latitude first.
    latitude, longitude = place.latitude, place.longitude
    if turn == 5:
        ring = ((-0.2, -0.2), (-0.2, 0.2), (0.2, 0.2), (0.2, -0.2), (-0.2, -0.2))
        _texts(area, polygon=" ".join(f"{latitude + up:.4f},{longitude + right:.4f}" for up, right in ring))
    elif turn == 6:
        _texts(area, circle=f"{latitude:.4f},{longitude:.4f} 10")
    codes = [("ISO3166-1-alpha-3", place.country.iso3), ("PCODE-ADMIN1", place.admin1.pcode)]
    if turn != 1:
        codes.append(("PCODE-ADMIN2", place.admin2.pcode))
    for key, value in codes:
        _texts(SubElement(area, "geocode"), valueName=key, value=value)


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _time(moment: datetime) -> str:
    """With a numeric offset: CAP has no `Z`, and writes UTC as `-00:00`."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "-00:00")
