"""What an organization that left wants of its records: one fact of the organization, whatever records it has.

It holds until the organization's partnership is in force again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from sqlmodel import Session, col, select

from gateway.store.tables import Offboarding, RecordsChoice
from policies.groups import FieldGroup
from policies.marking import Marking, Restriction

# Not PERSONS, which are withheld from all but whom they are lifted for: this restriction would open them (rule 7).
_FROZEN: Final = frozenset(FieldGroup) - {FieldGroup.ENVELOPE, FieldGroup.PERSONS}


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Its choice; `frozen` withholds from whoever was no partner on the day it left."""

    records: RecordsChoice
    frozen: Restriction

    def marked(self, marking: Marking) -> Marking:
        """The marking of one of its records; what is public stays so unless it was withdrawn."""
        if self.records is RecordsChoice.WITHDRAW:
            return msgspec.structs.replace(marking, withdrawn=True)
        if marking.public:
            return marking
        return msgspec.structs.replace(marking, restrictions=marking.restrictions | {self.frozen})


def load_leavings(session: Session) -> Mapping[str, Leaving]:
    """Who left and is not back, in the state that `session` sees; the latest word of each counts."""
    rows = session.exec(select(Offboarding).where(col(Offboarding.ended_at).is_(None)).order_by(col(Offboarding.at)))
    return {
        row.organization_id: Leaving(
            records=row.records, frozen=Restriction(groups=_FROZEN, lifted_for=frozenset(row.audience))
        )
        for row in rows
    }
