"""``interlock matrix``: every fault at every step, once, at exactly one moment."""

import sys
from pathlib import Path

from interlock.cli.terminal import Json, print_json, print_table, written
from interlock.foundation.errors import UsageError
from interlock.proving.matrix.cells import Cell, cells
from interlock.proving.matrix.page import page
from interlock.proving.matrix.playing import broken_by


def matrix(
    *, only: str = "", markdown: bool = False, out: Path | None = None, json: Json = False
) -> int:
    """Play one deal for every fault at every step, and hold every law against what is left.

    Exit code 1: a law was broken, or a fault did not strike where it was meant to.

    Example: ``interlock matrix --only "class C"``

    Args:
        only: Play the cells whose name contains this: a fault, a place or a moment.
        markdown: The table of all cells as a page; nothing is played.
        out: With --markdown: write it into this file instead.
        json: One JSON object instead of the table.
    """
    if markdown:
        return written(page(), out)
    chosen = [cell for cell in cells() if only in str(cell)]
    if not chosen:
        raise UsageError(
            f"no cell is called `{only}`", hint="`interlock matrix --markdown` lists them all."
        )
    broken = {str(cell): found for cell in chosen if (found := _played(cell))}
    if json:
        print_json({"played": len(chosen), "broken": broken})
    else:
        rows = [(name, sentence) for name, found in broken.items() for sentence in found]
        print_table("broken", ["cell", "what"], rows)
        print(f"{len(chosen)} cells played, {len(broken)} broken")
    return 1 if broken else 0


def _played(cell: Cell) -> list[str]:
    found = broken_by(cell)
    if found:
        print(f"{cell}: {found[0]}", file=sys.stderr, flush=True)
    return found
