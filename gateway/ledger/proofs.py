"""Proofs over one originator's tree, for sizes up to what it is now. Blocks: call it from a thread."""

from __future__ import annotations

import msgspec

from gateway.errors import BadInput
from gateway.ledger.nodes import StoredNodes, size_of
from gateway.ledger.tree import consistency, inclusion, root
from gateway.store.engine import Store


class InclusionProof(msgspec.Struct, frozen=True, kw_only=True):
    """That leaf `leaf_index` is in the tree of `size` leaves, whose root is `root`."""

    leaf_index: int
    size: int
    root: bytes
    path: list[bytes]


class ConsistencyProof(msgspec.Struct, frozen=True, kw_only=True):
    """That the tree of `first` leaves is the beginning of that of `second`, with their roots."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: list[bytes]


def prove_inclusion(store: Store, originator: str, leaf_index: int, size: int) -> InclusionProof:
    """Raises `BadInput` for a size that the tree never had or that does not hold the leaf; `StoreFault`."""
    with store.session() as session:
        connection = session.connection()
        now = size_of(connection, originator)
        if not leaf_index < size <= now:
            raise BadInput(f"`size` is {size}: give one from {leaf_index + 1}, the disclosure's place, to {now}")
        nodes = StoredNodes(connection, originator)
        return InclusionProof(
            leaf_index=leaf_index,
            size=size,
            root=root(nodes, size),
            path=inclusion(nodes, leaf_index, size),
        )


def prove_consistency(store: Store, originator: str, first: int, second: int) -> ConsistencyProof:
    """Raises `BadInput` for sizes that the tree never had, or in the wrong order; `StoreFault`."""
    with store.session() as session:
        connection = session.connection()
        now = size_of(connection, originator)
        if not 0 < first <= second <= now:
            raise BadInput(f"`first` is {first}, `second` {second}: give sizes from 1 to {now}, the smaller one first")
        nodes = StoredNodes(connection, originator)
        return ConsistencyProof(
            first=first,
            second=second,
            first_root=root(nodes, first),
            second_root=root(nodes, second),
            path=consistency(nodes, first, second),
        )
