"""What all six kinds have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from policies.groups import INTERNAL, FieldGroup
from policies.marking import Marking
from policies.values import Moment, Party, Place
from policies.vocabulary import InformationKind, RecordStatus, ReportStage, Verification


class RecordRef(msgspec.Struct, frozen=True, gc=False):
    """Where a record came from: the configured source, the kind, and the platform's own key. Never leaves the gateway.

    `native` is at most `NATIVE_KEY_BYTES` bytes of UTF-8: ids are of one length, so the key inside them is bounded.
    """

    source: str
    kind: InformationKind
    native: str


NATIVE_KEY_BYTES = 96


class Source(msgspec.Struct, frozen=True, gc=False):
    """The platform a record was read from, as configured; not a newspaper (that is a cited source)."""

    name: str
    connector: str


class SourceCode(msgspec.Struct, frozen=True, gc=False):
    """A platform's own code, verbatim. Its scheme tells which platform, so it belongs to ORIGIN."""

    scheme: Annotated[str | None, FieldGroup.ORIGIN]
    code: Annotated[str | None, FieldGroup.WHAT]
    label: Annotated[str | None, FieldGroup.WHAT] = None


class Attribute(msgspec.Struct, frozen=True, gc=False):
    """A field of the platform's own that has no place in ours: scheme, key, label, value, as CAP's parameters.

    `group` is the key's group in the connector's mapping; `text` says that the value is free text (rule 7).
    """

    key: str
    value: str
    group: Annotated[FieldGroup, INTERNAL]
    scheme: str | None = None
    label: str | None = None
    text: Annotated[bool, INTERNAL] = False


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A pointer to something outside: GLIDE number, CAP reference, document address."""

    type: str
    value: str


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Common part of every shared record.

    `shared_at`: when the record reached those it is shared with (UTC). `version`: changes whenever the source changed
    the record. `faults`: groups of which a value could not be read; they are withheld (the rest is shown).
    """

    ref: Annotated[RecordRef, INTERNAL]
    marking: Annotated[Marking, INTERNAL]
    version: Annotated[str, INTERNAL]
    faults: Annotated[frozenset[FieldGroup], INTERNAL] = frozenset()

    status: Annotated[RecordStatus, FieldGroup.ENVELOPE] = RecordStatus.ACTUAL
    stage: Annotated[ReportStage, FieldGroup.ENVELOPE] = ReportStage.INITIAL
    verification: Annotated[Verification, FieldGroup.ENVELOPE] = Verification.UNVERIFIED
    shared_at: Annotated[datetime, FieldGroup.ENVELOPE]

    title: Annotated[str | None, FieldGroup.NARRATIVE] = None
    summary: Annotated[str | None, FieldGroup.NARRATIVE] = None
    language: Annotated[str | None, FieldGroup.NARRATIVE] = None
    originator: Annotated[Party | None, FieldGroup.ORIGIN] = None
    source: Annotated[Source | None, FieldGroup.ORIGIN] = None
    reported_at: Annotated[Moment | None, FieldGroup.WHEN] = None
    place: Annotated[Place | None, FieldGroup.WHERE] = None
    references: Annotated[tuple[Reference, ...], FieldGroup.REFERENCES] = ()
    attributes: Annotated[tuple[Attribute, ...], FieldGroup.ENVELOPE] = ()
