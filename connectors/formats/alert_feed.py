"""Alerts behind an Atom index: reads the index, then each CAP file that is new, and leaves out what is superseded."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors.contract import Call, Quarantine
from connectors.errors import Quarantined, SourceError, Unusable
from connectors.formats import cap
from connectors.formats.atom import Entry, entries
from connectors.formats.cap_record import AlertMapping
from connectors.records import SecurityAlert

_SUPERSEDING: Final = frozenset({"Update", "Cancel"})
_AT_ONCE: Final = 8


class Alerts(msgspec.Struct, frozen=True):
    """What an index holds now: alerts newest first, rows that became none, and the keys that others supersede."""

    records: tuple[SecurityAlert, ...]
    quarantined: tuple[Quarantine, ...]
    superseded: frozenset[str]


class _File(msgspec.Struct, frozen=True):
    """A CAP file as read: the message, or why it is none."""

    version: str
    alert: cap.Alert | None
    reason: str = ""


class AlertFeed:
    """One source's index at `path`. Files are kept while the index names them unchanged: nothing else is."""

    def __init__(self, path: str, mapping: AlertMapping) -> None:
        self._path = path
        self._mapping = mapping
        self._files: Mapping[Entry, _File] = {}

    async def current(self, call: Call, headers: Mapping[str, str]) -> Alerts:
        """The index's alerts. A file that can't be used is quarantined; a source that fails raises `SourceError`."""
        index = await call.client.get(self._path, deadline=call.deadline, headers=headers)
        listed = list(dict.fromkeys(entries(index, call.client.base + self._path, cap.MEDIA_TYPE)))
        known = self._files
        new = [entry for entry in listed if entry not in known]
        read = dict(zip(new, await self._read(new, call, headers), strict=True))
        self._files = files = {entry: read[entry] if entry in read else known[entry] for entry in listed}
        return self._alerts(files)

    async def _read(self, new: Sequence[Entry], call: Call, headers: Mapping[str, str]) -> list[_File]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(entry: Entry) -> _File:
            async with gate:
                return await _file(entry, call, headers)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(entry)) for entry in new]
        except* SourceError as failed:
            error = failed.exceptions[0]
        else:
            return [task.result() for task in tasks]
        raise error

    def _alerts(self, files: Mapping[Entry, _File]) -> Alerts:
        quarantined = [Quarantine(file.reason, entry.id) for entry, file in files.items() if file.alert is None]
        messages = [(file.alert, file.version) for file in files.values() if file.alert is not None]
        messages.sort(key=lambda message: (message[0].sent, message[0].identifier), reverse=True)
        made: dict[cap.AlertReference, tuple[cap.Alert, SecurityAlert]] = {}
        for alert, version in messages:
            try:
                made[_itself(alert)] = (alert, self._mapping.record(alert, version))
            except Quarantined as error:
                quarantined.append(Quarantine(str(error), alert.identifier))
        # An Update that became no record takes nothing away: the alert before it is better than none.
        superseded = _superseded([alert for alert, _ in made.values()])
        records: dict[str, SecurityAlert] = {}
        for itself, (_, record) in made.items():
            if itself not in superseded and itself.identifier in records:
                quarantined.append(Quarantine("its identifier belongs to a newer alert too", itself.identifier))
            elif itself not in superseded:
                records[itself.identifier] = record
        gone = frozenset(reference.identifier for reference in superseded) - records.keys()
        return Alerts(tuple(records.values()), tuple(quarantined), gone)


async def _file(entry: Entry, call: Call, headers: Mapping[str, str]) -> _File:
    try:
        body = await call.client.get(entry.href, deadline=call.deadline, headers=headers)
        return _File(hashlib.sha256(body).hexdigest()[:16], cap.parse_alert(body))
    except (Unusable, cap.NotCap) as error:
        return _File("", None, f"its CAP file can't be used: {error}")


def _itself(alert: cap.Alert) -> cap.AlertReference:
    return cap.AlertReference(alert.sender, alert.identifier, alert.sent)


def _superseded(alerts: Sequence[cap.Alert]) -> frozenset[cap.AlertReference]:
    """What Updates and Cancels speak of, each only of its own sender's earlier messages of the same status.

    So neither an exercise nor another sender takes a real alert away.
    """
    status = {_itself(alert): alert.status for alert in alerts}
    gone = set()
    for alert in alerts:
        if alert.msg_type not in _SUPERSEDING:
            continue
        for text in alert.references:
            try:
                reference = cap.reference(text)
            except ValueError:
                continue
            own = reference.sender == alert.sender and reference.sent < alert.sent
            if own and status.get(reference, alert.status) == alert.status:
                gone.add(reference)
    return frozenset(gone)
