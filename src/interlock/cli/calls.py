"""``interlock calls``: what programs asked for, and what became of it."""

from pathlib import Path

from cyclopts import App

from interlock.cli.terminal import Json, moment, print_json, print_table

app = App(name="calls", help="List what programs asked for, and what became of it.")
_COLUMNS = (
    "call",
    "status",
    "api",
    "operation",
    "caller",
    "ref",
    "transaction",
    "accepted",
    "tries",
)


@app.command(name="list")
def list_(
    *,
    api: str = "",
    waiting: bool = False,
    limit: int = 50,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """List calls, the latest first.

    Example: ``interlock calls list --api deals --waiting``

    Args:
        api: Only of this API.
        waiting: Only those whose record could not be read yet.
        limit: At most so many.
        home: Where the installation lives.
        json: One JSON object instead of a table.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.intake.api.counter import listed, waiting_calls
    from interlock.intake.api.state import status_of

    with open_existing(home) as store:
        calls = listed(store.database, api=api, waiting=waiting, limit=limit)
        runs = {each.run: store.runs.find(each.run) for each in calls if each.run is not None}
        left = waiting_calls(store.database)
    rows = [
        (
            each.id,
            status_of(each, runs.get(each.run) if each.run else None),
            each.api,
            each.operation,
            each.caller,
            each.ref,
            each.run or "",
            moment(each.accepted_at),
            each.tries,
        )
        for each in calls
    ]
    if json:
        print_json(
            {"calls": [dict(zip(_COLUMNS, row, strict=True)) for row in rows], "waiting": left}
        )
        return 0
    print_table("", _COLUMNS, rows)
    print(f"{len(rows)} shown; {left} wait to be looked into")
    return 0
