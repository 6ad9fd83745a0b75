"""All streams together: the sealed order, the signed roots, the witness outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from interlock.audit import order, sealing
from interlock.audit.finding import Fault, Finding
from interlock.audit.merkle import Frontier, Tree, leaf_hash
from interlock.audit.notes import Verifier
from interlock.audit.witness import Line, Witness
from interlock.foundation.clock import iso
from interlock.foundation.database import Database, Row
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.audit", "verification.sql")
PAGE: Final = 5_000
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A root that someone remembers."""

    where: str
    tree: Tree


@dataclass(slots=True)
class _Walk:
    """How far the tree is rebuilt."""

    frontier: Frontier = field(default_factory=Frontier)
    next_leaf: int = 0
    good: int = 0
    """The size of the last promise that held."""
    broken: bool = False


class Seals:
    """One walk over the sealed order; afterwards it knows how much it saw."""

    def __init__(
        self, database: Database, verifier: Verifier | None, witness: Witness | None
    ) -> None:
        self._database = database
        self._verifier = verifier
        self._witness = witness
        self.seals = 0
        self.witnessed = 0
        self.sealed = 0
        self.restorations: list[str] = []
        """What was lost when older states of the record came back, as the witness says."""
        self._sizes: set[int] = set()

    def findings(self) -> Iterator[Finding]:
        """Yield what does not hold."""
        promises: list[_Promise] = []
        # The promises are read first: what is appended meanwhile cannot look like a fault.
        yield from self._sealed(promises)
        yield from self._witnessed(promises)
        yield from self._slipped_in()
        yield from self._order(sorted(promises, key=lambda promise: promise.tree.size))

    def _sealed(self, promises: list[_Promise]) -> Iterator[Finding]:
        after = 0
        while True:
            with self._database.transaction() as connection:
                page = sealing.seals(connection, after, PAGE)
            for seal in page:
                self.seals += 1
                after = self.sealed = seal.size
                self._sizes.add(seal.size)
                where = f"seal {seal.size}"
                tree = Tree(seal.size, _bytes(seal.root))
                promises.append(_Promise(where=where, tree=tree))
                yield from self._signed(where, seal, tree)
                if not _frontier_fits(seal):
                    what = "its frontier does not have its root"
                    yield Finding(fault=Fault.CHANGED, where=where, what=what)
            if not page:
                return

    def _witnessed(self, promises: list[_Promise]) -> Iterator[Finding]:
        seen: set[int] = set()
        for line in self._witness.lines() if self._witness else ():
            if isinstance(line, int):
                where = f"witness line {line}"
                yield Finding(fault=Fault.UNSIGNED, where=where, what="it cannot be read")
                continue
            self.witnessed += 1
            if line.restored:
                yield from self._restored(line, promises, seen)
                continue
            seen.add(line.size)
            yield from self._witness_line(line, promises)
        yield from self._unpaired(seen)

    def _unpaired(self, seen: set[int]) -> Iterator[Finding]:
        for size in sorted(self._sizes - seen):
            if size < max(seen, default=0):
                what = "its witness line was removed"
                yield Finding(fault=Fault.REMOVED, where=f"seal {size}", what=what)
        for size in sorted(seen - self._sizes):
            what = "it was witnessed, and is not in the database"
            yield Finding(fault=Fault.REMOVED, where=f"seal {size}", what=what)

    def _witness_line(self, line: Line, promises: list[_Promise]) -> Iterator[Finding]:
        where = f"witness line {line.number}"
        checkpoint = self._verifier.opened(line.note) if self._verifier else None
        if checkpoint and checkpoint.tree.size == line.size:
            promises.append(_Promise(where=where, tree=checkpoint.tree))
        elif self._verifier:
            yield Finding(fault=Fault.UNSIGNED, where=where, what="its signature does not hold")

    def _restored(self, line: Line, promises: list[_Promise], seen: set[int]) -> Iterator[Finding]:
        """Forget what was lost, and said to be, under the trail's own signature."""
        where = f"witness line {line.number}"
        said = self._verifier.opened(line.note) if self._verifier else None
        if said is None or said.tree.size != line.size or said.restored_from is None:
            if self._verifier:
                what = "it says that the record was restored, and its signature does not hold"
                yield Finding(fault=Fault.UNSIGNED, where=where, what=what)
            return
        promises[:] = [
            each
            for each in promises
            if each.tree.size <= line.size or not each.where.startswith("witness")
        ]
        seen.difference_update({size for size in seen if size > line.size})
        lost = f"entries {line.size + 1} to {said.restored_from} were lost"
        self.restorations.append(f"{iso(said.at)}: {lost}, an older state came back")

    def _signed(self, where: str, seal: sealing.Seal, tree: Tree) -> Iterator[Finding]:
        if self._verifier is None:
            return
        checkpoint = self._verifier.opened(seal.note)
        if checkpoint is None:
            yield Finding(fault=Fault.UNSIGNED, where=where, what="its signature does not hold")
        elif checkpoint.tree != tree or iso(checkpoint.at) != seal.at:
            yield Finding(fault=Fault.CHANGED, where=where, what="it is not what was signed")

    def _slipped_in(self) -> Iterator[Finding]:
        with self._database.transaction() as connection:
            settled = order.mark(connection).settled
            last = cast("int", connection.rows(_QUERIES["last_numbered"], {})[0]["last"])
            rows = connection.rows(_QUERIES["unnumbered"], {"settled": settled, "limit": _SHOWN})
        for row in rows:
            where = f"{row['stream']}#{row['position']}"
            what = "it has no place in the order, though everything around it has"
            stream = str(row["stream"])
            yield Finding(fault=Fault.ADDED, where=where, what=what, stream=stream)
        if settled > last:
            what = f"it counts as settled up to {settled}, but ends at {last}"
            yield Finding(fault=Fault.CHANGED, where="order", what=what)

    def _order(self, promises: Sequence[_Promise]) -> Iterator[Finding]:
        walk, waiting = _Walk(), list(promises)
        numbered = self._numbered()
        for rows in self._pages():
            yield from self._page(walk, rows, waiting)
        for promise in waiting:
            what = f"it covers {promise.tree.size} entries; the order has {walk.frontier.size}"
            yield Finding(fault=Fault.TRUNCATED, where=promise.where, what=what)
        if not waiting and not numbered <= walk.frontier.size <= self._numbered():
            what = f"{numbered} entries were numbered; the order has {walk.frontier.size}"
            yield Finding(fault=Fault.TRUNCATED, where="order", what=what)

    def _numbered(self) -> int:
        with self._database.transaction() as connection:
            return order.mark(connection).leaves

    def _pages(self) -> Iterator[list[Row]]:
        start = 0
        while True:
            with self._database.transaction() as connection:
                rows = connection.rows(_QUERIES["leaves"], {"start": start, "limit": PAGE})
            if not rows:
                return
            yield rows
            start = cast("int", rows[-1]["leaf"]) + 1

    def _page(
        self, walk: _Walk, rows: Sequence[Row], waiting: list[_Promise]
    ) -> Iterator[Finding]:
        pending: list[bytes] = []
        for row in rows:
            yield from _leaf(row, walk.next_leaf)
            walk.next_leaf = cast("int", row["leaf"]) + 1
            pending.append(leaf_hash(_bytes(row["hash"])))
            if waiting and waiting[0].tree.size == walk.frontier.size + len(pending):
                walk.frontier = walk.frontier.extended(pending)
                pending = []
                yield from _kept(walk, waiting)
        walk.frontier = walk.frontier.extended(pending)


