"""The invariants of a running installation: what its record says, and what its systems show now.

The same promises as in the universes, asked where no truth is known beforehand: so they are held
against the systems themselves (`flow.reproving`), the trail and the cases. Reads only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.audit import trail
from interlock.audit.entry import Stored
from interlock.audit.finding import Report
from interlock.cases import store as cases
from interlock.flow.desk import Workshop
from interlock.flow.reproving import prove_again
from interlock.flow.run import run_of
from interlock.flow.store import QUERIES
from interlock.foundation.clock import iso
from interlock.foundation.database import Database
from interlock.proving.ledger import Applied

OVERDUE: Final = timedelta(minutes=10)
"""A run that wanted to go on so long ago hangs: nobody works on it."""
MOST: Final = 1_000
LAWS: Final[Mapping[str, str]] = {
    "I1 shown once": "every proof of a completed run holds today, looked up by our reference",
    "I3 accounted for": "every run that needs a person is exactly one open case, and no other is",
    "I5 recorded": "the trail verifies: nothing changed, removed, reordered or cut off",
    "I9 nothing hangs": "no run wanted to go on minutes ago and did not",
    "I18 approved": "no estate was ever in force whose author approved it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A law that does not hold, or of which it could not be told."""

    law: str
    where: str
    what: str
    known: bool = True
    """False: it could not be found out, which is never fine."""


@dataclass(slots=True, kw_only=True)
class Verified:
    """How much was looked at: a law that looked at nothing says nothing."""

    runs: int = 0
    proofs: int = 0
    entries: int = 0


def shown_once(
    shop: Workshop, since: datetime, limit: int, verified: Verified
) -> Iterator[Finding]:
    """I1, I12: what a completed run proved is still there, once, and as it was."""
    wanted = {"since": iso(since), "limit": limit}
    with shop.store.database.transaction() as connection:
        runs = [run_of(row) for row in connection.rows(QUERIES["completed_since"], wanted)]
    for run in runs:
        verified.runs += 1
        for shown in prove_again(shop, run):
            verified.proofs += 1
            if shown.held is not True:
                yield Finding(
                    law="I1 shown once",
                    where=f"{run.integration} {shown.key}",
                    what=f"{shown.proof} in {shown.system}: {shown.message}",
                    known=shown.held is not None,
                )


def accounted(database: Database) -> Iterator[Finding]:
    """I3: runs that ask and cases that are open are the same."""
    with database.transaction() as connection:
        asking = {
            str(row["id"]): f"{row['integration']} {row['key']}"
            for row in connection.rows(QUERIES["asking"], {})
        }
        queue = cases.queue(connection, limit=MOST * 100)
    open_now = Counter(case.stream for case in queue)
    for run, where in asking.items():
        if open_now[run] != 1:
            what = f"it needs a person and has {open_now[run]} open cases"
            yield Finding(law="I3 accounted for", where=where, what=what)


def recorded(report: Report) -> Iterator[Finding]:
    """I5: what `interlock audit verify` finds."""
    for finding in report.findings:
        what = f"{finding.fault} {finding.what}"
        yield Finding(law="I5 recorded", where=finding.where, what=what)
    for unknown in report.unknown:
        yield Finding(law="I5 recorded", where="the trail", what=unknown, known=False)


def nothing_hangs(database: Database, now: datetime) -> Iterator[Finding]:
    """I9: whatever is due is worked on."""
    wanted = {"before": iso(now - OVERDUE), "limit": MOST}
    with database.transaction() as connection:
        rows = connection.rows(QUERIES["overdue"], wanted)
        stranded = connection.rows(QUERIES["stranded"], wanted)
    for row in rows:
        where = f"{row['integration']} {row['key']}"
        what = f"{row['state']} since it was due at {row['due_at']}; does a worker run?"
        yield Finding(law="I9 nothing hangs", where=where, what=what)
    for row in stranded:
        where = f"{row['integration']} {row['key']}"
        what = "left with others, and nobody sees to what became of them; does a worker run?"
        yield Finding(law="I9 nothing hangs", where=where, what=what)


def approved(database: Database) -> Iterator[Finding]:
    """I18: author and approver of every estate are two people."""
    for entry in entries(database, "estate.applied"):
        if entry.data.get("author") == entry.data.get("approver"):
            where = f"estate {str(entry.data.get('digest'))[:12]}"
            what = f"applied and approved by {entry.data.get('author')}"
            yield Finding(law="I18 approved", where=where, what=what)


def entries(database: Database, ending: str) -> list[Stored]:
    """Return the entries of all streams whose action ends so, in the order of their writing."""
    found: list[Stored] = []
    after = 0
    while page := trail.told(database, ending, after=after):
        found += page
        after = page[-1].seq
    return found


def unintended(database: Database, system: str, done: Iterable[Applied]) -> Iterator[str]:
    """I5: every write that a system carried out was intended in the trail before."""
    intended = {
        str(entry.data.get("idempotency_key")): entry.at
        for entry in reversed(entries(database, "intended"))
    }
    for applied in done:
        at = intended.get(applied.request.idempotency_key)
        if at is None or at > applied.at:
            yield f"{system} carried out {applied.request.operation} that nobody had intended"
