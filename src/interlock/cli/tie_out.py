"""``interlock tie-out``: the signed sheet of one reconciliation and period, for the close."""

import json as json_writer
from datetime import date
from pathlib import Path

from cyclopts import App

from interlock.cli.reconcile import EXIT
from interlock.cli.terminal import Json, print_json
from interlock.foundation.plain import plain

app = App(name="tie-out", help="Make the signed sheet of a reconciliation, or verify one.")


@app.command
def make(
    name: str,
    *,
    as_of: date | None = None,
    out: Path = Path("tie-out"),
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Carry out the reconciliation NAME and write its sheet: HTML, PDF, XLSX and JSON, signed.

    The exit code is that of the reconciliation: 0 all matched, 1 breaks, 2 could not tell.

    Example: ``interlock tie-out make invoices --as-of 2026-10-31 --out close/2026-10``

    Args:
        name: The reconciliation.
        as_of: The last day of the period; today if not said.
        out: The folder that the files go to.
        home: Where the installation lives.
        json: One JSON object instead of sentences.
    """
    from interlock.audit.notes import signer
    from interlock.audit.sealing import KEY_FILE
    from interlock.bootstrap.house import open_house
    from interlock.reconciliation import commands, store
    from interlock.reconciliation.examining import Examiner
    from interlock.reconciliation.paper import as_pdf
    from interlock.reconciliation.sheet import as_html, as_xlsx
    from interlock.reconciliation.signing import sign

    with open_house(home) as house:
        database = house.store.database
        with database.transaction() as connection:
            decisions = store.decisions(connection, name)
        examiner = Examiner(
            estate=house.store.archive.current(),
            source=house.gate,
            database=database,
            clock=house.store.clock,
        )
        before = commands.before(database, name)
        found = examiner.examine(name, as_of, decisions=decisions, before=before)
        key = signer(house.store.home / KEY_FILE)
    files = {
        f"{name}.html": as_html(found),
        f"{name}.pdf": as_pdf(found),
        f"{name}.xlsx": as_xlsx(found),
        f"{name}.json": json_writer.dumps(plain(found), indent=1, ensure_ascii=False).encode(),
    }
    note = sign(out, found, files, key)
    if json:
        print_json({"verdict": found.verdict, "files": sorted(files), "note": note.name})
    else:
        print(f"{found.name} as of {found.as_of}: {found.verdict}; {', '.join(sorted(files))}")
        print(f"signed in {note}")
    return EXIT[found.verdict]


@app.command
def verify(folder: Path, *, key: Path, json: Json = False) -> int:
    """Tell whether the sheet in FOLDER is as it was signed; needs no installation.

    Exit codes: 0 it is, 1 it is not.

    Example: ``interlock tie-out verify close/2026-10 --key audit.pub``

    Args:
        folder: What `make` wrote.
        key: The public half of the key of the trail.
        json: One JSON object instead of sentences.
    """
    from interlock.audit.notes import verifier
    from interlock.reconciliation.signing import verify as verified

    wrong = verified(folder, verifier(key))
    if json:
        print_json({"holds": not wrong, "wrong": wrong})
    else:
        print("\n".join(wrong) or f"the sheet in {folder} is as it was signed")
    return 1 if wrong else 0
