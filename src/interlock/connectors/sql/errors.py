"""What a database's refusals mean, as data: the first prefix of its code that matches.

SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html; SQLite's names:
https://www.sqlite.org/rescode.html. Before the COMMIT nothing is applied, whatever happens; during
it only the database's own word that it rolled back proves anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from interlock.connectors.kit.exchange import Intent, unknown
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import Kind, Outcome, Verdict
from interlock.connectors.sql.database import DatabaseFailed, Phase


@dataclass(frozen=True, slots=True)
class Line:
    """One line: codes that begin like this."""

    prefix: str
    verdict: Verdict
    kind: Kind


LINES: Final = (
    Line("23505", Verdict.REJECTED, Kind.DUPLICATE),
    Line("SQLITE_CONSTRAINT_UNIQUE", Verdict.REJECTED, Kind.DUPLICATE),
    Line("SQLITE_CONSTRAINT_PRIMARYKEY", Verdict.REJECTED, Kind.DUPLICATE),
    Line("23502", Verdict.REJECTED, Kind.MISSING_FIELD),
    Line("SQLITE_CONSTRAINT_NOTNULL", Verdict.REJECTED, Kind.MISSING_FIELD),
    Line("23503", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("SQLITE_CONSTRAINT_FOREIGNKEY", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("23514", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("SQLITE_CONSTRAINT_CHECK", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("23", Verdict.REJECTED, Kind.REJECTED),
    Line("SQLITE_CONSTRAINT", Verdict.REJECTED, Kind.REJECTED),
    Line("P0001", Verdict.REJECTED, Kind.REJECTED),  # a trigger's RAISE
    Line("22", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("SQLITE_MISMATCH", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("SQLITE_TOOBIG", Verdict.REJECTED, Kind.UNKNOWN_VALUE),
    Line("28", Verdict.BLOCKED, Kind.AUTH),
    Line("42501", Verdict.BLOCKED, Kind.AUTH),
    Line("SQLITE_AUTH", Verdict.BLOCKED, Kind.AUTH),
    Line("SQLITE_PERM", Verdict.BLOCKED, Kind.AUTH),
    Line("SQLITE_READONLY", Verdict.BLOCKED, Kind.AUTH),
    Line("42", Verdict.REJECTED, Kind.UNKNOWN_FIELD),  # no such table or column: the declaration
    Line("SQLITE_ERROR", Verdict.REJECTED, Kind.UNKNOWN_FIELD),
    Line("40003", Verdict.UNCERTAIN, Kind.TRANSPORT),  # statement completion unknown
    Line("40", Verdict.RETRYABLE, Kind.CONFLICT),
    Line("55P03", Verdict.RETRYABLE, Kind.LOCKED),
    Line("SQLITE_BUSY", Verdict.RETRYABLE, Kind.LOCKED),
    Line("SQLITE_LOCKED", Verdict.RETRYABLE, Kind.LOCKED),
    Line("53", Verdict.BLOCKED, Kind.QUOTA),  # connections, memory, disk
    Line("SQLITE_FULL", Verdict.BLOCKED, Kind.QUOTA),
    Line("25006", Verdict.BLOCKED, Kind.OUTAGE),  # a standby
    Line("57014", Verdict.RETRYABLE, Kind.OUTAGE),  # statement timeout
    Line("SQLITE_INTERRUPT", Verdict.RETRYABLE, Kind.OUTAGE),
    Line("57", Verdict.RETRYABLE, Kind.OUTAGE),
    Line("08", Verdict.RETRYABLE, Kind.TRANSPORT),
    Line("", Verdict.RETRYABLE, Kind.TRANSPORT),
)
ROLLED_BACK: Final = ("23", "40", "P0001", "SQLITE_CONSTRAINT", "SQLITE_BUSY")
"""What a COMMIT may answer that means that nothing was applied; SQLite's is rolled back by us."""
COMPLETION_UNKNOWN: Final = "40003"


def outcome_of(failure: DatabaseFailed, intent: Intent, secrets: Iterable[str]) -> Outcome:
    """Return what `failure` comes to."""
    line = next(line for line in LINES if failure.code.startswith(line.prefix))
    verdict, kind = line.verdict, line.kind
    proven = failure.code.startswith(ROLLED_BACK) and failure.code != COMPLETION_UNKNOWN
    if failure.phase is Phase.COMMITTING and not proven:
        verdict, kind = Verdict.UNCERTAIN, Kind.TRANSPORT
    return Outcome(
        verdict=unknown(intent) if verdict is Verdict.UNCERTAIN else verdict,
        kind=kind,
        code=failure.code,
        message=masked(failure.message, secrets),
    )