def _bytes(text: object) -> bytes:
    """Return the bytes of a hash; of what is no hash at all, bytes that match nothing."""
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        return b"not a hash"


def _frontier_fits(seal: sealing.Seal) -> bool:
    try:
        return seal.frontier().root().hex() == seal.root
    except (ValueError, TypeError):
        return False


def _leaf(row: Row, expected: int) -> Iterator[Finding]:
    where = f"{row['stream']}#{row['position']}" if row["stream"] else f"leaf {row['leaf']}"
    stream = str(row["stream"] or "")
    if row["entry_hash"] is None:
        yield Finding(fault=Fault.REMOVED, where=where, what=f"entry {row['seq']} is not there")
    elif row["entry_hash"] != row["hash"]:
        what = "its hash is not the one it had when it got its place in the order"
        yield Finding(fault=Fault.CHANGED, where=where, what=what, stream=stream)
    if row["leaf"] != expected:
        what = f"leaf {expected} should stand here, not {row['leaf']}"
        yield Finding(fault=Fault.REORDERED, where=where, what=what, stream=stream)


def _kept(walk: _Walk, waiting: list[_Promise]) -> Iterator[Finding]:
    root, size = walk.frontier.root(), walk.frontier.size
    while waiting and waiting[0].tree.size == size:
        promise = waiting.pop(0)
        if promise.tree.root == root:
            walk.good = size
        elif not walk.broken or promise.where.startswith("witness"):
            walk.broken = True
            what = f"what it covers was changed or reordered, between leaf {walk.good} and {size}"
            yield Finding(fault=Fault.REORDERED, where=promise.where, what=what)
