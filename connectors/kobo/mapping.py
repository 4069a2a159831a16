"""From one row of a form to an incident report with its marking."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from connectors.contract import SourceSettings
from connectors.errors import Quarantined
from connectors.field_map.options import FieldMap
from connectors.field_map.records import Identity, RowRecords
from connectors.formats.faults import native_key
from connectors.kobo.options import MEANINGS, KoboOptions, Validation
from connectors.kobo.submission import Submission, Submissions
from connectors.records import Record
from policies.vocabulary import InformationKind, ReportStage, Verification

STATUSES: Final[Mapping[str | None, tuple[Validation, ReportStage]]] = {
    None: (Validation.NONE, ReportStage.INITIAL),
    "validation_status_on_hold": (Validation.ON_HOLD, ReportStage.UPDATE),
    "validation_status_approved": (Validation.APPROVED, ReportStage.FINAL),
    "validation_status_not_approved": (Validation.NOT_APPROVED, ReportStage.FINAL),
}


class KoboMapping:
    """The mapping of one source's rows."""

    def __init__(self, settings: SourceSettings, options: KoboOptions, fields: FieldMap) -> None:
        self._records = RowRecords(settings, "kobo", fields)
        self._states = {
            uid: (stage, options.validations.get(validation, MEANINGS[validation]))
            for uid, (validation, stage) in STATUSES.items()
        }

    def incident(self, submission: Submission, submissions: Submissions) -> Record:
        """The submission as a record; raises `Quarantined` where identity, status or marking can't be read."""
        (stage, verification), validated = self._validation(submission.validation or {})
        identity = Identity(
            native=native_key(row_key(submission.root, submission.uuid), "meta/rootUuid"),
            # An edit keeps `_id` and takes a new `_uuid`; a validation changes neither.
            version=f"{submission.id}.{submission.uuid}.{validated}",
            shared_at=_submitted(submission.submitted),
            stage=stage,
            verification=verification,
        )
        return self._records.record(InformationKind.INCIDENT_REPORT, identity, *submissions.answers(submission))

    def _validation(self, status: object) -> tuple[tuple[ReportStage, Verification], object]:
        """Stage and verification, and when they were set (Unix seconds; empty where they never were)."""
        uid = status.get("uid") if isinstance(status, dict) else status
        if not isinstance(status, dict) or not isinstance(uid, str | None) or uid not in self._states:
            raise Quarantined("`_validation_status` is none that KoBoToolbox documents")
        return self._states[uid], status.get("timestamp", "")


def row_key(root: object, uuid: object) -> object:
    """The key that stays through edits, without its `uuid:`; old servers give `_uuid` only."""
    key = root or uuid
    return key.removeprefix("uuid:") if isinstance(key, str) else key


def _submitted(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        # KoBoToolbox writes UTC without a zone.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Quarantined("`_submission_time` is missing or no time: the record has no place in any order") from error
