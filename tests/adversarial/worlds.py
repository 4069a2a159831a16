"""Worlds: what two or three platforms hold. What a requester's answers rest on besides: how platforms fail, by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from hypothesis import strategies as st

from connectors.contract import Capabilities, OrderKey
from connectors.records import Record
from policies.condition import Field, Operator
from policies.marking import Marking
from policies.vocabulary import InformationKind
from tests.adversarial.markings import markings
from tests.adversarial.platform import Fault, Platform
from tests.adversarial.records import records
from tests.adversarial.statements import Statement, statements

SOURCES: Final = ("alpha", "bravo", "charlie")
EVERY_FILTER: Final = frozenset((field, operator) for field in Field for operator in Operator)
# As a platform may claim that filters exact times and categories, and nothing else.
SOME_FILTERS: Final = frozenset(
    {
        (Field.OCCURRED, Operator.WITHIN),
        (Field.REPORTED, Operator.WITHIN),
        (Field.CATEGORY, Operator.IN),
        (Field.COUNTRY, Operator.IN),
        (Field.STATUS, Operator.IN),
    }
)
EVERY_ORDER: Final = frozenset(OrderKey(field, way) for field in Field for way in (True, False))
EVERY_KIND: Final = frozenset(InformationKind)


class World(msgspec.Struct, frozen=True):
    """Everything beneath the answers that is not the requester's own or the directory's.

    `said`: what was said of records since they were shared, at most one statement of a kind on a record.
    """

    platforms: tuple[Platform, ...]
    said: tuple[Statement, ...] = ()

    @property
    def rows(self) -> list[Record]:
        """All records."""
        return [row for platform in self.platforms for row in platform.rows]


capabilities = st.builds(
    Capabilities,
    kinds=st.sampled_from((EVERY_KIND, EVERY_KIND, frozenset({InformationKind.INCIDENT_REPORT}))),
    filters=st.sampled_from((EVERY_FILTER, SOME_FILTERS, frozenset())),
    orders=st.sampled_from((EVERY_ORDER, EVERY_ORDER, frozenset({OrderKey(Field.SHARED, True)}), frozenset())),
    lookup=st.sampled_from((True, True, True, False)),
)
faults = st.sampled_from((None,) * 40 + tuple(Fault))
seldom = st.sampled_from((False, False, True))
embargoes = st.sampled_from((None, None, date(2026, 11, 1)))


@st.composite
def worlds(draw: st.DrawFn, organizations: list[str], now: float) -> World:
    """A world with at most fifteen records that share a few markings."""
    marks: Sequence[Marking] = draw(st.lists(markings(organizations, now), min_size=2, max_size=3))
    platforms = []
    for name in SOURCES:
        count = draw(st.sampled_from((3, 6, 2, 0)))
        platforms.append(
            Platform(
                name=name,
                capabilities=draw(capabilities),
                rows=tuple(draw(records(name, f"{name}-{number}", marks)) for number in range(count)),
                page=draw(st.sampled_from((50, 1, 2))),
                fault=draw(faults),
                late=draw(st.booleans()),
                embargoed=draw(embargoes),
            )
        )
    rows = [row for platform in platforms for row in platform.rows]
    said = draw(st.lists(statements(rows, organizations), max_size=2)) if rows and draw(seldom) else []
    return World(tuple(platforms), one_of_a_kind(said))


def one_of_a_kind(said: Sequence[Statement]) -> tuple[Statement, ...]:
    """The latest word of each kind on each record."""
    return tuple({(item.kind, item.ref): item for item in said}.values())
