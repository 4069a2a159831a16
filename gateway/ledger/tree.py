"""The Merkle tree of RFC 6962 section 2.1: hashes, appending, and proofs from the hashes of complete subtrees.

A node is named by `level` (0: leaves) and `position` on it: it covers the leaves from `position << level` on, as many
as `1 << level`. Complete nodes never change, so a tree is stored as those and read in O(log n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from gateway.errors import LedgerFault

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256().digest()

# The hash of the complete node at (level, position).
Nodes = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def appended(nodes: Nodes, index: int, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The inner nodes (level, position, hash) that the leaf with hash `leaf` completes as leaf `index`."""
    level, position, made = 0, index, leaf
    while position & 1:
        made = node_hash(nodes(level, position - 1), made)
        level, position = level + 1, position >> 1
        yield level, position, made


def root(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _covering(nodes, 0, size) if size else EMPTY_ROOT


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves (section 2.1.1); raises `LedgerFault`."""
    if not 0 <= index < size:
        raise LedgerFault(f"leaf {index} is not in a tree of {size} leaves: give an index below the size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_covering(nodes, middle, end))
            end = middle
        else:
            path.append(_covering(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of that of `second` (section 2.1.2)."""
    if not 0 < first <= second:
        raise LedgerFault(f"{first} and {second} are no two sizes of one tree: the first is from 1 to the second")
    path: list[bytes] = []
    start, end, whole = 0, second, True  # whole: the first tree's root is known to who verifies
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(_covering(nodes, middle, end))
            end = middle
        else:
            path.append(_covering(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_covering(nodes, start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether `path` proves the leaf with hash `leaf` at `index` under the root `expected` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, made = index, size - 1, leaf
    for item in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            made = node_hash(item, made)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            made = node_hash(made, item)
        node, last = node >> 1, last >> 1
    return last == 0 and made == expected


def verify_consistency(first: int, second: int, path: Sequence[bytes], old: bytes, new: bytes) -> bool:
    """Whether `path` proves that the tree with root `old` is the beginning of that with root `new` (2.1.4.2)."""
    if first == second:
        return not path and old == new and first >= 0
    if not 0 < first < second:
        return False
    items = [old, *path] if first & (first - 1) == 0 else list(path)
    if not items:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_made = new_made = items[0]
    for item in items[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_made, new_made = node_hash(item, old_made), node_hash(item, new_made)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_made = node_hash(new_made, item)
        node, last = node >> 1, last >> 1
    return last == 0 and old_made == old and new_made == new


class Frontier:
    """A tree that is only appended to: the roots of its complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Adds a leaf by its hash."""
        made, position = leaf, self.size
        while position & 1:
            made, position = node_hash(self._peaks.pop(), made), position >> 1
        self._peaks.append(made)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was appended."""
        made = self._peaks[-1] if self._peaks else EMPTY_ROOT
        for peak in self._peaks[-2::-1]:
            made = node_hash(peak, made)
        return made


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _covering(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over the leaves from `start` to before `end`; the left of every split is complete."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_covering(nodes, start, middle), _covering(nodes, middle, end))
