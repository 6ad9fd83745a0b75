"""``interlock changes``: what a deployment changed, or what one would change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from interlock.cli.terminal import Json, print_json, print_table
from interlock.estate.differences import Change
from interlock.foundation.errors import UsageError

SAME, OTHER = 0, 1


def changes(
    directory: Path | None = None,
    *,
    of: str = "",
    since: str = "",
    list_: Annotated[bool, Parameter(name="--list", negative="")] = False,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Show what the latest deployment changed; with DIRECTORY, what deploying it would change.

    Document by document and value by value, as they are written. Exit codes: 0 nothing differs,
    1 something does.

    Example: ``interlock changes examples/quote-to-cash --home .interlock``

    Args:
        directory: A folder with an estate, compared with the deployed one.
        of: Another deployment than the latest: its number, or how its digest begins.
        since: Compare with this deployment, and not with the one before.
        list_: Only list every deployment.
        home: Where the installation lives.
        json: One JSON object instead of tables.
    """
    from interlock.bootstrap.house import open_existing
    from interlock.cli.estate_at import understood
    from interlock.estate.differences import differences
    from interlock.insight import versions

    if directory is not None and of:
        raise UsageError(
            "a folder is no deployment", hint="Give either DIRECTORY or --of, not both."
        )
    with open_existing(home) as store:
        every, archive = versions.deployments(store.database), store.archive
        if list_:
            return _list(every, json=json)
        latest = versions.deployment(every, of or str(len(every)))
        earlier = versions.deployment(every, since).digest if since else ""
        if directory is None:
            found = versions.changes(archive, earlier or latest.before, latest.digest)
        else:
            before = archive.sources(earlier or latest.digest)
            found = differences(before, understood(directory).sources)
    if json:
        print_json({"changes": found})
    else:
        _show(found)
    return OTHER if found else SAME


def _list(every: Sequence[object], *, json: bool) -> int:
    if json:
        print_json({"deployments": every})
    else:
        columns = ["number", "at", "author", "approver", "digest"]
        rows = [tuple(str(getattr(each, name)) for name in columns) for each in every]
        print_table("deployments", columns, rows)
    return SAME


def _show(found: Sequence[Change]) -> None:
    if not found:
        print("nothing is written otherwise")
    for change in found:
        print(f"{change.what:8} {change.subject}")
        for each in change.differences:
            print(f"  {each.path}: {_told(each.before)} -> {_told(each.after)}")
        for line in change.lines:
            print(f"  {line}")


def _told(value: str | None) -> str:
    return "not there" if value is None else value
