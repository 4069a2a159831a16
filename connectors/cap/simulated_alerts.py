"""Invented route alerts as CAP 1.2: languages, shapes, several areas, scopes, an exercise, Update, Cancel and Ack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from connectors.formats.cap import NAMESPACE
from connectors.simulation.events import Event

SENDER: Final = "alerts@common-ground.example"
_ROUTES: Final = (
    ("Road closed", "Route fermée", "Closed"),
    ("Checkpoint", "Poste de contrôle", "Delays"),
    ("Bridge out of use", "Pont hors service", "Closed"),
    ("Airstrip flooded", "Piste inondée", "Restricted"),
)
_SEVERITIES: Final = ("Severe", "Moderate", "Minor")


class Message(msgspec.Struct, frozen=True):
    """One message of the feed."""

    identifier: str
    sent: datetime
    alert: Element

    @property
    def body(self) -> bytes:
        """The CAP file."""
        file: bytes = tostring(self.alert, encoding="UTF-8", xml_declaration=True)
        return file


def messages(told: Sequence[Event], count: int) -> list[Message]:
    """`count` alerts in force for the newest events, two more that an Update and a Cancel refer to, and an Ack.

    Of every eight one is Private, one an exercise, one told first in French, one for two areas with a polygon, one a
    circle, one Restricted.
    """
    made: list[Message] = []
    for turn, event in enumerate(told[:count]):
        identifier, sent = f"CG-{event.number:06d}", event.shared_at
        changes: dict[str, str] = {}
        if turn < 2:
            earlier = sent - timedelta(hours=3)
            made.append(_message(f"{identifier}-0", earlier, event, turn=7))
            references = f"{SENDER},{identifier}-0,{_time(earlier)}"
            changes = {"msgType": ("Update", "Cancel")[turn], "references": references}
        made.append(_message(identifier, sent, event, turn=turn % 8, **changes))
    if made:
        first = made[-1]
        answered = f"{SENDER},{first.identifier},{_time(first.sent)}"
        ack = _head("CG-ACK-1", first.sent, msgType="Ack", references=answered)
        made.append(Message("CG-ACK-1", first.sent, ack))
    return made


def _message(identifier: str, sent: datetime, event: Event, *, turn: int, **changes: str) -> Message:
    scope = {2: "Private", 7: "Restricted"}.get(turn, "Public")
    fields = {"status": "Exercise" if turn == 3 else "Actual", "scope": scope} | changes
    if scope == "Private":
        fields["addresses"] = '"Harbour Relief" "Northwind Aid" UNDSS'
    if scope == "Restricted":
        fields["restriction"] = "Logistics focal points"
    alert = _head(identifier, sent, **fields)
    english, french, status = _ROUTES[event.number % len(_ROUTES)]
    area = event.place.admin1.name
    texts = [("en-GB", english, f"{english} in {area}", "Use the alternative route and report by radio.")]
    if turn == 4:
        texts.insert(0, ("fr", french, f"{french} : {area}", "Prenez l'autre route et signalez-vous par radio."))
    for language, name, headline, instruction in texts:
        info = SubElement(alert, "info")
        _texts(
            info,
            language=language,
            category="Transport",
            event=name,
            urgency="Past" if changes.get("msgType") == "Cancel" else "Immediate",
            severity=_SEVERITIES[event.number % len(_SEVERITIES)],
            certainty="Observed" if event.verified else "Likely",
            effective=_time(sent),
            expires=_time(sent + timedelta(days=2)),
            senderName="Common Ground logistics desk (invented)",
            headline=headline,
            description=f"{headline}. Teams on the way to {event.place.admin2.name} are asked to wait. (Invented.)",
            instruction=instruction,
        )
        _texts(SubElement(info, "parameter"), valueName="RouteStatus", value=status)
        if turn == 6:
            _texts(SubElement(info, "parameter"), valueName="DeskNote", value="Seen by an invented driver.")
        _areas(info, event, turn)
    return Message(identifier, sent, alert)


def _head(identifier: str, sent: datetime, **changes: str) -> Element:
    alert = Element("alert", xmlns=NAMESPACE)
    fields = {"status": "Actual", "msgType": "Alert", "scope": "Public"} | changes
    order = ("status", "msgType", "scope", "restriction", "addresses", "references")
    _texts(alert, identifier=identifier, sender=SENDER, sent=_time(sent))
    _texts(alert, **{name: fields[name] for name in order if name in fields})
    return alert


def _areas(info: Element, event: Event, turn: int) -> None:
    place = event.place
    area = SubElement(info, "area")
    _texts(area, areaDesc=f"{place.admin2.name}, {place.country.name}")
    # CAP writes latitude first.
    latitude, longitude = place.latitude, place.longitude
    if turn == 5:
        ring = ((-0.1, -0.1), (-0.1, 0.3), (0.2, 0.3), (-0.1, -0.1))
        _texts(area, polygon=" ".join(f"{latitude + up:.4f},{longitude + right:.4f}" for up, right in ring))
    elif turn == 6:
        _texts(area, circle=f"{latitude:.4f},{longitude:.4f} 5")
    _codes(area, event, admin2=True)
    if turn == 5:
        second = SubElement(info, "area")
        _texts(second, areaDesc=f"Roads of {place.admin1.name}")
        _codes(second, event, admin2=False)


def _codes(area: Element, event: Event, *, admin2: bool) -> None:
    place = event.place
    codes = [("ISO 3166-1 alpha-3", place.country.iso3), ("OCHA P-code admin 1", place.admin1.pcode)]
    if admin2:
        codes.append(("OCHA P-code admin 2", place.admin2.pcode))
    for name, value in codes:
        _texts(SubElement(area, "geocode"), valueName=name, value=value)


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = text


def _time(moment: datetime) -> str:
    """With a numeric offset: CAP has no `Z`, and writes UTC as `-00:00`."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "-00:00")
