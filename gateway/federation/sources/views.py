"""Views with their ids, made once for each record and clearance that are met again."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors.recall import Recall
from connectors.records import Record
from gateway.federation.sources.ids import RecordIds
from gateway.federation.viewed import Viewed
from gateway.ledger.reference import reference
from policies.clearance import Clearance
from policies.view import view

# Views of one record: as many requesters' as see it differently and ask at about the same time.
_VIEWS: Final = 16
# Records of all sources.
_RECORDS: Final = 4_096


class _Known(msgspec.Struct, frozen=True, eq=False):
    """A record that was met before. `views` by the number of the clearance object, which each view holds on to."""

    record: Record
    id: str
    tie: bytes
    reference: bytes
    views: dict[int, Viewed]


class Views:
    """Makes views. What is recalled is recalled for the very record and the very clearance, and for no other.

    A connector gives the same object again where the platform has sent the same again; a decision gives the same
    clearance as long as requester, rules and marking are the same.
    """

    def __init__(self, ids: RecordIds) -> None:
        self.ids = ids
        self._known: Recall[int, _Known] = Recall(_RECORDS)

    def of(self, record: Record, clearance: Clearance, accountable: str) -> Viewed | None:
        """The view that `clearance` allows of `record`; None where it is not listed. Raises `NativeKeyTooLong`."""
        known = self._known.get(id(record))
        if known is None or known.record is not record:
            known = _Known(record, *self.ids.encode(record.ref), reference_of(record), {})
            self._known.put(id(record), known)
        viewed = known.views.get(id(clearance))
        if viewed is not None and viewed.clearance is clearance:
            return viewed
        seen = view(record, clearance)
        if seen is None:
            return None
        if len(known.views) >= _VIEWS:
            known.views.clear()
        viewed = known.views[id(clearance)] = Viewed(
            view=seen,
            kind=record.ref.kind,
            id=known.id,
            tie=known.tie,
            clearance=clearance,
            source=record.ref.source,
            reference=known.reference,
            accountable=accountable,
        )
        return viewed


def reference_of(record: Record) -> bytes:
    """The ledger's reference of a record."""
    ref = record.ref
    return reference(ref.source, ref.kind.value, ref.native)
