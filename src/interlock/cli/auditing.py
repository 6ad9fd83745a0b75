"""What `interlock audit verify` does. Apart, because it needs the whole house."""

from pathlib import Path

from interlock.audit import trail
from interlock.audit.chain import Head
from interlock.audit.finding import Report
from interlock.audit.notes import public_path, verifier
from interlock.audit.sealing import KEY_FILE, WITNESS_FILE
from interlock.audit.verification import verify, without_new_entries
from interlock.audit.witness import Witness
from interlock.bootstrap.house import Store
from interlock.cases.store import heads as case_heads
from interlock.cli.office import open_office
from interlock.cli.terminal import print_facts, print_json, print_table
from interlock.flow.store import QUERIES
from interlock.foundation.database import Connection, Database
from interlock.reconciliation.store import heads as break_heads


def verify_home(
    home: Path | None, key: Path | None, witness: Path | None, *, as_json: bool
) -> int:
    """Verify the record of an installation; return the exit code."""
    with open_office(home) as store:
        report = verified_trail(store, key, witness)
    if as_json:
        print_json({"holds": report.holds, "report": report})
    else:
        _print(report)
    if report.findings:
        return 1
    return 0 if report.holds else 2


def verified_trail(store: Store, key: Path | None = None, witness: Path | None = None) -> Report:
    """Return what the four memories of an installation's record say about it."""
    public = key or public_path(store.home / KEY_FILE)
    report = verify(
        store.database,
        _heads(store.database),
        verifier=verifier(public) if key or public.exists() else None,
        witness=Witness(witness or store.home / WITNESS_FILE),
    )
    return without_new_entries(report, _heads(store.database))


def _heads(database: Database) -> dict[str, Head]:
    """Return the ends of all streams: runs, cases and breaks keep theirs, the trail the rest."""
    with database.transaction() as connection:
        return {
            **trail.kept(connection),
            **_run_heads(connection),
            **case_heads(connection),
            **break_heads(connection),
        }


def _run_heads(connection: Connection) -> dict[str, Head]:
    rows = connection.rows(QUERIES["heads"], {})
    return {
        str(row["id"]): Head(int(str(row["head_position"])), str(row["head_hash"])) for row in rows
    }


def _print(report: Report) -> None:
    if report.findings:
        rows = [(finding.fault, finding.where, finding.what) for finding in report.findings]
        print_table(f"{len(rows)} findings", ["fault", "where", "what"], rows)
    print_facts(
        [
            ("entries", f"{report.entries} in {report.streams} streams"),
            ("sealed", f"{report.sealed} by {report.seals} seals, {report.witnessed} witnessed"),
            *(("restored", what) for what in report.restorations),
            *(("not checked", why) for why in report.unknown),
        ]
    )
    verdict = "the record holds" if report.holds else "it could not all be checked"
    print("the record was touched" if report.findings else verdict)
