"""Alerts behind an Atom or RSS index: reads the index, then each CAP file, and leaves out what is superseded.

A Cancel takes the alerts it refers to away, and stands as a record of its own (`msg_type` CANCEL, stage FINAL). CAP 1.2
says that it cancels them, so showing them longer would be wrong; and whoever acted on them has to learn that they are
over, which a record that only vanishes tells nobody. It carries its own scope and areas, so its marking is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from connectors.contract import Call, FetchRequest, OrderKey, Page, Quarantine
from connectors.errors import Quarantined
from connectors.formats import cap
from connectors.formats.cap_files import MOST_FILES, CapFile, CapFiles
from connectors.formats.cap_record import AlertMapping
from connectors.formats.feed_index import Entry, entries
from connectors.records import SecurityAlert
from policies.condition import Field

NEWEST_SHARED: Final = OrderKey(Field.SHARED, descending=True)
# They answer a message and warn of nothing (CAP 1.2, section 3.2.1).
ANSWERS: Final = frozenset({"Ack", "Error"})
_SUPERSEDING: Final = frozenset({"Update", "Cancel"})


class Alerts(msgspec.Struct, frozen=True):
    """What an index holds now: alerts newest first, rows that became none, and the keys that others supersede."""

    records: tuple[SecurityAlert, ...]
    quarantined: tuple[Quarantine, ...]
    superseded: frozenset[str] = frozenset()

    def page(self, request: FetchRequest) -> Page:
        """One page: an index holds the alerts of the day. `resume` is the place of the last alert in the order."""
        left = [alert for alert in self.records if request.resume is None or _place(alert) < request.resume]
        taken = left[: request.limit]
        return Page(
            records=taken,
            quarantined=self.quarantined,
            resume=_place(taken[-1]) if taken and len(taken) < len(left) else None,
            as_of=datetime.now(UTC),
        )


class AlertFeed:
    """One source's index at `path`. Files are kept while the index names them unchanged: nothing else is.

    `ignored`: message types that become no record. `hosts`, `most` and `linked`: as `CapFiles` takes them.
    """

    def __init__(
        self,
        path: str,
        mapping: AlertMapping,
        *,
        ignored: frozenset[str] = frozenset(),
        hosts: Iterable[str] = (),
        most: int = MOST_FILES,
        linked: Iterable[str] = (),
    ) -> None:
        self._path = path
        self._mapping = mapping
        self._ignored = ignored
        self._files = CapFiles(hosts, most, linked)

    async def current(self, call: Call, headers: Mapping[str, str]) -> Alerts:
        """The index's alerts. A file that can't be used is quarantined; a source that fails raises `SourceError`."""
        index = await call.client.get(self._path, deadline=call.deadline, headers=headers)
        listed = entries(index, call.client.base + self._path)
        return self._alerts(await self._files.read(listed, call, headers))

    def _alerts(self, files: Mapping[Entry, CapFile]) -> Alerts:
        quarantined = [Quarantine(file.reason, entry.id[:96]) for entry, file in files.items() if file.alert is None]
        messages = [
            (file.alert, file.version)
            for file in files.values()
            if file.alert is not None and file.alert.msg_type not in self._ignored
        ]
        messages.sort(key=lambda message: (message[0].sent, message[0].identifier, message[1]), reverse=True)
        made: dict[cap.AlertReference, tuple[cap.Alert, SecurityAlert]] = {}
        for alert, version in messages:
            told = made.get(_itself(alert))
            if told is not None:
                # A file that two entries link to is one message; one identity with two contents is told once.
                if told[1].version != version:
                    quarantined.append(Quarantine("another message has its whole identity", alert.identifier[:96]))
                continue
            try:
                made[_itself(alert)] = (alert, self._mapping.record(alert, version))
            except Quarantined as error:
                quarantined.append(Quarantine(str(error), alert.identifier[:96]))
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


def _place(alert: SecurityAlert) -> str:
    """The alert's place in the order, as text that compares like it."""
    return f"{alert.shared_at.isoformat(timespec='microseconds')} {alert.ref.native}"
