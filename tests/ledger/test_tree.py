"""The tree is RFC 6962's: the published vectors, and every proof of every small tree."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import LedgerFault
from gateway.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Nodes,
    appended,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The leaves, roots and proofs by which implementations of certificate transparency are tested.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES = st.integers(1, 70)
DATA = [str(number).encode() for number in range(70)]


def tree(data: list[bytes]) -> Nodes:
    """The complete nodes as appending made them."""
    stored: dict[tuple[int, int], bytes] = {}

    def nodes(level: int, position: int) -> bytes:
        return stored[level, position]

    for index, item in enumerate(data):
        stored[0, index] = leaf_hash(item)
        stored.update({(level, position): made for level, position, made in appended(nodes, index, stored[0, index])})
    return nodes


def defined(data: list[bytes]) -> bytes:
    """MTH as section 2.1 defines it."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return sha256(b"\0" + data[0]).digest()
    split = 1
    while split * 2 < len(data):
        split *= 2
    return sha256(b"\1" + defined(data[:split]) + defined(data[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    frontier = Frontier()
    for item in LEAVES[:size]:
        frontier.append(leaf_hash(item))
    assert root(tree(LEAVES), size).hex() == frontier.root().hex() == ROOTS[size]


@pytest.mark.parametrize("place", INCLUSION, ids=str)
def test_the_published_inclusion_proofs(place: tuple[int, int]) -> None:
    assert [item.hex() for item in inclusion(tree(LEAVES), *place)] == INCLUSION[place]


@pytest.mark.parametrize("sizes", CONSISTENCY, ids=str)
def test_the_published_consistency_proofs(sizes: tuple[int, int]) -> None:
    assert [item.hex() for item in consistency(tree(LEAVES), *sizes)] == CONSISTENCY[sizes]


@given(size=st.integers(0, 70))
def test_the_root_is_what_the_definition_says(size: int) -> None:
    frontier = Frontier()
    for item in DATA[:size]:
        frontier.append(leaf_hash(item))
    assert root(tree(DATA), size) == frontier.root() == defined(DATA[:size])


def test_every_proof_of_every_small_tree_verifies() -> None:
    nodes = tree(DATA[:33])
    for size in range(1, 34):
        for index in range(size):
            path = inclusion(nodes, index, size)
            assert verify_inclusion(leaf_hash(DATA[index]), index, size, path, root(nodes, size))
            old = root(nodes, index + 1)
            assert verify_consistency(index + 1, size, consistency(nodes, index + 1, size), old, root(nodes, size))


@given(size=SIZES, pick=st.integers(0, 10**6), wrong=st.integers(0, 10**6))
def test_an_inclusion_proof_is_for_one_leaf_place_size_and_root_only(size: int, pick: int, wrong: int) -> None:
    nodes, index = tree(DATA), pick % size
    leaf, path, head = leaf_hash(DATA[index]), inclusion(nodes, index, size), root(nodes, size)
    other = wrong % 70
    assert not verify_inclusion(leaf_hash(b"other"), index, size, path, head)
    assert not verify_inclusion(leaf, index, size, path, leaf_hash(b"other"))
    assert not verify_inclusion(leaf, index, size, [*path, EMPTY_ROOT], head)
    if other != index:
        assert not verify_inclusion(leaf, other, size, path, head)
    if other + 1 != size:
        # A path may fit another size's shape; then the root is not that size's.
        assert not verify_inclusion(leaf, index, other + 1, path, root(nodes, other + 1))
    for place in range(len(path)):
        assert not verify_inclusion(leaf, index, size, [*path[:place], EMPTY_ROOT, *path[place + 1 :]], head)
        assert not verify_inclusion(leaf, index, size, path[:place] + path[place + 1 :], head)
    assert not verify_inclusion(leaf, -1, size, path, head)
    assert not verify_inclusion(leaf, size, size, path, head)


@given(second=SIZES, pick=st.integers(0, 10**6), changed=st.integers(0, 10**6))
def test_a_consistency_proof_is_for_two_sizes_and_roots_only(second: int, pick: int, changed: int) -> None:
    nodes, first = tree(DATA), pick % second + 1
    path, old, new = consistency(nodes, first, second), root(nodes, first), root(nodes, second)
    assert not verify_consistency(first, second, path, leaf_hash(b"other"), new)
    assert not verify_consistency(first, second, path, old, leaf_hash(b"other"))
    assert not verify_consistency(first, second, [*path, EMPTY_ROOT], old, new)
    assert not verify_consistency(0, second, path, EMPTY_ROOT, new)
    for place in range(len(path)):
        assert not verify_consistency(first, second, [*path[:place], EMPTY_ROOT, *path[place + 1 :]], old, new)
        assert not verify_consistency(first, second, path[:place] + path[place + 1 :], old, new)
    # A history that was changed below the older head has no proof.
    data = list(DATA)
    data[changed % first] = b"changed"
    forged = tree(data)
    forged_new = root(forged, second)
    assert not verify_consistency(first, second, consistency(forged, first, second), old, forged_new)


def test_leaves_and_nodes_are_told_apart() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 2)])
def test_what_is_not_in_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(LedgerFault, match="not in a tree"):
        inclusion(tree(DATA), index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (2, 1), (-1, 1)])
def test_sizes_of_no_tree_have_no_proof(first: int, second: int) -> None:
    with pytest.raises(LedgerFault, match="two sizes"):
        consistency(tree(DATA), first, second)
