"""``interlock status``: how many transactions stand where."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def status(
    *,
    home: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Count transactions by integration, state, legal entity and currency.

    Example: ``interlock status --home .interlock``
    """
    from interlock.bootstrap.house import open_existing

    with open_existing(home) as store:
        rows = store.runs.counts()
    if json_:
        print(json.dumps(rows))
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in ("integration", "state", "legal_entity", "currency", "runs"):
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(str(row[name] or "-") for name in row))
    Console().print(table)
    return 0
