"""What a partnership and its areas of operation once were, oldest first. Blocks. Raises `BadInput`, `StoreFault`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from gateway.errors import BadInput
from gateway.store.engine import Store
from gateway.store.tables import ApprovedArea, Organization, Partnership


def steps(store: Store, organization_id: str) -> Sequence[Partnership]:
    """The recorded steps of a partnership."""
    with store.session() as session:
        if session.get(Organization, organization_id) is None:
            raise BadInput(f"`{organization_id}` is no known organization: add it first")
        return session.exec(
            select(Partnership).where(Partnership.organization_id == organization_id).order_by(col(Partnership.id))
        ).all()


def approvals(store: Store, organization_id: str) -> Sequence[ApprovedArea]:
    """The approvals of areas, those that are over included."""
    with store.session() as session:
        return session.exec(
            select(ApprovedArea).where(ApprovedArea.organization_id == organization_id).order_by(col(ApprovedArea.id))
        ).all()
