"""What the commands of this room share: safe text, tables, JSON."""

import getpass
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.foundation.plain import plain

Json = Annotated[bool, Parameter(name="--json", negative="")]
WIDTH_OF_A_FILE: Final = 160
"""Where tables are cut when they do not go to a terminal."""


def safe(text: object) -> str:
    """Return `text` without anything that a terminal would obey: a vendor wrote some of it."""
    words = " ".join(str(text).split())
    return "".join(each if each.isprintable() else "\ufffd" for each in words)


def print_json(value: object) -> None:
    """Print one JSON object: money as text, moments in UTC, durations as `30s`."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def written(text: str, out: Path | None) -> int:
    """Print `text`, or write it into a file instead; return that all is well."""
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
    return 0


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, if there is anything in it; text is shown as it is, never as markup."""
    if not rows:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", show_edge=False)
    for index, column in enumerate(columns):
        # The first column is what one copies: it stays in one piece.
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(safe(cell)) for cell in row))
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH_OF_A_FILE)).print(table)


def print_facts(facts: Sequence[tuple[str, object]]) -> None:
    """Print names and values below each other; empty values are left out."""
    width = max((len(name) for name, _ in facts), default=0)
    for name, value in facts:
        if value not in ("", None, ()):
            print(f"{name:<{width}}  {safe(value)}")


def moment(at: datetime | None) -> str:
    """Return a moment for people: UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else ""


def whoever(by: str | None) -> str:
    """Return who is acting: as given, else the account of this terminal."""
    return by or getpass.getuser()
