"""Trees as they are stored: leaves with their commitments, complete subtrees with their hashes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select
from sqlmodel import col

from gateway.errors import LedgerFault
from gateway.ledger.tree import leaf_hash
from gateway.store.tables import LedgerLeaf, LedgerNode


class StoredNodes:
    """`Nodes` of one originator's tree, read from the store; what `add` was told needs no reading."""

    def __init__(self, connection: Connection, originator: str) -> None:
        self._connection = connection
        self._originator = originator
        self._made: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, position: int) -> bytes:
        """The hash of the complete node; raises `LedgerFault` where it is missing."""
        made = self._made.get((level, position))
        return made if made is not None else self._read(level, position)

    def add(self, level: int, position: int, made: bytes) -> None:
        """A node that the store does not have yet."""
        self._made[level, position] = made

    def _read(self, level: int, position: int) -> bytes:
        if level == 0:
            query = select(col(LedgerLeaf.commitment)).where(
                col(LedgerLeaf.originator) == self._originator, col(LedgerLeaf.leaf_index) == position
            )
        else:
            query = select(col(LedgerNode.hash)).where(
                col(LedgerNode.originator) == self._originator,
                col(LedgerNode.level) == level,
                col(LedgerNode.position) == position,
            )
        found = self._connection.execute(query).scalar()
        if found is None:
            tree = f"the tree of `{self._originator}`"
            raise LedgerFault(f"{tree} lacks node {position} of level {level}: run `slt-gateway ledger verify`")
        return leaf_hash(found) if level == 0 else found


def size_of(connection: Connection, originator: str) -> int:
    """How many leaves the originator's tree has."""
    query = select(func.max(LedgerLeaf.leaf_index)).where(col(LedgerLeaf.originator) == originator)
    last: int | None = connection.execute(query).scalar()
    return 0 if last is None else last + 1


def originators(connection: Connection) -> Iterator[str]:
    """Whose trees there are, in their order; one look into the index each."""
    last = ""
    while True:
        query = select(func.min(LedgerLeaf.originator)).where(col(LedgerLeaf.originator) > last)
        found: str | None = connection.execute(query).scalar()
        if found is None:
            return
        yield found
        last = found
