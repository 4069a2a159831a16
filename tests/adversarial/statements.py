"""What originators, DSS and officers said of records after they were shared: grants, declarations, openings, recalls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec
from hypothesis import strategies as st

from connectors.records import Record, RecordRef
from gateway.ledger.reference import reference
from gateway.sharing.load import write_restriction
from gateway.sharing.snapshot import Sharing
from gateway.store.tables import ConsentGrant, EmergencyOpening, ImminentRisk, RecordRestrictions, Withdrawal
from gateway.store.tables.base import Table
from policies.groups import FieldGroup
from policies.marking import Restriction
from policies.openings import Declaration, Emergency, Grant, Opening
from tests.adversarial.values import AREAS

SAID_AT: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)
OVER_AT: Final = SAID_AT + timedelta(hours=20)
OPENABLE: Final = tuple(group for group in FieldGroup if group is not FieldGroup.ENVELOPE)


class Kind(Enum):
    """The acts that stay behind."""

    GRANT = "grant"
    DECLARATION = "declaration"
    EMERGENCY = "emergency"
    RESTRICTIONS = "restrictions"
    WITHDRAWAL = "withdrawal"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One act on one record: whom it is for, of which groups and areas, as far as its kind has these."""

    kind: Kind
    ref: RecordRef
    originator: str
    to: str
    groups: frozenset[FieldGroup]
    exact: bool
    areas: frozenset[str]

    @property
    def id(self) -> str:
        """The same for the same."""
        return f"{self.kind.value} {self.ref.native} {self.to} {sorted(self.groups)} {self.exact} {sorted(self.areas)}"

    @property
    def reference(self) -> bytes:
        """The record's."""
        return reference(self.ref.source, self.ref.kind.value, self.ref.native)

    @property
    def restriction(self) -> Restriction:
        """What an originator's later word restricts."""
        return Restriction(groups=self.groups, lifted_for=frozenset({self.to}))


def statements(rows: Sequence[Record], organizations: list[str]) -> st.SearchStrategy[Statement]:
    """Any statement about one of `rows`."""
    return st.builds(
        lambda row, **fields: Statement(ref=row.ref, originator=row.marking.originator, **fields),
        st.sampled_from(rows),
        kind=st.sampled_from(Kind),
        to=st.sampled_from(organizations),
        groups=st.lists(st.sampled_from(OPENABLE), min_size=1, max_size=4).map(frozenset),
        exact=st.booleans(),
        areas=st.lists(st.sampled_from(tuple(AREAS)), min_size=1, max_size=2).map(frozenset),
    )


def sharing_of(said: Sequence[Statement]) -> Sharing:
    """What the gateway is to know of the statements; the measure, not the gateway's own reading of its store."""
    openings: defaultdict[bytes, list[Opening]] = defaultdict(list)
    # Of one moment, they count in the order of their ids.
    for item in sorted(said, key=lambda item: item.id):
        match item.kind:
            case Kind.GRANT:
                grant = Grant(id=item.id, to=item.to, groups=item.groups, exact=item.exact, until=OVER_AT.timestamp())
                openings[item.reference].append(grant)
            case Kind.DECLARATION:
                openings[item.reference].append(Declaration(id=item.id, areas=item.areas, until=OVER_AT.timestamp()))
            case Kind.EMERGENCY:
                openings[item.reference].append(Emergency(id=item.id, to=item.to, until=OVER_AT.timestamp()))
    return Sharing(
        restrictions={item.reference: frozenset({item.restriction}) for item in said if item.kind is Kind.RESTRICTIONS},
        withdrawn=frozenset(item.reference for item in said if item.kind is Kind.WITHDRAWAL),
        openings={of: tuple(items) for of, items in openings.items()},
    )


def row_of(item: Statement, public: str) -> Table:
    """The statement as the store keeps it."""
    shared = {"reference": item.reference, "record": public, "originator": item.originator, "at": SAID_AT}
    match item.kind:
        case Kind.GRANT:
            names = sorted(group.name for group in item.groups)
            return ConsentGrant(
                id=item.id,
                granted_to=item.to,
                groups=names,
                exact=item.exact,
                granted_by="an officer",
                until=OVER_AT,
                **shared,
            )
        case Kind.DECLARATION:
            return ImminentRisk(
                id=item.id,
                declared_by=item.originator,
                officer="an officer",
                areas=sorted(item.areas),
                reason="a reason",
                until=OVER_AT,
                **shared,
            )
        case Kind.EMERGENCY:
            return EmergencyOpening(
                id=item.id,
                organization=item.to,
                officer="an officer",
                justification="a reason",
                hours=20,
                approved_by="another officer",
                approved_at=SAID_AT,
                until=OVER_AT,
                **shared,
            )
        case Kind.RESTRICTIONS:
            return RecordRestrictions(restrictions=[write_restriction(item.restriction)], set_by="an officer", **shared)
        case Kind.WITHDRAWAL:
            return Withdrawal(reason="a reason", withdrawn_by="an officer", **shared)
