"""The areas' levels with their history, and where level and risk disagree (S3, S8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlmodel import col, select

from gateway.store.engine import Store
from gateway.store.tables import Area, RiskLevel
from policies.vocabulary import ImplementationLevel

# S8: regular level in low and medium-risk areas, enhanced level in high and very-high-risk areas.
LEVEL_OF_RISK: Final = {
    RiskLevel.LOW: ImplementationLevel.REGULAR,
    RiskLevel.MEDIUM: ImplementationLevel.REGULAR,
    RiskLevel.HIGH: ImplementationLevel.ENHANCED,
    RiskLevel.VERY_HIGH: ImplementationLevel.ENHANCED,
}


class RecordedArea(msgspec.Struct, frozen=True):
    """An area and what was recorded of it, newest first; at least one row."""

    code: str
    history: Sequence[Area]

    @property
    def now(self) -> Area:
        """What counts now."""
        return self.history[0]

    @property
    def disagrees(self) -> bool:
        """Whether its level is another than its risk asks for; without a recorded risk there is nothing to compare."""
        risk = self.now.risk_level
        return risk is not None and LEVEL_OF_RISK[risk] is not self.now.implementation_level


def recorded_areas(store: Store, code: str | None = None) -> Sequence[RecordedArea]:
    """Every area with a recorded level, by code; only `code` where it is given. Blocks. Raises `StoreFault`."""
    query = select(Area).order_by(col(Area.code), col(Area.id).desc())
    if code is not None:
        query = query.where(Area.code == code)
    found: defaultdict[str, list[Area]] = defaultdict(list)
    with store.session() as session:
        for row in session.exec(query):
            found[row.code].append(row)
    return [RecordedArea(area, rows) for area, rows in found.items()]
