"""Status, stage and verification of a row: what stands around its content and is shown to all, so never guessed at."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeAlias, TypeVar, cast

from connectors.errors import Quarantined
from connectors.field_map.readers import Reader, Readers, Row
from connectors.field_map.targets import Target
from policies.vocabulary import RecordStatus, ReportStage, Verification

States: TypeAlias = tuple[RecordStatus, ReportStage, Verification]
Word = TypeVar("Word", bound=Enum)


def states(readers: Readers) -> Callable[[Row], States]:
    """The reader of a row's states, which raises `Quarantined`; without a field each is as it is at first."""
    read = readers.kept(readers.fields.paths(Target.STATUS, Target.STAGE, Target.VERIFICATION), _states)
    return cast("Callable[[Row], States]", read)


def _states(readers: Readers) -> Reader[States]:
    status = _state(readers, Target.STATUS, RecordStatus.ACTUAL)
    stage = _state(readers, Target.STAGE, ReportStage.INITIAL)
    verification = _state(readers, Target.VERIFICATION, Verification.UNVERIFIED)
    return lambda row: (status(row), stage(row), verification(row))


def _state(readers: Readers, target: Target, otherwise: Word) -> Callable[[Row], Word]:
    word = readers.word(target)

    def read(row: Row) -> Word:
        try:
            return word(row) or otherwise
        except ValueError as error:
            raise Quarantined(f"`{target.value}` is no single value, or no word that `options.values` knows") from error

    return read
