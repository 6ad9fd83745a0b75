"""``interlock schema``: what may be declared, as JSON Schema for editors or as a page to read."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from interlock.cli.terminal import written
from interlock.foundation.errors import UsageError

Format = Literal["json", "markdown"]


def schema(
    directory: Path | None = None,
    *,
    kind: str = "",
    format_: Annotated[Format, Parameter(name="--format")] = "json",
    out: Path | None = None,
) -> int:
    """Print the JSON Schema of the estate's documents (draft 2020-12), or a page about them.

    Example: ``interlock schema --kind Integration --out integration.schema.json``

    Args:
        directory: With markdown: the estate that the examples are taken from.
        kind: Only of this kind; by default of all, told apart by `kind:`.
        format_: JSON Schema for programs, or Markdown for people.
        out: Write it into this file instead.
    """
    from interlock.estate.kinds import KINDS
    from interlock.expression.errors import did_you_mean

    if kind and kind not in KINDS:
        what = f"there is no kind `{kind}`{did_you_mean(kind, KINDS)}"
        raise UsageError(what, hint=f"There are: {', '.join(KINDS)}.")
    return written(_page(directory, kind) if format_ == "markdown" else _schema(kind), out)


def _schema(kind: str) -> str:
    from interlock.estate.editor import editor_schema

    return json.dumps(editor_schema(kind or None), indent=2) + "\n"


def _page(directory: Path | None, kind: str) -> str:
    from interlock.cli.estate_at import open_estate
    from interlock.estate.estate import Estate
    from interlock.estate.reference import reference, section

    estate = Estate() if directory is None else open_estate(directory).inspection.estate
    return section(kind, estate) if kind else reference(estate)
