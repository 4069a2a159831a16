"""What was done to a client, by whom and when. Blocks; raises `StoreFault`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from gateway.store.engine import Store
from gateway.store.tables import ClientAct, ClientChange

OPERATOR: Final = "operator"


def note(session: Session, client_id: str, act: ClientAct, by: str, **facts: Any) -> None:
    """Enters an act in the transaction that does it; `facts` are names and settings, never a secret."""
    session.add(ClientChange(client_id=client_id, act=act, by=by, facts=facts))


def history(store: Store, client_id: str) -> Sequence[ClientChange]:
    """What was done to a client, oldest first."""
    with store.session() as session:
        query = select(ClientChange).where(ClientChange.client_id == client_id).order_by(col(ClientChange.id))
        return session.exec(query).all()
