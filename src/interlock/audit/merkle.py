"""The Merkle tree of RFC 6962 (section 2.1; verification as in RFC 9162, 2.1.3 and 2.1.4). Pure.

A `Frontier` is all that must be kept of a tree to go on with it: one hash for each bit of its
size, so extending it costs the new leaves and nothing else.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.foundation.errors import UsageError

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf; the prefix keeps it from being taken for a node."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree, compact: the roots of its complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """Return the tree with `leaves` (leaf hashes) added at its end."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            grown = leaf
            full = size
            while full & 1:
                grown = node_hash(peaks.pop(), grown)
                full >>= 1
            peaks.append(grown)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """Return the root hash."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, found = self.peaks
        for peak in reversed(rest):
            found = node_hash(peak, found)
        return found


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over `leaves` (leaf hashes)."""
    return Frontier().extended(leaves).root()


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `leaves`, from the leaf upwards."""
    if not 0 <= index < len(leaves):
        raise UsageError(
            f"leaf {index} is not in a tree of {len(leaves)}",
            hint="Ask for a leaf that was sealed already.",
        )
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion(leaves[:half], index), root(leaves[half:])]
    return [*inclusion(leaves[half:], index - half), root(leaves[:half])]


def consistency(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Return the proof that the tree of the first `size` leaves begins the tree of `leaves`."""
    if not 0 < size <= len(leaves):
        raise UsageError(
            f"a tree of {size} does not begin a tree of {len(leaves)}",
            hint="The older size comes first, and is not 0.",
        )
    return _subproof(leaves, size, whole=True)


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    half = _split(len(leaves))
    if size <= half:
        return [*_subproof(leaves[:half], size, whole=whole), root(leaves[half:])]
    return [*_subproof(leaves[half:], size - half, whole=False), root(leaves[:half])]


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


@dataclass(frozen=True, slots=True)
class Tree:
    """What a signed checkpoint says of a tree."""

    size: int
    root: bytes

    def includes(self, leaf: bytes, index: int, proof: Sequence[bytes]) -> bool:
        """Tell whether `proof` shows that `leaf` (a leaf hash) stands at `index`."""
        if not 0 <= index < self.size:
            return False
        node, last, found = index, self.size - 1, leaf
        for step in proof:
            if last == 0:
                return False
            if node & 1 or node == last:
                found = node_hash(step, found)
                while not node & 1 and node:
                    node, last = node >> 1, last >> 1
            else:
                found = node_hash(found, step)
            node, last = node >> 1, last >> 1
        return last == 0 and found == self.root

    def extends(self, older: "Tree", proof: Sequence[bytes]) -> bool:
        """Tell whether `proof` shows that this tree begins with all of `older`, unchanged."""
        if not 0 < older.size <= self.size:
            return False
        if older.size == self.size:
            return not proof and older.root == self.root
        path = list(proof)
        if older.size & (older.size - 1) == 0:
            path.insert(0, older.root)
        return bool(path) and _rebuilt(older.size, self.size, path) == (older.root, self.root)


def _rebuilt(older: int, newer: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    node, last = older - 1, newer - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    return (first, second) if last == 0 else None
