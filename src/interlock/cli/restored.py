"""``interlock restored``: after a backup came back, look first and write only then."""

from pathlib import Path

from cyclopts import App

from interlock.cli.terminal import Json, moment, print_facts, print_json, print_table, whoever
from interlock.foundation.errors import RefusedError

app = App(
    name="restored",
    help="After a backup came back: what was found, and when writing may begin again.",
)


@app.default
def show(*, home: Path | None = None, json: Json = False) -> int:
    """Say whether runs only look at the moment, and what came of it so far.

    While a restoration is open no system is written to. Runs look up everything that they may
    have done in the time of which the record is gone, and take for theirs what is there.

    Exit codes: 0 none is open, 1 one is.

    Example: ``interlock restored --home /var/lib/interlock``

    Args:
        home: Where the installation lives.
        json: One JSON object instead of a report.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.flow import restoration
    from interlock.intake.poller import behind

    with open_existing(home) as store:
        found = restoration.every(store.database)
        if not found:
            print_json({"open": False}) if json else print("nothing was ever restored")
            return 0
        last = found[-1]
        adopted = restoration.adopted_since(store.database, last)
        not_read = [
            f"{system} {obj}"
            for system, obj in behind(store.database, store.archive.current(), last.at)
        ]
        runs = store.runs.counts()
    is_open = last.ended_at is None
    if json:
        print_json(
            {
                "open": is_open,
                "since": last.since,
                "at": last.at,
                "ended_at": last.ended_at,
                "adopted": adopted,
                "not_read": not_read,
                "runs": runs,
            }
        )
        return int(is_open)
    writing = "nothing is written" if is_open else f"again since {moment(last.ended_at)}"
    print_facts(
        [
            ("lost", f"{moment(last.since)} to {moment(last.at)}"),
            ("why", last.reason),
            ("writing", writing),
            ("adopted", f"{adopted} records were found and taken for ours"),
            ("not read to the end yet", ", ".join(not_read)),
        ]
    )
    if is_open:
        rows = [[row["integration"], row["state"], row["runs"]] for row in runs]
        print_table("runs as they stand", ["integration", "state", "runs"], rows)
        print("next: interlock cases list; then interlock restored end --reason ...")
    return int(is_open)


@app.command
def begin(
    *, reason: str = "", by: str | None = None, home: Path | None = None, json: Json = False
) -> int:
    """Let runs look and not write, because the database is an older state of itself.

    A worker does this by itself when its witness file knows more than the database. Do it by hand
    when that file was lost too, before the first worker is started.

    Example: ``interlock restored begin --reason "restored to Monday 02:00"``

    Args:
        reason: Why; an auditor will ask.
        by: Who says so; by default the account of this terminal.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.bootstrap import restoring
    from interlock.bootstrap.house import open_existing

    with open_existing(home) as store:
        begun = restoring.begin(store, by=f"user:{whoever(by)}", reason=reason)
    if json:
        print_json({"open": True, "since": begun.since, "at": begun.at})
    else:
        print(f"nothing is written from now on; lost: {moment(begun.since)} to {moment(begun.at)}")
    return 0


@app.command
def end(
    *,
    reason: str = "",
    by: str | None = None,
    anyway: bool = False,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Let runs write again, after somebody looked.

    Refused while a system that is polled was not read to its end since: what it still has to tell
    may have been dealt with in lost time, and nobody would look for that any more.

    Example: ``interlock restored end --reason "compared with the ERP: complete"``

    Args:
        reason: What was compared, and with what result; an auditor will ask.
        by: Who says so; by default the account of this terminal.
        anyway: Although a system was not read to its end; say in the reason why.
        home: Where the installation lives.
        json: One JSON object instead of a sentence.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.flow import restoration
    from interlock.intake.poller import behind

    with open_existing(home) as store:
        last = restoration.under_way(store.database)
        if last is not None and not anyway:
            unread = behind(store.database, store.archive.current(), last.at)
            if unread:
                names = ", ".join(f"{system} {obj}" for system, obj in unread)
                raise RefusedError(
                    f"not read to the end since it came back: {names}",
                    hint="Let a worker poll for a minute; or say --anyway, and why.",
                )
        ended = restoration.end(
            store.database, store.clock, by=f"user:{whoever(by)}", reason=reason
        )
        adopted = restoration.adopted_since(store.database, ended)
    if json:
        print_json({"open": False, "adopted": adopted})
    else:
        print(f"runs write again; {adopted} records had been found and taken for ours")
    return 0
