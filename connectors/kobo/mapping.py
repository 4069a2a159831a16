"""From one row of a form to an incident report with its marking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.options import FieldMap
from connectors.field_map.readers import Row
from connectors.field_map.records import Identity, RowRecords
from connectors.formats.faults import native_key
from connectors.kobo.form import Form, refuse_keys
from connectors.kobo.options import MEANINGS, KoboOptions, Validation, declared
from connectors.records import Record
from policies.vocabulary import InformationKind, ReportStage, Verification

STATUSES: Final[Mapping[str | None, tuple[Validation, ReportStage]]] = {
    None: (Validation.NONE, ReportStage.INITIAL),
    "validation_status_on_hold": (Validation.ON_HOLD, ReportStage.UPDATE),
    "validation_status_approved": (Validation.APPROVED, ReportStage.FINAL),
    "validation_status_not_approved": (Validation.NOT_APPROVED, ReportStage.FINAL),
}
# Between the codes of a select_multiple.
_SEPARATOR: Final = " "


class KoboMapping:
    """The mapping of one source's rows."""

    def __init__(self, settings: SourceSettings, options: KoboOptions, fields: FieldMap) -> None:
        self._asset = options.asset
        self._fields = fields
        self._declared = declared(fields)
        self._records = RowRecords(settings, "kobo", fields)
        self._states = {
            uid: (stage, options.validations.get(validation, MEANINGS[validation]))
            for uid, (validation, stage) in STATUSES.items()
        }

    def incident(self, row: Row, form: Form) -> Record:
        """The row as a record; raises `Quarantined` where identity, status or marking can't be read.

        Raises `Unconfigured` for a key that is declared nowhere, as another version of the form may have asked it.
        """
        if not self._declared.issuperset(row):
            unknown = [key for key in row if key not in self._declared and not (key in form and form[key].by_device)]
            refuse_keys(unknown, self._asset)
        (stage, verification), validated = self._validation(row)
        identity = Identity(
            native=native_key(row_key(row), "meta/rootUuid"),
            # An edit keeps `_id` and takes a new `_uuid`; a validation changes neither.
            version=f"{row.get('_id')}.{row.get('_uuid')}.{validated}",
            shared_at=_submitted(row),
            stage=stage,
            verification=verification,
        )
        return self._records.record(
            InformationKind.INCIDENT_REPORT, identity, row, self._fields.readers(form, _SEPARATOR)
        )

    def _validation(self, row: Row) -> tuple[tuple[ReportStage, Verification], object]:
        """Stage and verification, and when they were set (Unix seconds; empty where they never were)."""
        status = row.get("_validation_status") or {}
        uid = status.get("uid") if isinstance(status, dict) else status
        if not isinstance(status, dict) or not isinstance(uid, str | None) or uid not in self._states:
            raise Quarantined("`_validation_status` is none that KoBoToolbox documents")
        return self._states[uid], status.get("timestamp", "")


def row_key(row: Row) -> object:
    """The key that stays through edits, without its `uuid:`; old servers give `_uuid` only."""
    key = row.get("meta/rootUuid") or row.get("_uuid")
    return key.removeprefix("uuid:") if isinstance(key, str) else key


def _submitted(row: Row) -> datetime:
    try:
        text = row["_submission_time"]
        moment = datetime.fromisoformat(text)
        # KoBoToolbox writes UTC without a zone.
        return datetime.fromisoformat(text + "Z") if moment.tzinfo is None else moment.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Quarantined("`_submission_time` is missing or no time: the record has no place in any order") from error
