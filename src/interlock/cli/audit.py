"""``interlock audit``: seal the record, and find out whether anybody touched it."""

from pathlib import Path

from cyclopts import App

from interlock.cli.terminal import Json, print_json

app = App(name="audit", help="Seal the record of everything that happened, and verify it.")


@app.command
def verify(
    *,
    home: Path | None = None,
    key: Path | None = None,
    witness: Path | None = None,
    json: Json = False,
) -> int:
    """Find any changed, removed, reordered or cut-off entry, and say which.

    Compares the chain of every stream, the end of each that is kept beside it, the signed
    seals and the witness file. Give a witness file that was copied away from this machine: whoever
    can rewrite the database may have rewritten the one beside it, too.

    Exit codes: 0 it holds, 1 something was touched, 2 something could not be checked.

    Example: ``interlock audit verify --witness /mnt/auditor/audit.witness.jsonl``

    Args:
        home: Where the installation lives.
        key: The trail's public key; by default the one in its home.
        witness: The file that remembers every seal; by default the one in its home.
        json: One JSON object instead of a report.
    """
    from interlock.cli.auditing import verify_home

    return verify_home(home, key, witness, as_json=json)


@app.command
def seal(*, home: Path | None = None, json: Json = False) -> int:
    """Sign a checkpoint of everything recorded so far and note it in the witness file.

    Workers do this by themselves; do it before copying the witness file away.

    Example: ``interlock audit seal``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.audit.sealing import WITNESS_FILE, seal_at
    from interlock.cli.office import open_office

    with open_office(home) as store:
        made = seal_at(store.database, store.clock, store.home)
        where = store.home / WITNESS_FILE
    if json:
        print_json({"sealed": made is not None, "size": made.size if made else None})
    elif made is None:
        print("nothing new since the last seal")
    else:
        print(f"sealed {made.size} entries, root {made.root[:16]}…; noted in {where}")
    return 0
