"""Seals: signed checkpoints over everything that was recorded, witnessed outside the database.

Sealing costs the new entries only: the tree's frontier is kept with the last seal. The witness
file gets one line for each seal; whoever rewrites the database cannot rewrite a copy of that
file, and `verification` compares the two (reliability.md 1.5: the client's memory of the last
good head is what makes a rewrite detectable).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, cast

from interlock.audit import order
from interlock.audit.merkle import Frontier, Tree, leaf_hash
from interlock.audit.notes import Checkpoint, Signer, signer
from interlock.audit.witness import Witness
from interlock.foundation.clock import Clock, iso
from interlock.foundation.database import Connection, Database, Row, one
from interlock.foundation.errors import InvariantError
from interlock.foundation.queries import load_queries

_QUERIES: Final = load_queries("interlock.audit", "sealing.sql")
PAGE: Final = 10_000
KEY_FILE: Final = "audit.key"
WITNESS_FILE: Final = "audit.witness.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One signed checkpoint, as it is kept."""

    size: int
    root: str
    peaks: str
    """The frontier's hashes as JSON."""
    at: str
    note: str

    def frontier(self) -> Frontier:
        """Return the tree as it was sealed, ready to go on.

        Raises:
            ValueError: Someone wrote something else into the row.
        """
        peaks = tuple(bytes.fromhex(peak) for peak in json.loads(self.peaks))
        return Frontier(self.size, peaks)


def seal(database: Database, clock: Clock, key: Signer, witness: Witness) -> Seal | None:
    """Seal everything that was recorded since the last seal; ``None`` when there is nothing new.

    The witness file is written after the commit: a seal it lacks after a crash is added with the
    next one.
    """
    order.number(database)
    with database.transaction() as connection:
        connection.execute(_QUERIES["lock"], {})
        last = latest(connection)
        frontier = _extended(connection, last.frontier() if last else Frontier())
        fresh = None
        if frontier.size > (last.size if last else 0):
            checkpoint = Checkpoint(tree=Tree(frontier.size, frontier.root()), at=clock.now())
            fresh = _kept(connection, checkpoint, frontier, key)
    with database.transaction() as connection:
        missing = seals(connection, witness.last_size())
    witness.append([(each.size, each.note) for each in missing])
    return fresh


def seal_at(database: Database, clock: Clock, home: Path) -> Seal | None:
    """Seal with the key and the witness file of an installation; makes the key if need be."""
    return seal(database, clock, signer(home / KEY_FILE), Witness(home / WITNESS_FILE))


def seal_restored(database: Database, clock: Clock, key: Signer, witness: Witness) -> int:
    """Let the witness begin again where the record ends now; return how many entries are lost.

    0: the witness knows of nothing that the record does not have, and nothing is written.
    """
    lost = missing(database, witness)
    if lost:
        with database.transaction() as connection:
            last = latest(connection)
        frontier = last.frontier() if last else Frontier()
        checkpoint = Checkpoint(
            tree=Tree(frontier.size, frontier.root()),
            at=clock.now(),
            restored_from=witness.last_size(),
        )
        witness.append_restored(frontier.size, key.signed(checkpoint))
    return lost


def seal_restored_at(database: Database, clock: Clock, home: Path) -> int:
    """Let the witness of an installation begin again; return how many entries are lost."""
    witness = Witness(home / WITNESS_FILE)
    return seal_restored(database, clock, signer(home / KEY_FILE), witness)


def missing(database: Database, witness: Witness) -> int:
    """Return how many witnessed entries the record does not have: it is older than the witness."""
    with database.transaction() as connection:
        last = latest(connection)
    return max(0, witness.last_size() - (last.size if last else 0))


def missing_at(database: Database, home: Path) -> int:
    """Return how many entries the witness of an installation knows of that its record lacks."""
    return missing(database, Witness(home / WITNESS_FILE))


def _extended(connection: Connection, frontier: Frontier) -> Frontier:
    while True:
        rows = connection.rows(_QUERIES["leaves"], {"start": frontier.size, "limit": PAGE})
        if not rows:
            return frontier
        if cast("int", rows[-1]["leaf"]) != frontier.size + len(rows) - 1:
            raise InvariantError(
                f"the order of the audit trail has a hole behind leaf {frontier.size}",
                hint="Rows of `audit_leaf` were removed. Run `interlock audit verify`.",
            )
        frontier = frontier.extended(leaf_hash(bytes.fromhex(str(row["hash"]))) for row in rows)


def _kept(connection: Connection, checkpoint: Checkpoint, frontier: Frontier, key: Signer) -> Seal:
    made = Seal(
        size=frontier.size,
        root=checkpoint.tree.root.hex(),
        peaks=json.dumps([peak.hex() for peak in frontier.peaks]),
        at=iso(checkpoint.at),
        note=key.signed(checkpoint),
    )
    connection.execute(_QUERIES["keep"], asdict(made))
    return made


def latest(connection: Connection) -> Seal | None:
    """Return the last seal."""
    row = one(connection.rows(_QUERIES["latest"], {}))
    return _seal(row) if row else None


def seals(connection: Connection, after: int = 0, limit: int = PAGE) -> list[Seal]:
    """Return the seals over more than `after` entries, the oldest first."""
    found = connection.rows(_QUERIES["after"], {"after": after, "limit": limit})
    return [_seal(row) for row in found]


def _seal(row: Row) -> Seal:
    return Seal(
        size=cast("int", row["size"]),
        root=str(row["root"]),
        peaks=str(row["peaks"]),
        at=str(row["at"]),
        note=str(row["note"]),
    )
