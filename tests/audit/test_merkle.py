"""All pairs up to 128, against an independent recomputation (reliability.md 1.5, immudb)."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit.merkle import (
    Frontier,
    Tree,
    consistency,
    inclusion,
    leaf_hash,
    root,
)
from interlock.foundation.errors import UsageError

LARGEST = 128
LEAVES = [leaf_hash(bytes([n])) for n in range(LARGEST)]


@cache
def textbook_root(first: int, last: int) -> bytes:
    """RFC 6962 section 2.1, word by word: the recursion over halves, not the frontier."""
    if last - first == 0:
        return hashlib.sha256(b"").digest()
    if last - first == 1:
        return hashlib.sha256(b"\x00" + bytes([first])).digest()
    half = 1
    while half * 2 < last - first:
        half *= 2
    left, right = textbook_root(first, first + half), textbook_root(first + half, last)
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_the_known_root_of_the_rfcs_own_test_vectors() -> None:
    # certificate-transparency-go/trillian test data: eight leaves.
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    data.append("606162636465666768696a6b6c6d6e6f")
    leaves = [leaf_hash(bytes.fromhex(each)) for each in data]

    assert root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_a_frontier_has_the_root_of_the_textbook(size: int) -> None:
    assert Frontier().extended(LEAVES[:size]).root() == textbook_root(0, size)


@given(cuts=st.lists(st.integers(0, LARGEST), max_size=6))
def test_it_does_not_matter_in_how_many_portions_a_tree_grew(cuts: list[int]) -> None:
    frontier, done = Frontier(), 0
    for cut in [*sorted(cuts), LARGEST]:
        frontier = frontier.extended(LEAVES[done:cut])
        done = max(done, cut)

    assert frontier == Frontier().extended(LEAVES)


def test_every_leaf_of_every_tree_is_proven_and_only_in_its_place() -> None:
    for size in range(1, LARGEST + 1):
        tree = Tree(size, textbook_root(0, size))
        for index in range(size):
            proof = inclusion(LEAVES[:size], index)
            assert tree.includes(LEAVES[index], index, proof)
            assert not tree.includes(LEAVES[index], (index + 1) % size or size, proof)
            assert not tree.includes(LEAVES[(index + 1) % LARGEST], index, proof)
            assert not tree.includes(LEAVES[index], index, [*proof, LEAVES[0]])
            assert not (proof and tree.includes(LEAVES[index], index, proof[:-1]))


def test_every_tree_is_proven_to_begin_every_larger_one() -> None:
    for newer in range(1, LARGEST + 1):
        tree = Tree(newer, textbook_root(0, newer))
        for older in range(1, newer + 1):
            proof = consistency(LEAVES[:newer], older)
            begins = Tree(older, textbook_root(0, older))
            assert tree.extends(begins, proof)
            assert not tree.extends(Tree(older, LEAVES[0][::-1]), proof)
            assert not Tree(newer, LEAVES[0][::-1]).extends(begins, proof)
            assert not tree.extends(begins, [*proof, LEAVES[0]])
            assert not (proof and tree.extends(begins, proof[:-1]))


@pytest.mark.parametrize("size", [0, 5])
def test_no_proof_is_given_for_a_tree_that_is_not_there(size: int) -> None:
    with pytest.raises(UsageError):
        consistency(LEAVES[:4], size)
    with pytest.raises(UsageError):
        inclusion(LEAVES[:4], size or -1)


def test_an_older_tree_does_not_extend_a_newer_one() -> None:
    assert not Tree(2, textbook_root(0, 2)).extends(Tree(3, textbook_root(0, 3)), [])
    assert not Tree(2, textbook_root(0, 2)).extends(Tree(0, textbook_root(0, 0)), [])
